"""Formats numbers and times for pages; the only place that follows the language of the page.

English uses 1,234.50 and 2026-11-26 13:30, which nobody misreads; other languages use the CLDR's formats, German
1.234,50 and 26.11.2026, 13:30. Input is not affected: its format is stated beside each field.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from operator import attrgetter

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_time, get_date_format, get_datetime_format, get_time_format
from babel.numbers import get_decimal_symbol, get_group_symbol
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language

ISO_LANGUAGE = "en"
"""English dates such as 1/2/2026 are ambiguous, so English pages write them as ISO 8601 does."""
NUMERIC = {
    "dd": ("%02d", "day"),
    "MM": ("%02d", "month"),
    "y": ("%d", "year"),
    "HH": ("%02d", "hour"),
    "mm": ("%02d", "minute"),
    "ss": ("%02d", "second"),
}
"""Parts of CLDR patterns that need no words of the language. A pattern of only these is formatted without Babel, in a
twentieth of the time."""

PIECES = re.compile(r"([A-Za-z]+)")


@dataclass(frozen=True)
class Localized:
    """Formats of one language. Code that formats thousands of values should get it only once."""

    language: str
    decimal: str
    group: str
    moment: Callable[[datetime], str]
    """Formats a time to the minute, in its own zone."""
    second: Callable[[datetime], str]
    """The same to the second."""
    day: Callable[[date], str]

    def count(self, number: int) -> str:
        """`1,234`."""
        return f"{number:,}".replace(",", self.group)

    def amount(self, hundredths: int) -> str:
        """`1,234.50`, by integers alone."""
        units, rest = divmod(abs(hundredths), 100)
        whole = f"{units:,}".replace(",", self.group)
        return f"{'-' if hundredths < 0 else ''}{whole}{self.decimal}{rest:02d}"


def current() -> Localized:
    """Return the formats of the active language."""
    return of(get_language() or settings.LANGUAGE_CODE)


@cache
def of(language: str) -> Localized:
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(ISO_LANGUAGE)
    decimal, group = get_decimal_symbol(locale), get_group_symbol(locale)
    if locale.language == ISO_LANGUAGE:
        return Localized(language, decimal, group, _iso_minute, _iso_second, date.isoformat)
    day, together = get_date_format("medium", locale).pattern, str(get_datetime_format("medium", locale=locale))
    minutes, seconds = get_time_format("short", locale).pattern, get_time_format("medium", locale).pattern
    return Localized(
        language,
        decimal,
        group,
        moment=_writer(together, day, minutes, locale),
        second=_writer(together, day, seconds, locale),
        day=_writer("{1}", day, "", locale),
    )


def _iso_minute(moment: datetime) -> str:
    return moment.isoformat(" ")[:16]


def _iso_second(moment: datetime) -> str:
    return moment.isoformat(" ")[:19]


def _writer(together: str, day: str, time: str, locale: Locale) -> Callable[[date], str]:
    """Return a function that formats a date, or a date and time, by CLDR patterns."""
    pieces = PIECES.split(together.replace("{1}", day).replace("{0}", time))
    if any(piece[:1].isalpha() and piece not in NUMERIC for piece in pieces) or "'" in day + time:
        return partial(_by_babel, together, day, time, locale)
    form = "".join(NUMERIC[piece][0] if piece in NUMERIC else piece for piece in pieces)
    return partial(_by_numbers, form, attrgetter(*(NUMERIC[piece][1] for piece in pieces if piece in NUMERIC)))


def _by_numbers(form: str, numbers: Callable[[date], tuple[int, ...]], moment: date) -> str:
    return form % numbers(moment)


def _by_babel(together: str, day: str, time: str, locale: Locale, moment: date) -> str:
    words = together.replace("{1}", format_date(moment, day, locale))
    return words.replace("{0}", format_time(moment, time, locale=locale)) if isinstance(moment, datetime) else words


def count(number: int) -> str:
    """Format a number in the active language: `1,234`."""
    return current().count(number)


count_lazy = lazy(count, str)
"""For lazy texts that are built before there is a request."""
