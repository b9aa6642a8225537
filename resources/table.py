"""The rows of a table, put together here and not in a template: a list has thousands of cells."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from resources import cells, moments
from resources.cells import EMPTY, Desk
from resources.json_paths import dig
from resources.operations import Column


START, GONE_START, END = format_html("<tr>"), format_html('<tr class="gone">'), format_html("</tr>")
CELL = {False: format_html("<td>"), True: format_html('<td class="right">')}
CELL_END = format_html("</td>")
DELETED = format_html("<strong>Deleted</strong> ")


def rows(
    columns: Collection[Column],
    records: Iterable[Mapping[str, Any]],
    desk: Desk,
    *,
    gone: Collection[str] = (),
    sortable: bool = False,
) -> SafeString:
    """Table rows. Those that can be put in order say of each cell what it is sorted by, where its text does not."""
    # Safe text is added to safe text: that takes a fraction of formatting it once more.
    cell_starts = [CELL[is_right(column)] for column in columns]
    lines = []
    for record in records:
        uuid = record.get("uuid")
        is_gone = isinstance(uuid, str) and uuid in gone
        line = GONE_START if is_gone else START
        for number, column in enumerate(columns):
            start = opened(column, record) if sortable else cell_starts[number]
            if is_gone and not number:
                start = start + DELETED
            line = line + start + cells.show(column, record, desk) + CELL_END
        lines.append((line + END,))
    return format_html_join("\n", "{}", lines)


def is_right(column: Column) -> bool:
    return column.shown_as in cells.RIGHT_ALIGNED


def opened(column: Column, record: Mapping[str, Any]) -> SafeString:
    """The start of a cell that says what it is sorted by."""
    return format_html('<td class="right"{}>' if is_right(column) else "<td{}>", sorted_by(column, record))


def sorted_by(column: Column, record: Mapping[str, Any]) -> SafeString | str:
    """` data-sort=...` for a cell whose text is not what its column is sorted by; for an amount its currency too."""
    value = dig(record, column.key)
    if value in EMPTY:
        return ""
    if column.shown_as == "sum_in_cents":
        value = cells.sum_of(value, column)
    elif column.shown_as == "count":
        value = len(value) if isinstance(value, list) else None
    elif column.shown_as in ("moment", "moments"):
        instant = moments.from_api(value[0] if isinstance(value, list) else value)
        return format_html(' data-sort="{}"', instant.timestamp()) if instant else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if column.shown_as in cells.AMOUNTS:
        return format_html(' data-sort="{}" data-unit="{}"', value, cells.currency_of(record))
    return format_html(' data-sort="{}"', value)
