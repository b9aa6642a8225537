"""Checks of single values. None of them raises: they return what is wrong, or the value brought into form."""

import re

# Not the whole of RFC 5322: enough to tell an address from something else.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def is_email(value: object) -> bool:
    return isinstance(value, str) and _EMAIL.fullmatch(value) is not None


def is_integer(value: object) -> bool:
    """JSON has true and false beside numbers; Python takes them for 1 and 0."""
    return isinstance(value, int) and not isinstance(value, bool)


def as_external_id(value: object) -> str | None:
    """External ids are strings; a number is taken as its digits. None for anything else or nothing."""
    if is_integer(value):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None
