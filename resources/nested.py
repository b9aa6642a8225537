"""The contents of a record: its tables, and the errors that ChartMogul reports in it. All of it is untrusted data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from resources import cells, money
from resources.cells import CellContext
from resources.json_paths import BLANK, dig
from resources.operations import Column, NestedTable, Resource


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A nested table with the rows of one record."""

    declared: NestedTable
    columns: list[Column]
    rows: list[dict[str, Any]]
    totals: list[SafeString]
    """One per column, empty if that column is not added up; an empty list if no column is."""
    note: str = ""


def rows_of(table: NestedTable, record: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the rows of a nested table, or None if there is no list of objects at its path."""
    rows = dig(record, table.key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return rows


def tables(resource: Resource, record: Mapping[str, Any], cell_context: CellContext) -> list[Filled]:
    """Return the nested tables of a record, without those that are not lists of objects, which show as facts."""
    return [
        fill(table, rows, record, cell_context)
        for table in resource.tables
        if (rows := rows_of(table, record)) is not None
    ]


def fill(
    table: NestedTable, rows: list[dict[str, Any]], record: Mapping[str, Any], cell_context: CellContext
) -> Filled:
    together: dict[str, Any] = {}
    for row in rows:
        together |= {name: value for name, value in row.items() if value not in BLANK or name not in together}
    every = cells.all_facts(table.columns, together)
    columns = [column for column in every if column.blank or dig(together, column.key) not in BLANK]
    cells.expect_references(columns, rows, cell_context)
    inherited = {name: record.get(name) for name in table.inherits}
    full = [{**inherited, **row} for row in rows]
    totals = [_total(column, full, cell_context) for column in columns]
    return Filled(
        declared=table,
        columns=columns,
        rows=full,
        totals=totals if any(totals) else [],
        note=money.note(cells.currency_of(inherited)) if any(c.shown_as == "in_cents" for c in columns) else "",
    )


def _total(column: Column, rows: list[dict[str, Any]], cell_context: CellContext) -> SafeString:
    """Return the sum of the rows' amounts if all of them are in one currency, else an empty string."""
    currencies = {cells.currency_at(column, row) for row in rows}
    total = money.total(dig(row, column.key) for row in rows) if column.summed and len(currencies) == 1 else None
    if total is None:
        return format_html("{}", "")
    return cells.in_cents(total, column, {"currency": currencies.pop()}, cell_context)


def wrongs(resource: Resource, record: Mapping[str, Any]) -> list[str]:
    """Return the errors that ChartMogul reports for a record and for the rows of its tables."""
    if not resource.errors_key:
        return []
    found = cells.error_texts(dig(record, resource.errors_key))
    for table in resource.tables:
        for number, row in enumerate(rows_of(table, record) or [], start=1):
            texts = cells.error_texts(dig(row, resource.errors_key))
            found += [f"{capfirst(table.noun)} {number}: {text}" for text in texts]
    return found
