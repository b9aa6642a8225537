"""Which columns a list shows, and in which order: what its operation declares, or what a person chose of all fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resources import cells
from resources.operations import Column, ListOperation, Resource

LOOKED_AT = 20
"""Rows whose fields are offered, beyond those that are declared."""
MOST = 60
"""Columns of one table."""


def by_name(columns: Iterable[Column]) -> dict[str, Column]:
    """Columns by what they are called in addresses: their key, and where two share one, also how it is shown."""
    named: dict[str, Column] = {}
    for column in columns:
        named.setdefault(column.key if column.key not in named else f"{column.key}:{column.shown_as}", column)
    return named


def declared(operation: ListOperation, resource: Resource) -> dict[str, Column]:
    """The columns of a list and the facts of its records, which have labels of their own."""
    keys = {column.key for column in operation.columns}
    return by_name([*operation.columns, *(column for column in resource.facts if column.key not in keys)])


def offered(
    operation: ListOperation, resource: Resource, records: Sequence[Mapping[str, Any]], wanted: Iterable[str] = ()
) -> dict[str, Column]:
    """All columns to choose from: the declared ones, the facts of a record, and what else the rows hold.

    A field that these rows do not hold is offered only where it is `wanted` and they are none: a list whose reading
    failed keeps what was chosen.
    """
    named = declared(operation, resource)
    covered = {*(column.key for column in named.values()), *(table.key for table in resource.tables)}
    further = dict.fromkeys(path for record in records[:LOOKED_AT] for path in cells.further_paths(covered, record))
    named |= {path: Column(key=path, label=path) for path in further if path not in named}
    if not records:
        named |= {key: Column(key=key, label=key) for key in wanted if key not in named}
    return named


def chosen(names: Iterable[str], choice: Mapping[str, Column], declared: Iterable[Column]) -> dict[str, Column]:
    """The columns of these names, in this order. Unknown names are passed over; without any it is what is declared."""
    known = {name: choice[name] for name in list(dict.fromkeys(names))[:MOST] if name in choice}
    return known or by_name(declared)


def named(
    operation: ListOperation, resource: Resource, records: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> list[Column]:
    """The columns of these names for rows that are added to a table whose head is on the page already: a field keeps
    its column although none of these rows has it."""
    choice = offered(operation, resource, records)
    choice |= {name: Column(key=name, label=name) for name in names if name not in choice}
    return list(chosen(names, choice, operation.columns).values())


def moved(names: Sequence[str], command: str) -> list[str]:
    """The names after `up:status` or `down:status`; an impossible command changes nothing."""
    verb, _, name = command.partition(":")
    names = list(names)
    if name in names and verb in ("up", "down"):
        index = names.index(name)
        other = index + (-1 if verb == "up" else 1)
        if 0 <= other < len(names):
            names[index], names[other] = names[other], names[index]
    return names
