"""Checks of single values. None of them raises."""

import re

# Not a full RFC 5322 check: just enough to tell an email address from other text.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def is_email(value: object) -> bool:
    return isinstance(value, str) and _EMAIL.fullmatch(value) is not None


def is_integer(value: object) -> bool:
    """Return whether the value is an int but not a bool, which Python counts as an int and JSON does not."""
    return isinstance(value, int) and not isinstance(value, bool)


def as_external_id(value: object) -> str | None:
    """Return the value as an external id: a non-blank string, or an integer as its digits. None for anything else."""
    if is_integer(value):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None
