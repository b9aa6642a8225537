"""Fold text for search: without case, accents and invisible characters, so that people find what they mean."""

import re
import unicodedata
from collections.abc import Iterable

from connections.invisible_characters import INVISIBLE, JOINERS

# Accents too: normalization separates them from their letters.
PASSED_OVER = re.compile(f"[\u0300-\u036f{INVISIBLE}{JOINERS}]")
FIELD = "\n"
"""Delimits the fields. Folded text never contains it, so a word with it matches a whole field or one end of it."""


def fold(text: str) -> str:
    """Return the text folded for search: `Müller  GMBH` -> `muller gmbh`. White space, control characters included,
    becomes single spaces."""
    if text.isascii():
        return " ".join(text.lower().replace("\0", "\ufffd").split())
    apart = unicodedata.normalize("NFKD", text.replace("\0", "\ufffd")).casefold()
    # NFKD again, because case folding may compose characters; NFKC rejoins Korean syllables that were only split.
    plain = PASSED_OVER.sub("", unicodedata.normalize("NFKD", apart))
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def by_name(choices: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Sort pairs of a value and its name in the order in which people look for names: Ä next to A."""
    return tuple(sorted(choices, key=lambda pair: fold(pair[1])))


def fields(*values: str) -> str:
    """Return the searched text of a record with these fields."""
    known = dict.fromkeys(folded for value in values if (folded := fold(value)))
    return f"{FIELD}{FIELD.join(known)}{FIELD}"


def whole(folded: str) -> str:
    """Return what a searched text contains if one of its fields is exactly this."""
    return f"{FIELD}{folded}{FIELD}"
