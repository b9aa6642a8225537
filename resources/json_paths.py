"""Values at dotted paths of the API's objects: `attributes.tags`, `invoices.0`."""

from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate
from typing import Any

BLANK: tuple[Any, ...] = (None, "", [], {})
"""The values that count as not set, in answers and in forms."""


def dig(record: object, path: str) -> Any:
    """Return the value at a path, or None if any step is missing. Keys may contain dots, as custom attributes do."""
    # The objects of an answer are dicts, and checking for a Mapping takes longer than everything else here.
    if (type(record) is dict or isinstance(record, Mapping)) and path in record:
        return record[path]
    step, dot, rest = path.partition(".")
    if not dot:
        return record[int(step)] if isinstance(record, list) and is_index(step, record) else None
    if isinstance(record, Mapping):
        return dig(record.get(step), rest)
    return dig(record[int(step)], rest) if isinstance(record, list) and is_index(step, record) else None


def rows_at(record: object, path: str) -> list[Mapping[str, Any]]:
    """Return the objects in the list at a path. Other items are left out; without a list there are none."""
    rows = dig(record, path)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def is_index(step: str, of: list[Any]) -> bool:
    return step.isascii() and step.isdigit() and len(step) < 10 and int(step) < len(of)


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a path, creating the objects on the way."""
    *way, last = path.split(".")
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value


def further_paths(covered: Collection[str], record: Mapping[str, Any]) -> list[str]:
    """Return the paths of the fields of a record that are not covered. An object counts as one field, unless a part of
    it is covered."""
    return _further(covered, {above for path in covered if "." in path for above in _above(path)}, record, "")


def _above(path: str) -> Iterator[str]:
    """Return `a` and `a.b` for `a.b.c`."""
    *steps, _ = path.split(".")
    return accumulate(steps, "{}.{}".format)


def _further(covered: Collection[str], opened: Collection[str], record: Mapping[str, Any], prefix: str) -> list[str]:
    found = []
    for name, value in record.items():
        path = f"{prefix}{name}"
        if path in covered:
            continue
        if isinstance(value, dict) and path in opened:
            found += _further(covered, opened, value, f"{path}.")
        else:
            found.append(path)
    return found
