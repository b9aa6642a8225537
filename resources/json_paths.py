"""Values at dotted paths of the API's objects: `attributes.tags`, `invoices.0`."""

from collections.abc import Mapping
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
