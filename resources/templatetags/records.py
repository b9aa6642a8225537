"""Template tags that show ChartMogul's values."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from activity.models import Write
from connections.models import Connection
from connections.words import Words
from resources import cells, markup, nested, registry, table
from resources.catalog import api_call
from resources.cells import CellContext
from resources.forms import ApiForm
from resources.nested import Filled
from resources.operations import Column, Operation, Resource
from resources.rows import RowGroup
from resources.update_forms import UpdateForm
from resources.uuids import PREFIXED

register = template.Library()
UUID_IN_TEXT = re.compile(rf"(?<![\w-]){PREFIXED.pattern}(?![\w-])")


@register.simple_tag
def cell(column: Column, record: Mapping[str, Any], cell_context: CellContext) -> SafeString:
    return cells.show(column, record, cell_context)


@register.simple_tag
def table_head(columns: Iterable[Column]) -> SafeString:
    return table.head(columns)


@register.filter
def have_times(columns: Iterable[Column]) -> bool:
    return any(cells.CELLS[column.shown_as].has_times for column in columns)


@register.simple_tag
def table_rows(
    columns: Collection[Column],
    records: Iterable[Mapping[str, Any]],
    cell_context: CellContext,
    gone: Collection[str] = (),
    sortable: object = False,
) -> SafeString:
    return table.rows(columns, records, cell_context, gone=gone or (), sortable=bool(sortable))


@register.simple_tag
def facts_of(resource: Resource, record: Mapping[str, Any]) -> dict[str, list[Column]]:
    """Return the facts of a record: `named` ones, which the resource declares, and `further` ones, which only the
    record has."""
    shown_below = [table.key for table in resource.tables if nested.rows_of(table, record) is not None]
    # A record does not link to its own page.
    declared = [replace(fact, shown_as="text") if fact.shown_as == "record" else fact for fact in resource.facts]
    columns = cells.all_facts(declared, record, shown_below)
    return {"named": columns[: len(resource.facts)], "further": columns[len(resource.facts) :]}


@register.simple_tag
def tables_of(resource: Resource, record: Mapping[str, Any], cell_context: CellContext) -> list[Filled]:
    return nested.tables(resource, record, cell_context)


@register.simple_tag
def wrongs_of(resource: Resource, record: Mapping[str, Any]) -> list[str]:
    return nested.wrongs(resource, record)


@register.simple_tag
def reference_to(resource: Resource, uuid: str, cell_context: CellContext) -> SafeString:
    """Return a link to a record of another resource, by its name if that is known."""
    return cells.reference(uuid, Column(key="uuid", label=resource.noun, to=resource.key), {}, cell_context)


@register.simple_tag
def with_links(sentence: str, cell_context: CellContext) -> SafeString:
    """Return the sentence with each UUID that is certainly a record's linked to the page of that record."""
    pieces, end = [], 0
    for match in UUID_IN_TEXT.finditer(sentence):
        resource = registry.kind_of(match[0])
        if resource and (url := cell_context.record_url(resource.key, match[0])):
            pieces += [sentence[end : match.start()], cells.LINK(url, match[0])]
            end = match.end()
    return markup.joined("", [*pieces, sentence[end:]])


@register.simple_tag
def list_above(operation: Operation, connection: Connection) -> tuple[str, Words] | None:
    """Return the address and title of the list that belongs to an operation's resource; None if there is none."""
    resource = registry.resource_of(operation)
    listing = resource.listing
    return (reverse(listing.url_name, args=[connection.slug]), resource.title) if listing else None


@register.simple_tag
def steps_from(resource: Resource, connection: Connection) -> list[tuple[Operation, str]]:
    return [(operation, name) for operation, name in registry.steps_from(resource) if allows(connection, operation)]


@register.simple_tag
def removals(form: ApiForm, group: RowGroup, connection: Connection) -> list[tuple[str, str]]:
    """Return what an update's form cannot remove from the record it was opened with: names, each with the address of
    the call that can. Empty if the person may not make that call."""
    opened = form.opened if isinstance(form, UpdateForm) else {}
    found = group.removals(str(opened["uuid"]), opened.get(group.name)) if opened.get("uuid") else []
    calls = ((", ".join(each.names), api_call.address(connection, each.call)) for each in found)
    return [(name, address) for name, address in calls if address]


@register.filter
def has_beside(changes: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any line of a review is about something that is not sent."""
    return any(change.get("beside") for change in changes)


@register.filter
def seen(text: object) -> str:
    return markup.seen(str(text))


@register.filter
def title_of(write: Write) -> str:
    """Return what a write did, in the reader's language; in its author's if the operation no longer exists."""
    operation = registry.OPERATIONS.get(write.operation)
    return str(operation.title) if operation else write.title


@register.filter
def allows(connection: Connection, operation: Operation) -> bool:
    """Whether the person viewing the page may do this with the connection."""
    return connection.may.reaches(operation.role)
