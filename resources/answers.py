"""An API answer as a page shows it: as a whole, and as tables for the lists in it."""

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
# They concern the network connection, or would let somebody impersonate this machine.
HIDDEN_HEADERS = frozenset({"set-cookie", "connection", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list in an answer: of objects, or of plain values as a single column."""

    name: str
    """The key of the list; empty if the answer itself is the list."""
    columns: list[str]
    rows: list[list[SafeString]]
    held: int
    """Number of rows in the answer; fewer may be shown."""
    more_columns: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the page needs to show an answer."""

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
    """Return a list as rows of a table; none if it mixes objects and plain values, or contains lists."""
    if all(isinstance(value, Mapping) for value in values):
        return values
    if any(isinstance(value, Mapping | list) for value in values):
        return []
    # A list named `data_source_uuids` becomes a column `data_source_uuid`.
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
