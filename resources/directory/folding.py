"""Text as it is searched: without case, accents and what is not seen, so that people find what they mean."""

import re
import unicodedata
from collections.abc import Iterable

from connections.invisible_characters import INVISIBLE, JOINERS

# Accents too, once they stand apart from their letters.
PASSED_OVER = re.compile(f"[\u0300-\u036f{INVISIBLE}{JOINERS}]")
FIELD = "\n"
"""Stands before and after each field. No folded text holds it, so a word with it is a whole field or an end of one."""


def fold(text: str) -> str:
    """`Müller  GMBH` -> `muller gmbh`. Of white space, control characters included, single spaces remain."""
    if text.isascii():
        return " ".join(text.lower().replace("\0", "\ufffd").split())
    apart = unicodedata.normalize("NFKD", text.replace("\0", "\ufffd")).casefold()
    # Case folding may compose anew; syllables that only stood apart (Korean) come together again.
    plain = PASSED_OVER.sub("", unicodedata.normalize("NFKD", apart))
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def by_name(choices: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Pairs of a value and its name, in the order in which people look for names: Ä beside A, whatever its code."""
    return tuple(sorted(choices, key=lambda pair: fold(pair[1])))


def fields(*values: str) -> str:
    """The searched text of a record that has these fields."""
    known = dict.fromkeys(folded for value in values if (folded := fold(value)))
    return f"{FIELD}{FIELD.join(known)}{FIELD}"


def whole(folded: str) -> str:
    """What stands in the searched text where a field is exactly this."""
    return f"{FIELD}{folded}{FIELD}"
