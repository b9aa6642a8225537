"""Invoices, with their line items and transactions. The API sends no total, so the lines are added up here."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.urls import reverse

from resources import amounts, moments, money
from resources.catalog import earlier_invoices
from resources.fields import FormContext, LimitField, MomentField, PickerField
from resources.forms import ApiForm, Change
from resources.money_fields import CentsField, CurrencyField, QuantityField, YesNoField
from resources.operations import (
    Column,
    GetOperation,
    ListOperation,
    LookUp,
    NestedTable,
    Resource,
    WriteOperation,
)
from resources.rows import RowForm, RowGroup, RowSet

LINE_TYPES = (("subscription", "Subscription"), ("one_time", "One time"))
TRANSACTION_TYPES = (("payment", "Payment"), ("refund", "Refund"))
RESULTS = (("successful", "Successful"), ("failed", "Failed"))
# What is left out of a list by default is what ChartMogul stored although something is wrong with it.
VALIDATION = (("", "Valid"), ("invalid", "Stored with errors"), ("all", "All"))
EVERY_VALIDATION = (("validation_type", "all"),)


class InvoiceListForm(ApiForm):
    local_fields = ("limit",)
    query_fields = ("data_source_uuid", "customer_uuid", "external_id", "validation_type")

    limit = LimitField()
    data_source_uuid = PickerField("data_sources", label="Data Source", required=False)
    customer_uuid = PickerField("customers", label="Customer", required=False, narrowed_by="data_source_uuid")
    external_id = forms.CharField(label="External ID", required=False, max_length=255)
    validation_type = forms.ChoiceField(label="Validation", required=False, choices=VALIDATION)


class InvoiceForm(ApiForm):
    path_fields = ("uuid",)

    uuid = PickerField("invoices", label="Invoice")


class PeriodEndField(MomentField):
    """Filled in, where it is empty, from the start and the plan's interval: static/js/filled-in.js asks for it."""

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
    KINDS: ClassVar[Mapping[str, str]] = {"subscription": "subscription lines", "one_time": "one-time lines"}

    type = forms.ChoiceField(label="Type", choices=LINE_TYPES, initial="subscription")
    amount_in_cents = CentsField(
        label="Amount in Cents",
        required=False,
        help_text="The final amount of the whole line: discount, tax and fees are in it. Negative for a credit.",
    )
    subscription_external_id = forms.CharField(
        label="Subscription External ID",
        required=False,
        max_length=255,
        help_text="Your identifier of the subscription. Lines that share it belong to one subscription.",
    )
    subscription_set_external_id = forms.CharField(
        label="Subscription Set External ID",
        required=False,
        max_length=255,
        help_text="Your identifier of a group of subscriptions, such as a base plan and its add-ons.",
    )
    plan_uuid = PickerField(
        "plans",
        label="Plan UUID",
        required=False,
        narrowed_by="data_source_uuid customer_uuid",
        help_text="A plan of the invoice's data source. A one-time line may do without.",
    )
    service_period_start = MomentField(label="Service Period Start", required=False)
    service_period_end = PeriodEndField(
        label="Service Period End",
        required=False,
        help_text="Left empty, it is filled in from the start and the plan's interval.",
    )
    cancelled_at = MomentField(
        label="Canceled At", required=False, help_text="Only if the subscription ends with this line."
    )
    prorated = YesNoField(label="Prorated")
    description = forms.CharField(label="Description", required=False, max_length=255)
    quantity = QuantityField(label="Quantity", required=False, default="1")
    discount_amount_in_cents = CentsField(label="Discount Amount In Cents", required=False, default="0")
    discount_code = forms.CharField(label="Discount Code", required=False, max_length=255)
    tax_amount_in_cents = CentsField(label="Tax Amount In Cents", required=False, default="0")
    transaction_fees_in_cents = CentsField(label="Transaction Fees In Cents", required=False, default="0")
    external_id = forms.CharField(
        label="External ID", required=False, max_length=255, help_text="Unique among the lines of the data source."
    )
    account_code = forms.RegexField(
        r"^[A-Za-z0-9]{0,30}$",
        label="Account Code",
        required=False,
        error_messages={"invalid": "At most 30 letters and digits."},
        help_text="At most 30 letters and digits.",
    )

    def words_for(self, kind: str) -> str:
        return self.KINDS[kind]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("service_period_start"), cleaned.get("service_period_end")
        if start and end and end <= start:
            self.add_error("service_period_end", "The end must be after the start of the service period.")
        return cleaned


