"""Which columns a list shows, in which order: those that its operation declares, or a person's choice of all fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resources.json_paths import further_paths
from resources.operations import Column, ListOperation, Resource

LOOKED_AT = 20
"""Number of rows whose fields are offered in addition to the declared ones."""
MOST = 60
"""Maximum number of columns of one table."""


def by_name(columns: Iterable[Column]) -> dict[str, Column]:
    """Return the columns by their names in addresses: the key; for a second one with the same key, `key:shown_as`."""
    named: dict[str, Column] = {}
    for column in columns:
        named.setdefault(column.key if column.key not in named else f"{column.key}:{column.shown_as}", column)
    return named


def declared(operation: ListOperation, resource: Resource) -> dict[str, Column]:
    """Return the columns that have labels: those of the list and the facts of its records."""
    keys = {column.key for column in operation.columns}
    return by_name([*operation.columns, *(column for column in resource.facts if column.key not in keys)])


def offered(
    operation: ListOperation, resource: Resource, records: Sequence[Mapping[str, Any]], wanted: Iterable[str] = ()
) -> dict[str, Column]:
    """Return all columns to choose from: the declared ones, the facts of a record, and the other fields of the rows.

    A field that is in none of these is offered only if it is `wanted` and there are no rows: a list that could not be
    read keeps the columns that were chosen.
    """
    named = declared(operation, resource)
    covered = {*(column.key for column in named.values()), *(table.key for table in resource.tables)}
    further = dict.fromkeys(path for record in records[:LOOKED_AT] for path in further_paths(covered, record))
    named |= {path: Column(key=path, label=path) for path in further if path not in named}
    if not records:
        named |= {key: Column(key=key, label=key) for key in wanted if key not in named}
    return named


def chosen(names: Iterable[str], choice: Mapping[str, Column], declared: Iterable[Column]) -> dict[str, Column]:
    """Return the columns with these names, in this order. Unknown names are skipped; if none is left, return the
    declared columns."""
    known = {name: choice[name] for name in list(dict.fromkeys(names))[:MOST] if name in choice}
    return known or by_name(declared)


def named(
    operation: ListOperation, resource: Resource, records: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> list[Column]:
    """Return the columns with these names, for rows that are added to a table whose head is already on the page: a
    field keeps its column even if none of these rows has it."""
    choice = offered(operation, resource, records)
    choice |= {name: Column(key=name, label=name) for name in names if name not in choice}
    return list(chosen(names, choice, operation.columns).values())


def moved(names: Sequence[str], command: str) -> list[str]:
    """Return the names after `up:status` or `down:status`; an impossible command changes nothing."""
    verb, _, name = command.partition(":")
    names = list(names)
    if name in names and verb in ("up", "down"):
        index = names.index(name)
        other = index + (-1 if verb == "up" else 1)
        if 0 <= other < len(names):
            names[index], names[other] = names[other], names[index]
    return names
