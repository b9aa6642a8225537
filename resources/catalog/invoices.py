"""Invoices, with their line items and transactions. The API sends no total, so the lines are added up here."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from connections.words import Words
from resources import amounts, moments, money
from resources.catalog import earlier_invoices, next_period, saved_invoices
from resources.catalog.invoice_rows import LINE_TYPES, RESULTS, TRANSACTION_TYPES, LineItemForm, TransactionForm
from resources.fields import LimitField, MomentField
from resources.form_context import FormContext
from resources.forms import ApiForm, Change
from resources.money_fields import CurrencyField
from resources.operations import (
    Column,
    Copying,
    Detail,
    GetOperation,
    ListOperation,
    LookUp,
    NestedTable,
    Resource,
    WriteOperation,
)
from resources.picker_fields import PickerField
from resources.rows import RowGroup, RowSet

# By default, a list leaves out invoices that ChartMogul stored although something is wrong with them.
VALIDATION = (("", _("Valid")), ("invalid", _("Stored with errors")), ("all", _("All")))
EVERY_VALIDATION = (("validation_type", "all"),)

SUMMED: Mapping[str, Words] = {
    "amount_in_cents": _("Sum of the line items"),
    "discount_amount_in_cents": _("Discounts in total"),
    "tax_amount_in_cents": _("Taxes in total"),
    "transaction_fees_in_cents": _("Transaction fees in total"),
}


class InvoiceListForm(ApiForm):
    local_fields = ("limit",)
    query_fields = ("data_source_uuid", "customer_uuid", "external_id", "validation_type")

    limit = LimitField()
    data_source_uuid = PickerField("data_sources", label=_("Data Source"), required=False)
    customer_uuid = PickerField("customers", label=_("Customer"), required=False, narrowed_by="data_source_uuid")
    external_id = forms.CharField(label=_("External ID"), required=False, max_length=255)
    validation_type = forms.ChoiceField(label=_("Validation"), required=False, choices=VALIDATION)


class InvoiceForm(ApiForm):
    path_fields = ("uuid",)

    uuid = PickerField("invoices", label=_("Invoice"))


class InvoiceImportForm(ApiForm):
    path_fields = ("customer_uuid",)
    wrapped_in = "invoices"
    keeps_draft = True
    takes_json = True
    # If the API does not know the customer in the path, its error speaks of an invoice (issue of 2025-09).
    error_names: ClassVar[Mapping[str, str]] = {"invoice": "customer_uuid", "customer": "customer_uuid"}
    explanations: ClassVar[Mapping[str, tuple[str, Words]]] = {
        "Invoice not found": (
            "customer_uuid",
            _("ChartMogul has no customer with this UUID in this account. (Its message is “Invoice not found”.)"),
        )
    }

    customer_uuid = PickerField("customers", label=_("Customer UUID"), narrowed_by="data_source_uuid")
    external_id = forms.CharField(
        label=_("External ID"),
        max_length=255,
        help_text=_(
            "Your invoice number. It must be unique in the data source: an invoice sent twice is rejected, not updated."
        ),
    )
    date = MomentField(label=_("Date"))
    currency = CurrencyField(label=_("Currency"))
    data_source_uuid = PickerField(
        "data_sources",
        label=_("Data Source"),
        required=False,
        help_text=_("Only for a customer with several sources; otherwise the customer's own is used."),
    )
    customer_external_id = forms.CharField(
        label=_("Customer External ID"),
        required=False,
        max_length=255,
        help_text=_("Only for a merged customer: which of its external IDs the invoice belongs to."),
    )
    due_date = MomentField(label=_("Due Date"), required=False)

    groups = (
        RowGroup(
            "line_items",
            label=_("Line Items"),
            row_form=LineItemForm,
            noun=_("line item"),
            nouns=_("line items"),
            needs_one=_("Add at least one line item."),
            ordered=True,
            summed=SUMMED,
            help_text=_(
                "Subscription External ID, Subscription Set External ID, Service Period Start and End, Canceled At and "
                "Prorated apply to subscription lines. Empty fields are not sent: ChartMogul then assumes a quantity "
                "of 1, and 0 for discount, tax and fees."
            ),
        ),
        RowGroup(
            "transactions",
            label=_("Transactions"),
            row_form=TransactionForm,
            noun=_("transaction"),
            ordered=True,
            help_text=_(
                "Payments of the whole amount, or refunds. An invoice that is not paid yet has none: leave the row as "
                "it is. For part of the amount, use Import an Invoice Transaction."
            ),
        ),
    )

    TWINS: ClassVar[Mapping[str, Words]] = {
        "line_items": _("Another line item has this external ID."),
        "transactions": _("Another transaction has this external ID."),
    }

    @classmethod
    def presets(cls, context: FormContext) -> dict[str, Any]:
        """Preset the account's currency. The review asks if the customer's earlier invoices are in others."""
        known = dict(money.currencies())
        return {"currency": context.account_currency} if context.account_currency in known else {}

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
        """Add errors to rows with the same external ID: it is unique in a source, so ChartMogul would refuse them."""
        rows = [row for row in row_set.filled() if row.cleaned_data.get("external_id")]
        counts = Counter(row.cleaned_data["external_id"] for row in rows)
        for row in rows:
            if counts[row.cleaned_data["external_id"]] > 1:
                row.add_error("external_id", self.TWINS[row_set.group.name])

    # -- for the review

    def changes(self) -> list[Change]:
        unpaid = (
            []
            if self.transactions.values()
            else [Change(label=gettext("Transactions"), after=gettext("none: it is imported without a payment"))]
        )
        return [*super().changes(), *unpaid, *self._sums()]

    def _sums(self) -> Iterator[Change]:
        """Yield the sums of the lines. Discount, tax and fees are 0 if nothing was typed, and are then left out."""
        for name, label in SUMMED.items():
            total = sum(row[name] or 0 for row in self.lines.values())
            if total or name == "amount_in_cents":
                yield Change(label=str(label), after=money.in_words(total, self.cleaned_data["currency"]))

    earlier: Any = ()
    """The answer with the customer's invoices; None if they could not be read."""

    def look_at(self, found: Any) -> None:
        self.earlier = found

    def warnings(self) -> list[str]:
        return [
            *self._warnings_of_dates(),
            *self._warnings_of_sources(),
            *self._warnings_of_earlier_ones(),
            *amounts.doubts(self),
        ]

    def _warnings_of_earlier_ones(self) -> list[str]:
        known = self.context.resolve("invoices", self.cleaned_data["external_id"])
        lines, transactions = self.lines.values(), self.transactions.values()
        zone = self.context.time_zone
        return earlier_invoices.questions(self.cleaned_data, lines, transactions, self.earlier, zone, known)

    def _warnings_of_dates(self) -> list[str]:
        found = []
        date = self.cleaned_data["date"]
        if moments.is_future(date):
            found.append(gettext("The date is in the future. ChartMogul stores such an invoice as invalid."))
        for number, line in enumerate(self.lines.values(), start=1):
            ends, begins = line.get("cancelled_at"), line.get("service_period_start")
            if ends and (moments.is_future(ends) or (begins and ends < begins)):
                said = gettext("Line item {number}: the cancellation is in the future, or before the service period.")
                found.append(said.format(number=number))
        rows = self.transactions.values()
        if any(row["type"] == "refund" for row in rows) and not any(row["type"] == "payment" for row in rows):
            found.append(
                gettext(
                    "There is a refund but no payment. That is right when you refund the payment of an earlier "
                    "invoice; otherwise, the payment is missing."
                )
            )
        early = [str(number) for number, row in enumerate(rows, start=1) if row["date"] < date]
        if early:
            found.append(gettext("Transaction {numbers}: dated before the invoice.").format(numbers=", ".join(early)))
        late = [str(number) for number, row in enumerate(rows, start=1) if moments.is_future(row["date"])]
        if late:
            found.append(gettext("Transaction {numbers}: dated in the future.").format(numbers=", ".join(late)))
        return found

    def _warnings_of_sources(self) -> list[str]:
        """Warn if customer, plan and invoice do not share a source, as they must. What is known locally may be old, so
        this is no error."""
        describe = self.context.describe
        customer = describe("customers", self.cleaned_data["customer_uuid"])
        own = customer.data_source_uuids if customer else ()
        chosen = self.cleaned_data["data_source_uuid"]
        found = []
        if chosen and own and chosen not in own:
            found.append(gettext("The customer is known here under a different data source than the one chosen."))
        sources = (chosen,) if chosen else own
        for number, row in enumerate(self.lines.values(), start=1):
            plan = describe("plans", row["plan_uuid"]) if row["plan_uuid"] else None
            if plan and sources and plan.data_source_uuids and not set(plan.data_source_uuids) & set(sources):
                wrong = gettext("Line item {number}: the plan {plan} belongs to another data source.")
                found.append(wrong.format(number=number, plan=plan.name))
        return found