class TransactionForm(RowForm):
    date = MomentField(label="Date")
    type = forms.ChoiceField(label="Type", choices=TRANSACTION_TYPES, initial="payment")
    result = forms.ChoiceField(label="Result", choices=RESULTS, initial="successful")
    external_id = forms.CharField(label="External ID", required=False, max_length=255)


class InvoiceImportForm(ApiForm):
    path_fields = ("customer_uuid",)
    wrapped_in = "invoices"
    keeps_draft = True
    # The API speaks of an invoice where the customer in the path is what it does not know (issue of 2025-09).
    error_names: ClassVar[Mapping[str, str]] = {"invoice": "customer_uuid", "customer": "customer_uuid"}
    explanations: ClassVar[Mapping[str, tuple[str, str]]] = {
        "Invoice not found": (
            "customer_uuid",
            "ChartMogul knows no customer of this UUID in this account. (It says “Invoice not found”.)",
        )
    }

    customer_uuid = PickerField("customers", label="Customer UUID", narrowed_by="data_source_uuid")
    external_id = forms.CharField(
        label="External ID",
        max_length=255,
        help_text="Your invoice number. Unique in the data source: an invoice sent twice is refused, not updated.",
    )
    date = MomentField(label="Date")
    currency = CurrencyField(label="Currency")
    data_source_uuid = PickerField(
        "data_sources",
        label="Data Source",
        required=False,
        help_text="Only for a customer of several sources; otherwise it is the customer's own.",
    )
    customer_external_id = forms.CharField(
        label="Customer External ID",
        required=False,
        max_length=255,
        help_text="Only for a merged customer: which of its external IDs the invoice belongs to.",
    )
    due_date = MomentField(label="Due Date", required=False)

    groups = (
        RowGroup(
            "line_items",
            label="Line Items",
            row_form=LineItemForm,
            noun="line item",
            required=True,
            ordered=True,
            summed="amount_in_cents",
            help_text=(
                "Subscription External ID, Subscription Set External ID, Service Period Start and End, Canceled At "
                "and Prorated belong to subscription lines. What stays empty is not sent: ChartMogul then takes the "
                "quantity as 1, and discount, tax and fees as 0."
            ),
        ),
        RowGroup(
            "transactions",
            label="Transactions",
            row_form=TransactionForm,
            noun="transaction",
            ordered=True,
            help_text="Payments of the whole amount, or refunds. A part of it: Import an Invoice Transaction.",
        ),
    )

    @property
    def lines(self) -> RowSet:
        return self.row_sets[0]

    @property
    def transactions(self) -> RowSet:
        return self.row_sets[1]

    def check(self) -> None:
        for row_set in self.row_sets:
            self._refuse_twins(row_set)

    def _refuse_twins(self, row_set: RowSet) -> None:
        """External IDs are unique in a source, so ChartMogul would refuse two of a kind in one invoice."""
        rows = [row for row in row_set.filled() if row.cleaned_data.get("external_id")]
        counts = Counter(row.cleaned_data["external_id"] for row in rows)
        for row in rows:
            if counts[row.cleaned_data["external_id"]] > 1:
                row.add_error("external_id", f"Another {row_set.group.noun} has this external ID.")

    # -- for the review

    def total(self) -> int | None:
        return money.total(row["amount_in_cents"] for row in self.lines.values())

    def changes(self) -> list[Change]:
        total = self.total()
        words = "" if total is None else money.in_words(total, self.cleaned_data["currency"])
        return [*super().changes(), Change(label="Sum of the line items", after=words)]

    def warnings(self) -> list[str]:
        return [
            *self._warnings_of_dates(),
            *self._warnings_of_sources(),
            *self._warnings_of_earlier_ones(),
            *amounts.doubts(self.context),
        ]

    def _warnings_of_earlier_ones(self) -> list[str]:
        known = self.context.resolve("invoices", self.cleaned_data["external_id"])
        lines, transactions = self.lines.values(), self.transactions.values()
        return earlier_invoices.questions(self.cleaned_data, lines, transactions, self.held, known)

    def _warnings_of_dates(self) -> list[str]:
        found = []
        date = self.cleaned_data["date"]
        if moments.is_future(date):
            found.append("The date is in the future. ChartMogul stores such an invoice as invalid.")
        rows = self.transactions.values()
        if any(row["type"] == "refund" for row in rows) and not any(row["type"] == "payment" for row in rows):
            found.append(
                "There is a refund but no payment. That is right for the refund of an earlier invoice's payment; "
                "otherwise the payment is missing."
            )
        early = [str(number) for number, row in enumerate(rows, start=1) if row["date"] < date]
        if early:
            found.append(f"Transaction {', '.join(early)}: dated before the invoice.")
        return found

    def _warnings_of_sources(self) -> list[str]:
        """Customer, plan and invoice must share a source. What is known locally may be old, so this is no error."""
        describe = self.context.describe
        customer = describe("customers", self.cleaned_data["customer_uuid"])
        own = customer.data_source_uuid if customer else ""
        chosen = self.cleaned_data["data_source_uuid"]
        found = []
        if chosen and own and chosen != own:
            found.append("The customer is known here as one of another data source than the one chosen.")
        source = chosen or own
        for number, row in enumerate(self.lines.values(), start=1):
            plan = describe("plans", row["plan_uuid"]) if row["plan_uuid"] else None
            if plan and source and plan.data_source_uuid and plan.data_source_uuid != source:
                found.append(f"Line item {number}: the plan {plan.name} belongs to another data source.")
        return found


