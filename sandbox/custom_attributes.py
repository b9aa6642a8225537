"""Custom attributes: sent as an array of {type, key, value, source} or as an object, answered as an object.

The types are String, Integer, Decimal, Timestamp and Boolean (documentation). A Timestamp comes back as
2016-01-01T12:00:00.000Z (recorded 2023).
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox import dates
from sandbox.checks import is_integer
from sandbox.errors import ApiError, coded
from sandbox.store import Document

LONGEST_STRING = 255
_BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST_STRING else None


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return value if is_integer(value) else None


def _decimal(value: Any) -> float | None:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    return value if isinstance(value, float) or is_integer(value) else None


def _timestamp(value: Any) -> str | None:
    moment = dates.parse(value)
    return dates.with_milliseconds(moment) if moment else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _BOOLEANS.get(str(value).lower())


# The parser of each type; it returns None for a value that is not of the type.
TYPES: dict[str, Callable[[Any], Any]] = {
    "String": _string,
    "Integer": _integer,
    "Decimal": _decimal,
    "Timestamp": _timestamp,
    "Boolean": _boolean,
}


def _refused(message: str) -> ApiError:
    return coded(422, message, "custom")


def _type_of(value: Any) -> str:
    """Return the type for a new key that was sent without one."""
    if isinstance(value, bool):
        return "Boolean"
    if is_integer(value):
        return "Integer"
    return "Decimal" if isinstance(value, float) else "String"


def _set(customer: Document, key: Any, type_name: Any, value: Any) -> None:
    if not isinstance(key, str) or not key.strip():
        raise _refused("A key is required for each custom attribute.")
    if not isinstance(type_name, str) or type_name not in TYPES:
        raise _refused(f"The type of {key} must be one of {', '.join(TYPES)}.")
    typed = TYPES[type_name](value)
    if typed is None:
        raise _refused(f"The value of {key} is not a valid {type_name}.")
    customer["attributes"]["custom"][key] = typed
    customer["_custom_types"][key] = type_name


def merge_list(customer: Document, items: Any) -> None:
    """Add or replace attributes from the array form, in which every item states its type."""
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _refused("Custom attributes must be a list of objects.")
    for item in items:
        _set(customer, item.get("key"), item.get("type"), item.get("value"))


def merge_object(customer: Document, values: Any) -> None:
    """Add or replace attributes from the object form. A known key keeps its type, and null removes it."""
    if not isinstance(values, dict):
        raise _refused("Custom attributes must be an object.")
    for key, given in values.items():
        value = given.get("value") if isinstance(given, dict) else given
        if value is None:
            remove(customer, [key])
        else:
            _set(customer, key, customer["_custom_types"].get(key, _type_of(value)), value)


def merge(customer: Document, given: Any) -> None:
    """Merge either form: a PATCH of a customer is documented with the object, but official tools send the array too."""
    (merge_list if isinstance(given, list) else merge_object)(customer, given)


def remove(customer: Document, keys: Iterable[str]) -> None:
    for key in keys:
        customer["attributes"]["custom"].pop(key, None)
        customer["_custom_types"].pop(key, None)
