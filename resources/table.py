"""The rows of a table, put together here and not in a template: a list has thousands of cells."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from resources import cells, moments
from resources.cells import EMPTY, Desk
from resources.json_paths import dig
from resources.operations import Column


def rows(
    columns: Collection[Column],
    records: Iterable[Mapping[str, Any]],
    desk: Desk,
    *,
    gone: Collection[str] = (),
    sortable: bool = False,
) -> SafeString:
    """Table rows. Those that can be put in order say of each cell what it is sorted by, where its text does not."""
    tds = ['<td class="right"{}>{}</td>' if is_right(column) else "<td{}>{}</td>" for column in columns]
    row = f"<tr>{''.join(tds)}</tr>"
    lines = []
    for record in records:
        filled: list[SafeString] = []
        for column in columns:
            filled += (sorted_by(column, record) if sortable else "", cells.show(column, record, desk))
        uuid = record.get("uuid")
        if isinstance(uuid, str) and uuid in gone:
            filled[1] = format_html("<strong>Deleted</strong> {}", filled[1])
            lines.append((format_html(row.replace("<tr>", '<tr class="gone">', 1), *filled),))
        else:
            lines.append((format_html(row, *filled),))
    return format_html_join("\n", "{}", lines)


def is_right(column: Column) -> bool:
    return column.shown_as in cells.RIGHT_ALIGNED


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
        return format_html(' data-sort="{}"', moments.to_api(instant)) if instant else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if column.shown_as in cells.AMOUNTS:
        return format_html(' data-sort="{}" data-unit="{}"', value, cells.currency_of(record))
    return format_html(' data-sort="{}"', value)
