"""Compare a new invoice with those that the customer already has. What stands out may be right, so the results are
questions for whoever reviews it, not errors."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections.api_request import ApiRequest
from resources import moments, money
from resources.json_paths import dig, rows_at

TIMES = 10
"""A line of so many times the customer's last invoice looks like an amount in the wrong unit."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
MOST = 200
"""Invoices to compare with: as many as ChartMogul returns in one call."""


Rows = Sequence[Mapping[str, Any]]


def request(customer_uuid: str) -> ApiRequest:
    """Return the one call that reads them. Includes those stored with errors, because they have external IDs too."""
    query = (("customer_uuid", customer_uuid), ("validation_type", "all"), ("per_page", str(MOST)))
    return ApiRequest.build("GET", "invoices", query=query)


def questions(
    new: Mapping[str, Any], lines: Rows, transactions: Rows, held: object, zone: tzinfo, known: str | None = None
) -> list[str]:
    """Return what to ask about an invoice with these values. `held` is the answer to `request`, None if there is none;
    times are shown in `zone`; `known` is the UUID of an invoice with the same external ID that is known here."""
    earlier = rows_at(held, "invoices")
    unread = _("The customer's earlier invoices could not be read, so nothing was compared with them.")
    partly = _("The customer has more invoices than the {most} that were compared.").format(most=MOST)
    return [
        *([unread] if held is None else []),
        *([partly] if dig(held, "has_more") is True else []),
        *_taken(new, lines, transactions, earlier, known),
        *_currency(new["currency"], earlier),
        *_amounts(new["currency"], [line["amount_in_cents"] for line in lines], earlier),
        *_periods(lines, earlier, zone),
    ]


def _name(invoice: Mapping[str, Any]) -> str:
    return str(invoice.get("external_id") or invoice.get("uuid") or "")


def _when(record: Mapping[str, Any], key: str) -> datetime:
    return moments.from_api(record.get(key)) or LONG_AGO


# -- external IDs


def _taken(new: Mapping[str, Any], lines: Rows, transactions: Rows, earlier: Rows, known: str | None) -> Iterator[str]:
    same = [str(invoice.get("uuid")) for invoice in earlier if invoice.get("external_id") == new["external_id"]]
    for uuid in dict.fromkeys([*same, *([known] if known else [])]):
        yield _(
            "An invoice with the external ID {external_id} already exists: {uuid}. ChartMogul rejects a second one in "
            "the same data source."
        ).format(external_id=new["external_id"], uuid=uuid)
    yield from _taken_rows(_("Line item {numbers}"), "line_items", lines, earlier)
    yield from _taken_rows(_("Transaction {numbers}"), "transactions", transactions, earlier)


def _taken_rows(row: str, key: str, rows: Rows, earlier: Rows) -> Iterator[str]:
    used = {str(each.get("external_id")): invoice for invoice in earlier for each in rows_at(invoice, key)}
    for number, each in enumerate(rows, start=1):
        if (external_id := each.get("external_id")) and external_id in used:
            yield _("{row}: the external ID {external_id} is already used in the invoice {invoice}.").format(
                row=row.format(numbers=number), external_id=external_id, invoice=_name(used[external_id])
            )


# -- amounts


def _currency(currency: str, earlier: Rows) -> Iterator[str]:
    """Ask about a currency in which the customer has no invoice, though it has others: the form may have preset it."""
    others = [
        (_when(invoice, "date"), _name(invoice), other)
        for invoice in earlier
        if isinstance(other := invoice.get("currency"), str) and other
    ]
    if others and all(other != currency for _at, _invoice, other in others):
        _at, name, last = max(others)
        yield _(
            "None of the customer's earlier invoices is in {currency}: the last one, {invoice}, is in {last}."
        ).format(currency=currency, invoice=name, last=last)


def _amounts(currency: str, amounts: list[int], earlier: Rows) -> Iterator[str]:
    """Ask about lines, or the sum of all lines, of at least ten times the last invoice in the currency."""
    sums = [
        (_when(invoice, "date"), _name(invoice), total)
        for invoice in earlier
        if invoice.get("currency") == currency
        and (total := money.total(line.get("amount_in_cents") for line in rows_at(invoice, "line_items")))
    ]
    if not sums:
        return
    _at, name, last = max(sums)
    last_one = _("the customer's last invoice {invoice} ({amount})").format(
        invoice=name, amount=money.in_words(last, currency)
    )
    large = [number for number, amount in enumerate(amounts, start=1) if _is_large(amount, last)]
    if large:
        words = ngettext(
            "Line item {numbers} is at least ten times {last_one}. Did you mean cents?",
            "Line items {numbers} are each at least ten times {last_one}. Did you mean cents?",
            len(large),
        )
        yield words.format(numbers=", ".join(map(str, large)), last_one=last_one)
    elif _is_large(sum(amounts), last):
        yield _("The lines together are at least ten times {last_one}. Did you mean cents?").format(last_one=last_one)


def _is_large(amount: int, last: int) -> bool:
    return abs(amount) >= TIMES * abs(last)


# -- periods


def _periods(lines: Rows, earlier: Rows, zone: tzinfo) -> Iterator[str]:
    """Ask about lines whose period overlaps with the last one of the same subscription, unless they are prorated: then
    that is usual."""
    last = _last_lines(earlier)
    for number, line in enumerate(lines, start=1):
        found = last.get(line.get("subscription_external_id"))
        start, end = line.get("service_period_start"), line.get("service_period_end")
        if not found or not start or not end or line.get("prorated"):
            continue
        invoice, before = found
        began, ended = _when(before, "service_period_start"), _when(before, "service_period_end")
        if began < end and start < ended:
            yield _(
                "Line item {number}: its service period overlaps with the last one of the subscription {subscription}, "
                "{start} to {end} {zone} in the invoice {invoice}."
            ).format(
                number=number,
                subscription=line["subscription_external_id"],
                start=moments.shown(began, zone),
                end=moments.shown(ended, zone),
                zone=zone,
                invoice=_name(invoice),
            )


def _last_lines(earlier: Rows) -> dict[Any, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return by subscription the line with the latest end, after its invoice."""
    last: dict[Any, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for invoice in earlier:
        for line in rows_at(invoice, "line_items"):
            subscription = line.get("subscription_external_id")
            if not isinstance(subscription, str) or not subscription:
                continue
            if subscription not in last or _when(line, "service_period_end") > _when(
                last[subscription][1], "service_period_end"
            ):
                last[subscription] = (invoice, line)
    return last
