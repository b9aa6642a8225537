"""An invoice that is created again or copied: which of its values the import form can hold, and which it cannot.

Nobody should find out only after sending that an amount has changed, so everything that is lost is reported.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections import localized
from resources import money
from resources.catalog.invoice_rows import LineItemForm, TransactionForm
from resources.json_paths import rows_at

MADE_THERE = {
    *("uuid", "subscription_uuid", "plan_external_id", "status", "errors"),
    *("disabled", "disabled_at", "disabled_by", "user_created", "edit_history_summary"),
}
"""What ChartMogul itself sets in an invoice and its rows."""
SET_BY_HAND = ("voided", "written_off")
"""Those statuses of an invoice that do not follow from its transactions."""
DECISIVE = {"amount_in_cents", "type", "result"}
"""Without one of these, a transaction would become a different one, so it is left out: in an imported invoice, each
transaction is of the whole amount."""
ROWS = {"line_items", "transactions"}
NAMED = 10
"""Subscriptions that a sentence names; an invoice may have thousands."""


def of(invoice: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the invoice with which the form of these fields begins, and what is lost, in words, part by
    part."""
    lines = rows_at(invoice, "line_items")
    whole = money.total(line.get("amount_in_cents") for line in lines)
    by_hand = {"status": invoice["status"]} if invoice.get("status") in SET_BY_HAND else {}
    begun, said = _without_transactions(invoice, fields, by_hand)
    kept = []
    for number, transaction in enumerate(rows_at(invoice, "transactions"), start=1):
        lost = unheld(transaction, TransactionForm.base_fields)
        if whole is not None and money.whole(lost.get("amount_in_cents")) == whole:
            lost.pop("amount_in_cents", None)
        words = f"{_('Transaction {numbers}').format(numbers=number)}: {in_words(lost)}"
        if DECISIVE.isdisjoint(lost):
            kept.append(transaction)
            said += [words] if lost else []
        else:
            left_out = _("It is left out here: Import an Invoice Transaction adds it to the new invoice.")
            said.append(f"{words}. {left_out}")
    # A line that has its subscription's cancellation is sent with it.
    if names := subscriptions(line for line in lines if not line.get("cancelled_at")):
        said.append(
            _(
                "Cancellations of {subscriptions}, if there were any: check them after the import, and cancel again "
                "where needed."
            ).format(subscriptions=names)
        )
    return {**begun, "transactions": kept}, said


def copied(invoice: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> tuple[dict[str, Any], list[str]]:
    """Return the same for a new invoice like this one, without its transactions and its status."""
    return _without_transactions(invoice, fields, {})


def _without_transactions(
    invoice: Mapping[str, Any], fields: Mapping[str, forms.Field], further: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the invoice with its lines as the form can hold them, and what is lost; `further` is lost too."""
    lost = {name: value for name, value in unheld(invoice, fields).items() if name not in ROWS} | dict(further)
    said = [in_words(lost)] if lost else []
    lines = []
    for number, line in enumerate(rows_at(invoice, "line_items"), start=1):
        kept, lost = _line(line, invoice.get("currency"))
        lines.append(kept)
        if lost:
            said.append(f"{_('Line item {numbers}').format(numbers=number)}: {in_words(lost)}")
    return {**invoice, "line_items": lines}, said


def _line(line: Mapping[str, Any], currency: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a line as the form can hold it, and what it cannot hold. Fees in another currency are lost: they would be
    sent as the same number in the invoice's currency."""
    lost = unheld(line, LineItemForm.base_fields)
    fees = "transaction_fees_in_cents"
    if not line.get(fees) or str(lost.get("transaction_fees_currency") or currency).upper() == str(currency).upper():
        lost.pop("transaction_fees_currency", None)
        return dict(line), lost
    return {name: value for name, value in line.items() if name != fees}, {**lost, fees: line.get(fees)}


def cancellations_lost(invoice: Mapping[str, Any]) -> list[str]:
    """Return a warning if an invoice to delete has subscription lines: ChartMogul stores cancellations with the
    subscriptions, which it makes from the lines, and does not show them in the invoice."""
    if not (names := subscriptions(rows_at(invoice, "line_items"))):
        return []
    said = _(
        "Cancellations of {subscriptions} may be lost at ChartMogul with this invoice, and importing it again does not "
        "restore them."
    )
    return [said.format(subscriptions=names)]


def subscriptions(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return in words the subscriptions that these lines belong to."""
    names = (line.get("subscription_external_id") for line in lines if line.get("type") == "subscription")
    quoted = list(dict.fromkeys(f"“{name}”" for name in names if name))
    if more := quoted[NAMED:]:
        words = ngettext("{names} and {number} other", "{names} and {number} others", len(more))
        return words.format(names=", ".join(quoted[:NAMED]), number=localized.count(len(more)))
    return ", ".join(quoted)


def unheld(record: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> dict[str, Any]:
    """Return the values of a record that a form cannot hold: those without a field, unless ChartMogul itself sets them,
    and those that are not among a field's choices."""
    return {
        name: value
        for name, value in record.items()
        # A lost zero makes no difference, except for an amount.
        if (value or (name == "amount_in_cents" and value is not None))
        and (is_no_choice(fields[name], value) if name in fields else name not in MADE_THERE)
    }


def is_no_choice(field: forms.Field, value: Any) -> bool:
    return isinstance(field, forms.ChoiceField) and isinstance(value, str) and not field.valid_value(value)


def in_words(values: Mapping[str, Any]) -> str:
    texts = ((name, value if isinstance(value, str) else json.dumps(value)) for name, value in values.items())
    return ", ".join(f"{name} “{text}”" for name, text in texts)