COLUMNS = (
    Column(key="external_id", label="External ID", shown_as="record", to="invoices"),
    Column(key="customer_uuid", label="Customer", shown_as="reference", to="customers"),
    Column(key="date", label="Date", shown_as="moment"),
    Column(key="due_date", label="Due date", shown_as="moment"),
    Column(key="currency", label="Currency"),
    Column(key="line_items", label="Sum of lines", shown_as="sum_in_cents", part="amount_in_cents"),
    Column(key="line_items", label="Lines", shown_as="count"),
    Column(key="errors", label="Errors", shown_as="stored_errors"),
    Column(key="uuid", label="UUID", shown_as="identifier"),
)
OF_A_CUSTOMER = (
    *(column for column in COLUMNS if column.key not in ("customer_uuid", "uuid")),
    Column(key="transactions", label="Transactions", shown_as="transactions"),
    Column(key="uuid", label="UUID", shown_as="identifier"),
)
FACTS = (
    Column(key="external_id", label="External ID", shown_as="identifier"),
    Column(key="customer_uuid", label="Customer", shown_as="reference", to="customers"),
    Column(key="date", label="Date", shown_as="moment"),
    Column(key="due_date", label="Due date", shown_as="moment"),
    Column(key="currency", label="Currency"),
    Column(key="line_items", label="Sum of the line items", shown_as="sum_in_cents", part="amount_in_cents"),
    Column(key="uuid", label="UUID", shown_as="identifier"),
    Column(key="errors", label="Errors", shown_as="stored_errors"),
)
LINE_ITEMS = NestedTable(
    key="line_items",
    title="Line items",
    noun="line item",
    inherits=("currency",),
    columns=(
        Column(key="type", label="Type"),
        Column(key="description", label="Description"),
        Column(key="plan_uuid", label="Plan", shown_as="reference", to="plans"),
        Column(key="amount_in_cents", label="Amount", shown_as="in_cents", summed=True),
        Column(key="quantity", label="Quantity", shown_as="number"),
        Column(key="service_period_start", label="Service period start", shown_as="moment"),
        Column(key="service_period_end", label="Service period end", shown_as="moment"),
        Column(key="errors", label="Errors", shown_as="stored_errors"),
        Column(key="subscription_external_id", label="Subscription external ID"),
        Column(key="subscription_set_external_id", label="Subscription set external ID"),
        Column(key="cancelled_at", label="Canceled at", shown_as="moment"),
        Column(key="prorated", label="Prorated"),
        Column(key="proration_type", label="Proration type"),
        Column(key="discount_amount_in_cents", label="Discount", shown_as="in_cents"),
        Column(key="discount_code", label="Discount code"),
        Column(key="tax_amount_in_cents", label="Tax", shown_as="in_cents"),
        Column(key="transaction_fees_in_cents", label="Transaction fees", shown_as="fees_in_cents"),
        Column(key="account_code", label="Account code"),
        Column(key="external_id", label="External ID"),
        Column(key="subscription_uuid", label="Subscription", shown_as="identifier"),
        Column(key="uuid", label="UUID", shown_as="identifier"),
    ),
)
TRANSACTIONS = NestedTable(
    key="transactions",
    title="Transactions",
    noun="transaction",
    inherits=("currency",),
    columns=(
        Column(key="date", label="Date", shown_as="moment"),
        Column(key="type", label="Type"),
        Column(key="result", label="Result", shown_as="status"),
        Column(key="amount_in_cents", label="Amount", shown_as="in_cents"),
        Column(key="transaction_fees_in_cents", label="Transaction fees", shown_as="fees_in_cents"),
        Column(key="errors", label="Errors", shown_as="stored_errors"),
        Column(key="external_id", label="External ID"),
        Column(key="uuid", label="UUID", shown_as="identifier"),
    ),
)

