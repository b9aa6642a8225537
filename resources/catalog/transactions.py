"""Transactions: payments and refunds of an invoice, added to one that exists. They are read with their invoice."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from connections.words import Words
from resources.catalog.invoices import RESULTS, TRANSACTION_TYPES
from resources.fields import MomentField, PickerField
from resources.forms import ApiForm
from resources.money_fields import CentsField
from resources.operations import Resource, WriteOperation


class TransactionImportForm(ApiForm):
    path_fields = ("invoice_uuid",)
    error_names: ClassVar[Mapping[str, str]] = {"invoice": "invoice_uuid"}
    explanations: ClassVar[Mapping[str, tuple[str, Words]]] = {
        "Invoice not found": ("invoice_uuid", _("ChartMogul knows no invoice of this UUID in this account."))
    }

    invoice_uuid = PickerField("invoices", label=_("Invoice"))
    type = forms.ChoiceField(label=_("Type"), choices=TRANSACTION_TYPES)
    date = MomentField(label=_("Date"))
    result = forms.ChoiceField(label=_("Result"), choices=RESULTS)
    amount_in_cents = CentsField(
        label=_("Amount in Cents"),
        required=False,
        positive=True,
        help_text=_("Left empty, it is the whole invoice. Positive for a refund too."),
    )
    external_id = forms.CharField(
        label=_("External ID"),
        required=False,
        max_length=255,
        help_text=_(
            "Unique among the transactions of the source. With one, a transaction can be looked up where it remains "
            "open whether it was imported."
        ),
    )


IMPORT = WriteOperation(
    key="transactions.import",
    title=_("Import an Invoice Transaction"),
    method="POST",
    path="import/invoices/{invoice_uuid}/transactions",
    form_class=TransactionImportForm,
    done=_("Transaction imported"),
    look_up={"external_id": "body:external_id"},
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
    name_keys=("external_id",),
)