COLUMNS = (
    Column(key="external_id", label=_("External ID"), shown_as="record", to="invoices"),
    Column(key="line_items", label=_("Sum of lines"), shown_as="sum_in_cents", part="amount_in_cents"),
    Column(key="date", label=_("Date"), shown_as="moment"),
    Column(key="due_date", label=_("Due date"), shown_as="moment"),
    Column(key="customer_uuid", label=_("Customer"), shown_as="reference", to="customers"),
    Column(key="line_items", label=_("Lines"), shown_as="count"),
    Column(key="errors", label=_("Errors"), shown_as="stored_errors"),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
)
OF_A_CUSTOMER = (
    *(column for column in COLUMNS if column.key not in ("customer_uuid", "uuid")),
    Column(
        key="transactions",
        label=_("Transactions"),
        shown_as="transactions",
        labels=dict((*TRANSACTION_TYPES, *RESULTS)),
    ),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
)
FACTS = (
    Column(key="external_id", label=_("External ID"), shown_as="identifier"),
    Column(key="customer_uuid", label=_("Customer"), shown_as="reference", to="customers"),
    Column(key="date", label=_("Date"), shown_as="moment"),
    Column(key="due_date", label=_("Due date"), shown_as="moment"),
    Column(key="currency", label=_("Currency")),
    Column(key="line_items", label=_("Sum of the line items"), shown_as="sum_in_cents", part="amount_in_cents"),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
    Column(key="errors", label=_("Errors"), shown_as="stored_errors"),
)
LINE_ITEMS = NestedTable(
    key="line_items",
    title=_("Line items"),
    noun=_("line item"),
    counted=ngettext_lazy("{shown} line item", "{shown} line items", "count"),
    inherits=("currency",),
    columns=(
        Column(key="type", label=_("Type"), labels=dict(LINE_TYPES)),
        Column(key="amount_in_cents", label=_("Amount"), shown_as="in_cents", summed=True),
        Column(key="description", label=_("Description")),
        Column(key="plan_uuid", label=_("Plan"), shown_as="reference", to="plans"),
        Column(key="quantity", label=_("Quantity"), shown_as="number"),
        Column(key="service_period_start", label=_("Service period start"), shown_as="moment"),
        Column(key="service_period_end", label=_("Service period end"), shown_as="moment"),
        Column(key="errors", label=_("Errors"), shown_as="stored_errors"),
        Column(key="subscription_external_id", label=_("Subscription external ID")),
        Column(key="subscription_set_external_id", label=_("Subscription set external ID")),
        Column(key="cancelled_at", label=_("Canceled at"), shown_as="moment"),
        Column(key="prorated", label=_("Prorated")),
        Column(key="proration_type", label=_("Proration type")),
        Column(key="discount_amount_in_cents", label=_("Discount"), shown_as="in_cents", summed=True),
        Column(key="discount_code", label=_("Discount code")),
        Column(key="tax_amount_in_cents", label=_("Tax"), shown_as="in_cents", summed=True),
        Column(key="transaction_fees_in_cents", label=_("Transaction fees"), shown_as="fees_in_cents", summed=True),
        Column(key="account_code", label=_("Account code")),
        Column(key="external_id", label=_("External ID")),
        Column(key="subscription_uuid", label=_("Subscription"), shown_as="identifier"),
        Column(key="uuid", label=_("UUID"), shown_as="identifier"),
    ),
)
TRANSACTIONS = NestedTable(
    key="transactions",
    title=_("Transactions"),
    noun=_("transaction"),
    counted=ngettext_lazy("{shown} transaction", "{shown} transactions", "count"),
    inherits=("currency",),
    columns=(
        Column(key="date", label=_("Date"), shown_as="moment"),
        Column(key="type", label=_("Type"), labels=dict(TRANSACTION_TYPES)),
        Column(key="result", label=_("Result"), shown_as="status", labels=dict(RESULTS)),
        Column(key="amount_in_cents", label=_("Amount"), shown_as="in_cents", blank=_("whole invoice")),
        Column(key="transaction_fees_in_cents", label=_("Transaction fees"), shown_as="fees_in_cents"),
        Column(key="errors", label=_("Errors"), shown_as="stored_errors"),
        Column(key="external_id", label=_("External ID")),
        Column(key="uuid", label=_("UUID"), shown_as="identifier"),
    ),
)