LIST = ListOperation(
    key="invoices.list",
    title="List Invoices",
    shortcut="i",
    method="GET",
    path="invoices",
    form_class=InvoiceListForm,
    rows_key="invoices",
    columns=COLUMNS,
)
GET = GetOperation(
    key="invoices.get", title="Get an Invoice", method="GET", path="invoices/{uuid}", form_class=InvoiceForm
)
IMPORT = WriteOperation(
    key="invoices.import",
    title="Import an Invoice",
    method="POST",
    path="import/customers/{customer_uuid}/invoices",
    form_class=InvoiceImportForm,
    done="Invoice imported",
    answer_path="invoices.0",
    look_up={"customer_uuid": "path:customer_uuid", "external_id": "body:invoices.0.external_id"},
    looks_at=lambda form: earlier_invoices.request(form.cleaned_data["customer_uuid"]),
    part_of=("customers", "customer_uuid"),
    afterwards="ChartMogul computes the subscriptions and metrics from it now; that can take minutes.",
)
DELETE = WriteOperation(
    key="invoices.delete",
    title="Delete an Invoice",
    method="DELETE",
    path="invoices/{uuid}",
    form_class=InvoiceForm,
    done="Invoice deleted",
    warning=(
        "Deleting an invoice is permanent. Its line items and transactions go with it, and subscriptions and metrics "
        "are computed anew without them. One that came from an integration, such as Stripe, may come back with the "
        "next synchronization."
    ),
)

RESOURCE = Resource(
    key="invoices",
    title="Invoices",
    noun="invoice",
    uuid_prefix="inv_",
    path="invoices/{uuid}",
    list_path="invoices",
    rows_key="invoices",
    operations=(LIST, GET, IMPORT, DELETE),
    facts=FACTS,
    tables=(LINE_ITEMS, TRANSACTIONS),
    errors_key="errors",
    read_query=EVERY_VALIDATION,
    name_keys=("external_id",),
    look_ups=(LookUp(what="external ID", path="invoices", parameter="external_id"),),
    index={"name": "external_id", "external_id": "external_id", "status": "status"},
)
