"""Rendering one of ChartMogul's values for a spreadsheet file, to be sorted, added up and read back; resources/cells.py
renders them for people. Amounts are written both as the API counts them and as decimals."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.words import Words
from resources import moments, money
from resources.cells import CellContext, currency_at, error_texts, sum_of
from resources.json_paths import BLANK, dig
from resources.operations import Column

ExportValue = str | int | Decimal
"""Numbers stay numbers: their sign does not start a formula."""
SEPARATOR = "; "
ONE: tuple[Words, ...] = ("{label}",)
AMOUNT = (_("{label}, in cents"), "{label}", _("{label}, currency"))
NAMED = ("{label}", _("{label}, name"))


def text(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    if isinstance(value, str):
        return [cell_context.said(value, column)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, float) and isfinite(value):
        return [Decimal(str(value))]
    if isinstance(value, int):
        return [value]
    return [as_json(value)]


def moment(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    """ISO 8601 with the offset of the time zone that pages use."""
    instant = moments.from_api(value)
    return [instant.astimezone(cell_context.zone).isoformat()] if instant else text(value, column, record, cell_context)


def moment_list(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    if not isinstance(value, list):
        return text(value, column, record, cell_context)
    return [SEPARATOR.join(str(moment(each, column, record, cell_context)[0]) for each in value if each not in BLANK)]


def account_money(
    value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext
) -> list[ExportValue]:
    """mrr and arr: hundredths in every currency; a recorded account of 2018 had fractions of them."""
    number = text(value, column, record, cell_context)[0] if isinstance(value, float) else money.whole(value)
    return amount(number, currency_at(column, record), value)


def in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    """With decimals only if the meaning of the integer is known (resources/money.py)."""
    currency = currency_at(column, record)
    cents, decimals, _currency = amount(money.whole(value), currency, value)
    return [cents, decimals if money.has_decimals(currency) else "", currency]


def sum_in_cents(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    total = sum_of(value, column)
    return ["", "", ""] if total is None else in_cents(total, column, record, cell_context)


def amount(number: ExportValue | None, currency: str, value: Any) -> list[ExportValue]:
    if not isinstance(number, int | Decimal):
        return [value if isinstance(value, str) else as_json(value), "", currency]
    return [number, Decimal(number).scaleb(-2), currency]


def count(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    return [len(value)] if isinstance(value, list) else text(value, column, record, cell_context)


def stored_errors(
    value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext
) -> list[ExportValue]:
    return [SEPARATOR.join(error_texts(value))]


def listed(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return text(value, column, record, cell_context)
    return [SEPARATOR.join(value)]


def reference(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    """The UUID of another record, and its name if known."""
    name = cell_context.name_of(column.to, value) if isinstance(value, str) else ""
    return [*text(value, column, record, cell_context), name]


def nothing(value: Any, column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    return []


@dataclass(frozen=True)
class Kind:
    """The columns of a file for one column of a page: their headings, and the function that returns their values."""

    headings: tuple[Words, ...]
    write: Callable[[Any, Column, Mapping[str, Any], CellContext], list[ExportValue]]


TEXT = Kind(ONE, text)
KINDS = {
    "text": TEXT,
    "moment": Kind(ONE, moment),
    "moments": Kind(ONE, moment_list),
    "account_money": Kind(AMOUNT, account_money),
    "in_cents": Kind(AMOUNT, in_cents),
    "sum_in_cents": Kind(AMOUNT, sum_in_cents),
    "fees_in_cents": Kind(AMOUNT, in_cents),
    "number": TEXT,
    "count": Kind(ONE, count),
    "stored_errors": Kind(ONE, stored_errors),
    "status": TEXT,
    # The code, because that is what is read back.
    "country": TEXT,
    "tags": Kind(ONE, listed),
    "identifier": TEXT,
    "record": TEXT,
    "reference": Kind(NAMED, reference),
    # A link to a form, which makes no sense in a file.
    "step": Kind((), nothing),
    "link": TEXT,
    "facts": TEXT,
    "transactions": TEXT,
}
"""Keyed like cells.CELLS, the cells of pages."""


def headings(columns: Iterable[Column]) -> list[str]:
    return [str(words).format(label=column.label) for column in columns for words in KINDS[column.shown_as].headings]


def row(columns: Iterable[Column], record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    return [cell for column in columns for cell in cells_of(column, record, cell_context)]


def cells_of(column: Column, record: Mapping[str, Any], cell_context: CellContext) -> list[ExportValue]:
    kind, value = KINDS[column.shown_as], dig(record, column.key)
    if not value and value in BLANK:
        return [""] * len(kind.headings)
    return kind.write(value, column, record, cell_context)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
