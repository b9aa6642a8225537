"""A strict JSON parser, so that nothing in an answer can surprise the pages that show it.

Python's parser accepts NaN, overflowing numbers and repeated keys, and lone surrogates, which cannot be written into a
page. All of them are refused here.
"""

import json
import math
import re
from typing import Any, NoReturn

from django.utils.translation import gettext as _

MAX_DEPTH = 100
SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotStrict(ValueError):
    """The body is not strict JSON; the text says why, in words for a page."""


def loads(body: bytes) -> Any:
    """Return the value in `body`. Raises NotStrict."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrict(_("its text is not valid UTF-8")) from None
    try:
        value = json.loads(text, parse_constant=_constant, parse_float=_float, object_pairs_hook=_object)
    except RecursionError:
        raise NotStrict(_("its JSON is nested too deeply")) from None
    except NotStrict:
        raise
    except ValueError:
        raise NotStrict(_("it is not JSON")) from None
    if isinstance(value, dict | list) and _depth_exceeds(value, MAX_DEPTH):
        raise NotStrict(_("its JSON is nested too deeply"))
    if SURROGATE_ESCAPE.search(body):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise NotStrict(_("its text is not valid Unicode")) from None
    return value


def _constant(name: str) -> NoReturn:
    raise NotStrict(_("it contains {name}, which is not a JSON number").format(name=name))


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotStrict(_("it contains a number too large to read"))
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise NotStrict(_("it contains an object with a duplicate key"))
    return value


def _depth_exceeds(value: Any, limit: int) -> bool:
    # Compares exact types, as the parser makes no others: a long list has tens of thousands of values.
    level = [value]
    for _depth in range(limit):
        level = [
            child
            for container in level
            for child in (container.values() if type(container) is dict else container)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True
