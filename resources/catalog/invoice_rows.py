"""The forms of the rows of an invoice to import: its line items and its transactions."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections.words import Words
from resources.fields import MomentField
from resources.form_context import FormContext
from resources.money_fields import CentsField, QuantityField, YesNoField
from resources.picker_fields import PickerField
from resources.rows import RowForm

LINE_TYPES = (("subscription", _("Subscription")), ("one_time", _("One time")))
TRANSACTION_TYPES = (("payment", _("Payment")), ("refund", _("Refund")))
RESULTS = (("successful", _("Successful")), ("failed", _("Failed")))


class PeriodEndField(MomentField):
    """An end that is filled in from the start and the plan's interval if it is empty, by static/js/filled-in.js."""

    def bind(self, context: FormContext) -> None:
        super().bind(context)
        self.widget.attrs["data-filled-from"] = "service_period_start plan_uuid"
        self.widget.attrs["data-fill-url"] = reverse("resources:period-end", args=[context.slug])


class LineItemForm(RowForm):
    decided_by = "type"
    only_for: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
        (
            "subscription_external_id",
            "subscription_set_external_id",
            "service_period_start",
            "service_period_end",
            "cancelled_at",
            "prorated",
        ),
        ("subscription",),
    )
    needed_for: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "amount_in_cents": ("subscription", "one_time"),
        "subscription_external_id": ("subscription",),
        "plan_uuid": ("subscription",),
        "service_period_start": ("subscription",),
        "service_period_end": ("subscription",),
    }
    not_copied = ("external_id",)
    KINDS: ClassVar[Mapping[str, Words]] = {"subscription": _("subscription lines"), "one_time": _("one-time lines")}

    type = forms.ChoiceField(label=_("Type"), choices=LINE_TYPES, initial="subscription")
    amount_in_cents = CentsField(
        label=_("Amount in Cents"),
        required=False,
        help_text=_("The final amount of the whole line, including discount, tax and fees. Negative for a credit."),
    )
    subscription_external_id = forms.CharField(
        label=_("Subscription External ID"),
        required=False,
        max_length=255,
        help_text=_("Your identifier for the subscription. Lines that share it belong to the same subscription."),
    )
    subscription_set_external_id = forms.CharField(
        label=_("Subscription Set External ID"),
        required=False,
        max_length=255,
        help_text=_("Your identifier for a group of subscriptions, such as a base plan and its add-ons."),
    )
    plan_uuid = PickerField(
        "plans",
        label=_("Plan UUID"),
        required=False,
        narrowed_by="data_source_uuid customer_uuid",
        help_text=_(
            "A plan from the invoice's data source. Required for a subscription line, optional for a one-time line."
        ),
    )
    service_period_start = MomentField(label=_("Service Period Start"), required=False)
    service_period_end = PeriodEndField(
        label=_("Service Period End"),
        required=False,
        help_text=_("Filled in from the start and the plan's interval, once both are set."),
    )
    cancelled_at = MomentField(
        label=_("Canceled At"), required=False, help_text=_("Only if the subscription ends with this line.")
    )
    prorated = YesNoField(label=_("Prorated"))
    description = forms.CharField(label=_("Description"), required=False)
    quantity = QuantityField(label=_("Quantity"), required=False, default="1")
    discount_amount_in_cents = CentsField(label=_("Discount Amount In Cents"), required=False, default="0")
    discount_code = forms.CharField(label=_("Discount Code"), required=False)
    tax_amount_in_cents = CentsField(label=_("Tax Amount In Cents"), required=False, default="0")
    transaction_fees_in_cents = CentsField(label=_("Transaction Fees In Cents"), required=False, default="0")
    external_id = forms.CharField(
        label=_("External ID"),
        required=False,
        max_length=255,
        help_text=_("Must be unique among the line items of the data source."),
    )
    account_code = forms.RegexField(
        r"^[A-Za-z0-9]{0,30}$",
        label=_("Account Code"),
        required=False,
        error_messages={"invalid": _("At most 30 letters and digits.")},
        help_text=_("At most 30 letters and digits."),
    )

    def words_for(self, kind: str) -> str:
        return str(self.KINDS[kind])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("service_period_start"), cleaned.get("service_period_end")
        if start and end and end <= start:
            self.add_error("service_period_end", gettext("The end must be after the start of the service period."))
        return cleaned


class TransactionForm(RowForm):
    not_copied = ("external_id",)

    date = MomentField(label=_("Date"))
    type = forms.ChoiceField(label=_("Type"), choices=TRANSACTION_TYPES, initial="payment")
    result = forms.ChoiceField(label=_("Result"), choices=RESULTS, initial="successful")
    external_id = forms.CharField(label=_("External ID"), required=False, max_length=255)
