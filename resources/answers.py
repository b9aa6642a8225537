"""An answer of the API as a page shows it: whole, and as tables where it holds lists."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from connections.api_request import ApiAnswer
from resources import cells
from resources.cells import CellContext
from resources.json_paths import BLANK
from resources.operations import Column

SHOWN_CHARACTERS = 200_000
SHOWN_ROWS = 500
SHOWN_COLUMNS = 60
# They are about the connection between the two machines, or would let somebody act as this one.
HIDDEN_HEADERS = frozenset({"set-cookie", "connection", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list in an answer: of objects, or of plain values as one column."""

    name: str
    """The key under which it stands; empty where the answer is the list."""
    columns: list[str]
    rows: list[list[SafeString]]
    held: int
    """Rows in the answer; fewer may be shown."""
    more_columns: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the page of an answer needs."""

    status: int
    elapsed_ms: int
    size: int
    headers: list[tuple[str, str]]
    pretty: str
    raw: str
    is_cut: bool
    tables: list[Table]


def shown(answer: ApiAnswer, cell_context: CellContext) -> Shown:
    raw = answer.body.decode("utf-8", "replace")
    pretty = "" if answer.data is None else json.dumps(answer.data, ensure_ascii=False, indent=2)
    return Shown(
        status=answer.status,
        elapsed_ms=answer.elapsed_ms,
        size=len(answer.body),
        headers=[(name, value) for name, value in answer.headers.items() if name not in HIDDEN_HEADERS],
        pretty=pretty[:SHOWN_CHARACTERS],
        raw=raw[:SHOWN_CHARACTERS],
        is_cut=max(len(pretty), len(raw)) > SHOWN_CHARACTERS,
        tables=tables(answer.data, cell_context),
    )


def tables(data: Any, cell_context: CellContext) -> list[Table]:
    candidates = data.items() if isinstance(data, Mapping) else [("", data)]
    lists = [(name, value) for name, value in candidates if isinstance(value, list) and value]
    return [table(name, rows, cell_context) for name, value in lists if (rows := rows_of(name, value))]


def rows_of(name: str, values: list[Any]) -> list[Mapping[str, Any]]:
    """A list as rows of a table; none where objects and plain values are mixed, or lists are within it."""
    if all(isinstance(value, Mapping) for value in values):
        return values
    if any(isinstance(value, Mapping | list) for value in values):
        return []
    # `data_source_uuids` is a column of such UUIDs.
    column = name.removesuffix("s") if name.endswith(("_ids", "uuids")) else name
    return [{column or gettext("Value"): value} for value in values]


def table(name: str, rows: list[Mapping[str, Any]], cell_context: CellContext) -> Table:
    first = rows[:SHOWN_ROWS]
    keys = list(dict.fromkeys(key for row in first for key in row))
    return Table(
        name=name,
        columns=keys[:SHOWN_COLUMNS],
        rows=[[cell(key, row, cell_context) for key in keys[:SHOWN_COLUMNS]] for row in first],
        held=len(rows),
        more_columns=len(keys) > SHOWN_COLUMNS,
    )


def cell(key: str, row: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    value = row.get(key)
    if value in BLANK:
        return cell_context.blank
    column = Column(key=key, label=key)
    shown = cells.identifier if key.endswith(("uuid", "external_id")) else cells.text
    return shown(value, column, row, cell_context)
