"""Values at dotted paths of the API's objects: `attributes.tags`, `invoices.0`."""

from collections.abc import Mapping
from typing import Any

BLANK: tuple[Any, ...] = (None, "", [], {})
"""What counts as no value, in an answer and in a form."""


def dig(record: object, path: str) -> Any:
    """The value at a path, or None where any step is missing. A key may itself hold dots: custom attributes do."""
    # An answer's objects are dicts, and to ask for a Mapping takes longer than all the rest.
    if (type(record) is dict or isinstance(record, Mapping)) and path in record:
        return record[path]
    step, dot, rest = path.partition(".")
    if not dot:
        return record[int(step)] if isinstance(record, list) and is_index(step, record) else None
    if isinstance(record, Mapping):
        return dig(record.get(step), rest)
    return dig(record[int(step)], rest) if isinstance(record, list) and is_index(step, record) else None


def rows_at(record: object, path: str) -> list[Mapping[str, Any]]:
    """The objects in the list at a path; whatever else stands there or in it is left out."""
    rows = dig(record, path)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def is_index(step: str, of: list[Any]) -> bool:
    return step.isascii() and step.isdigit() and len(step) < 10 and int(step) < len(of)


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a path, making the objects on the way."""
    *way, last = path.split(".")
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value
