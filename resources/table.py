"""The rows of a table, rendered here and not in a template, because a list has thousands of cells."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activity.history import is_deleted
from resources import cells
from resources.cells import CELLS, CellContext
from resources.json_paths import BLANK, dig
from resources.markup import Html, joined
from resources.operations import Column

HEAD = Html("<tr>{}</tr>")
TITLE, TITLE_OF_KIND = Html('<th scope="col">{}</th>'), Html('<th scope="col" class="{}">{}</th>')
DELETED = Html("<strong>{}</strong> {}")
SORTED_BY = Html(' data-sort="{}"')
AMOUNT_SORTED_BY = Html(' data-sort="{}" data-unit="{}"')


def head(columns: Iterable[Column]) -> SafeString:
    """Return the header row of a table."""
    titles = [
        (TITLE_OF_KIND(kind, column.label) if (kind := class_of(column)) else TITLE(column.label)) for column in columns
    ]
    return HEAD(joined("", titles))


def rows(
    columns: Collection[Column],
    records: Iterable[Mapping[str, Any]],
    cell_context: CellContext,
    *,
    gone: Collection[str] = (),
    sortable: bool = False,
) -> SafeString:
    """Return table rows. If `sortable`, cells whose text is not the sort key have it as an attribute."""
    # One template for a whole row: filling in another one for each cell takes longer than rendering the cell.
    starts = [f'<td class="{kind}"' if (kind := class_of(column)) else "<td" for column in columns]
    row = "".join(f"{start}{{}}>{{}}</td>" if sortable else f"{start}>{{}}</td>" for start in starts)
    ordinary, deleted = Html(f"<tr>{row}</tr>"), Html(f'<tr class="gone">{row}</tr>')
    lines = []
    for record in records:
        filled: list[SafeString | str] = []
        for column in columns:
            if sortable:
                filled.append(sorted_by(column, record))
            filled.append(cells.show(column, record, cell_context))
        is_gone = is_deleted(record, gone)
        if is_gone:
            name = 1 if sortable else 0
            filled[name] = DELETED(_("Deleted"), filled[name])
        lines.append((deleted if is_gone else ordinary)(*filled))
    return joined("\n", lines)


def class_of(column: Column) -> str:
    """Return the CSS class of a column's cells. Style sheets could look at what each cell contains instead, but in a
    table of thousands of cells that takes a browser longer than the layout."""
    return CELLS[column.shown_as].css_class


def sorted_by(column: Column, record: Mapping[str, Any]) -> SafeString | str:
    """Return ` data-sort=...` for a cell whose text is not its sort key, for an amount with its currency; else ""."""
    value, kind = dig(record, column.key), CELLS[column.shown_as]
    key = None if value in BLANK else kind.sort_key(value, column)
    if key is None:
        return ""
    return AMOUNT_SORTED_BY(key, cells.currency_of(record)) if kind.is_amount else SORTED_BY(key)