LIST = ListOperation(
    key="invoices.list",
    title=_("List Invoices"),
    shortcut="i",
    method="GET",
    path="invoices",
    form_class=InvoiceListForm,
    rows_key="invoices",
    columns=COLUMNS,
)
GET = GetOperation(
    key="invoices.get", title=_("Get an Invoice"), method="GET", path="invoices/{uuid}", form_class=InvoiceForm
)
IMPORT = WriteOperation(
    key="invoices.import",
    title=_("Import an Invoice"),
    method="POST",
    path="import/customers/{customer_uuid}/invoices",
    form_class=InvoiceImportForm,
    done=_("Invoice imported"),
    answer_path="invoices.0",
    copying=Copying(
        title=_("Copy to the next period"),
        said=_(
            "Filled in from an earlier invoice of this customer. The service periods continue where that invoice ends, "
            "and the dates move with them. External IDs, transactions and lines of canceled subscriptions are not "
            "copied. One-time lines are copied: remove those that do not recur."
        ),
        record=lambda invoice, zone: saved_invoices.copied(
            next_period.of(invoice, zone), InvoiceImportForm.base_fields
        ),
    ),
    saved=lambda invoice: saved_invoices.of(invoice, InvoiceImportForm.base_fields),
    identified_by={"customer_uuid": "path:customer_uuid", "external_id": "body:invoices.0.external_id"},
    review_read=lambda form: earlier_invoices.request(form.cleaned_data["customer_uuid"]),
    part_of=("customers", "customer_uuid"),
    afterwards=_("ChartMogul is now calculating the subscriptions and metrics from it; this can take a few minutes."),
)
DELETE = WriteOperation(
    key="invoices.delete",
    title=_("Delete an Invoice"),
    method="DELETE",
    path="invoices/{uuid}",
    form_class=InvoiceForm,
    done=_("Invoice deleted"),
    warning=_(
        "Deleting an invoice is permanent. Its line items and transactions are deleted too, and subscriptions and "
        "metrics are recalculated without them. An invoice that came from an integration, such as Stripe, may come "
        "back with the next synchronization."
    ),
    losses_of=saved_invoices.cancellations_lost,
    part_of=("customers", "customer_uuid"),
)

RESOURCE = Resource(
    key="invoices",
    title=_("Invoices"),
    noun=_("invoice"),
    nouns=_("invoices"),
    not_found=_("No invoice found for “{text}”. Choose one from the list or paste its UUID."),
    counted=ngettext_lazy("{shown} invoice", "{shown} invoices", "count"),
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
    look_ups=(LookUp(what=_("external ID"), path="invoices", parameter="external_id"),),
    index={"name": "external_id", "external_id": "external_id", "status": "status"},
    told_apart_by=(
        Detail(path="customer_uuid", shown_as="reference"),
        Detail(path="date", shown_as="day"),
        Detail(path="currency", shown_as="currency"),
    ),
)
