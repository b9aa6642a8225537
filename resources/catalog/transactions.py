"""Transactions: payments and refunds, added to an existing invoice. They are read as a part of their invoice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from connections.api_request import ApiRequest
from connections.words import Words
from resources import amounts, moments, money
from resources.catalog import invoices
from resources.catalog.invoice_balance import Balance
from resources.catalog.invoice_rows import RESULTS, TRANSACTION_TYPES
from resources.fields import MomentField
from resources.form_context import FormContext
from resources.forms import ApiForm, Change
from resources.json_paths import dig
from resources.major_units import CENTS
from resources.money_fields import CentsField, CentsInput
from resources.operations import Resource, WriteOperation
from resources.picker_fields import PickerField
from resources.rows import bind_fields
from resources.uuids import UUID


class TransactionImportForm(ApiForm):
    path_fields = ("invoice_uuid",)
    proposes: ClassVar[Mapping[str, str]] = {"external_id": "transaction"}
    error_names: ClassVar[Mapping[str, str]] = {"invoice": "invoice_uuid"}
    explanations: ClassVar[Mapping[str, tuple[str, Words]]] = {
        "Invoice not found": ("invoice_uuid", _("ChartMogul has no invoice with this UUID in this account."))
    }

    invoice_uuid = PickerField("invoices", label=_("Invoice"), tells_currency=True)
    type = forms.ChoiceField(label=_("Type"), choices=TRANSACTION_TYPES)
    date = MomentField(label=_("Date"))
    result = forms.ChoiceField(label=_("Result"), choices=RESULTS)
    amount_in_cents = CentsField(
        label=_("Amount in Cents"),
        required=False,
        positive=True,
        help_text=_("If left empty, the whole invoice amount. Positive for a refund too."),
    )
    external_id = forms.CharField(
        label=_("External ID"),
        required=False,
        max_length=255,
        help_text=_(
            "Must be unique among the transactions of the source. With one, you can find out for certain whether the "
            "transaction was imported if its outcome is unknown."
        ),
    )

    balance: Balance | None = None
    """The balance of the invoice; None if it could not be read."""

    def __init__(self, data: Any = None, *, context: FormContext, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, context=context, initial=initial)
        uuid = str(self["invoice_uuid"].value() or "")
        if not UUID.fullmatch(uuid) or not (invoice := context.describe("invoices", uuid)):
            return
        if not self.is_bound or money.decimals(invoice.currency) > money.decimals(""):
            self._count_in(invoice.currency)
        else:
            # The directory may be out of date, so `look_at` checks against the invoice itself whether an amount has too
            # many decimals.
            cast(CentsInput, self.fields["amount_in_cents"].widget).currency = invoice.currency

    def _count_in(self, currency: str) -> None:
        self.context = replace(self.context, currency=currency)
        bind_fields(self, self.context)

    def look_at(self, found: Any) -> None:
        """Take the balance of the invoice, and read the amount again: how many decimals it has in major units depends
        on the invoice's currency, whatever the directory knows."""
        if not isinstance(dig(found, "uuid"), str):
            return
        self.balance = Balance.of(found)
        self._count_in(self.balance.currency)
        field = self.fields["amount_in_cents"]
        try:
            self.cleaned_data["amount_in_cents"] = field.clean(self["amount_in_cents"].data)
        except forms.ValidationError as error:
            self.add_error("amount_in_cents", error)

    def changes(self) -> list[Change]:
        return [*super().changes(), *(self.balance.in_words(self.context) if self.balance else ())]

    def warnings(self) -> list[str]:
        found = super().warnings()
        if moments.is_future(self.cleaned_data["date"]):
            found.append(gettext("The date is in the future. ChartMogul may store such a transaction as invalid."))
        if self.balance:
            found += self.balance.questions(self.cleaned_data, self.context.time_zone)
        else:
            found.append(gettext("The invoice could not be read, so nothing was compared with it."))
        return [*found, *self._doubts()]

    def _doubts(self) -> list[str]:
        """Return doubts about the amount, if one was typed in major units."""
        if self.cleaned_data["amount_in_cents"] is None or self.context.amounts_in == CENTS:
            return []
        if not self.context.currency:
            return [gettext("It is not known whether the currency of the invoice has two decimals.")]
        return amounts.doubts(self)


def invoice_of(form: ApiForm) -> ApiRequest:
    return invoices.RESOURCE.read_request(form.cleaned_data["invoice_uuid"])


IMPORT = WriteOperation(
    key="transactions.import",
    title=_("Import an Invoice Transaction"),
    method="POST",
    path="import/invoices/{invoice_uuid}/transactions",
    form_class=TransactionImportForm,
    done=_("Transaction imported"),
    identified_by={"external_id": "body:external_id"},
    review_read=invoice_of,
    part_of=("invoices", "invoice_uuid"),
)

RESOURCE = Resource(
    key="transactions",
    title=_("Transactions"),
    noun=_("transaction"),
    nouns=_("transactions"),
    counted=ngettext_lazy("{shown} transaction", "{shown} transactions", "count"),
    path="",
    list_path="",
    rows_key="transactions",
    operations=(IMPORT,),
    errors_key="errors",
    name_keys=("external_id",),
)
