"""Showing ChartMogul's values in templates."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from connections.models import Connection
from resources import cells, money, nested, registry, table
from resources.cells import Desk
from resources.nested import Filled
from resources.operations import Column, Operation, Resource

register = template.Library()


@register.simple_tag
def cell(column: Column, record: Mapping[str, Any], desk: Desk) -> SafeString:
    return cells.show(column, record, desk)


@register.filter
def aligned(column: Column) -> str:
    return "right" if table.is_right(column) else ""


@register.simple_tag
def table_rows(
    columns: Collection[Column],
    records: Iterable[Mapping[str, Any]],
    desk: Desk,
    gone: Collection[str] = (),
    sortable: object = False,
) -> SafeString:
    return table.rows(columns, records, desk, gone=gone or (), sortable=bool(sortable))


@register.simple_tag
def facts_of(resource: Resource, record: Mapping[str, Any]) -> list[Column]:
    shown_below = [table.key for table in resource.tables if nested.rows_of(table, record) is not None]
    return cells.all_facts(resource.facts, record, shown_below)


@register.simple_tag
def tables_of(resource: Resource, record: Mapping[str, Any], desk: Desk) -> list[Filled]:
    return nested.tables(resource, record, desk)


@register.simple_tag
def wrongs_of(resource: Resource, record: Mapping[str, Any]) -> list[str]:
    return nested.wrongs(resource, record)


@register.simple_tag
def reference_to(resource: Resource, uuid: str, desk: Desk) -> SafeString:
    """A link to a record of another resource, by its name where that is known."""
    return cells.reference(uuid, Column(key="uuid", label=resource.noun, to=resource.key), {}, desk)


@register.simple_tag
def sent_words() -> str:
    """What to say of amounts that are typed in major units, by the decimals of their currency, as JSON for a script."""
    return json.dumps({kind: str(words) for kind, words in money.SENT.items()})


@register.simple_tag
def steps_from(resource: Resource, connection: Connection) -> list[tuple[Operation, str]]:
    return [(operation, name) for operation, name in registry.steps_from(resource) if allows(connection, operation)]


@register.filter
def allows(connection: Connection, operation: Operation) -> bool:
    """Whether the person who looks may do this with the connection."""
    return connection.may.reaches(operation.role)
