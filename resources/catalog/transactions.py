"""Transactions: payments and refunds of an invoice, added to one that exists. They are read with their invoice."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms

from resources.catalog.invoices import RESULTS, TRANSACTION_TYPES
from resources.fields import MomentField, PickerField
from resources.forms import ApiForm
from resources.money_fields import CentsField
from resources.operations import Resource, WriteOperation


class TransactionImportForm(ApiForm):
    path_fields = ("invoice_uuid",)
    error_names: ClassVar[Mapping[str, str]] = {"invoice": "invoice_uuid"}
    explanations: ClassVar[Mapping[str, tuple[str, str]]] = {
        "Invoice not found": ("invoice_uuid", "ChartMogul knows no invoice of this UUID in this account.")
    }

    invoice_uuid = PickerField("invoices", label="Invoice")
    type = forms.ChoiceField(label="Type", choices=TRANSACTION_TYPES)
    date = MomentField(label="Date")
    result = forms.ChoiceField(label="Result", choices=RESULTS)
    amount_in_cents = CentsField(
        label="Amount in Cents",
        required=False,
        positive=True,
        help_text="Left empty, it is the whole invoice. Positive for a refund too.",
    )
    external_id = forms.CharField(
        label="External ID",
        required=False,
        max_length=255,
        help_text=(
            "Unique among the transactions of the source. With one, a transaction can be looked up where it remains "
            "open whether it was imported."
        ),
    )


IMPORT = WriteOperation(
    key="transactions.import",
    title="Import an Invoice Transaction",
    method="POST",
    path="import/invoices/{invoice_uuid}/transactions",
    form_class=TransactionImportForm,
    done="Transaction imported",
    look_up={"external_id": "body:external_id"},
    part_of=("invoices", "invoice_uuid"),
)

RESOURCE = Resource(
    key="transactions",
    title="Transactions",
    noun="transaction",
    path="",
    list_path="",
    rows_key="transactions",
    operations=(IMPORT,),
    name_keys=("external_id",),
)
