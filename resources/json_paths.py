"""Values at dotted paths of the API's objects: `attributes.tags`, `invoices.0`."""

from collections.abc import Mapping
from typing import Any


def dig(record: object, path: str) -> Any:
    """The value at a path, or None where any step is missing."""
    for step in path.split("."):
        if isinstance(record, Mapping):
            record = record.get(step)
        elif isinstance(record, list) and step.isdigit() and int(step) < len(record):
            record = record[int(step)]
        else:
            return None
    return record


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a path, making the objects on the way."""
    *way, last = path.split(".")
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value
