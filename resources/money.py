"""Amounts as ChartMogul counts them, `*_in_cents`: integers in hundredths of the currency.

They are hundredths for every currency with decimals, even with three. For one without, such as the yen, only mrr and
arr are known to be hundredths (a recorded account); nothing is documented about the amounts on invoices. So the integer
is always shown, and nothing is claimed about a currency without decimals.
"""

import json
import re
from collections.abc import Iterable
from datetime import date
from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies
from django.utils.translation import get_language, gettext, to_locale
from django.utils.translation import gettext_lazy as _

from connections import localized
from connections.localized import Localized
from resources.directory.folding import by_name

WHOLE = re.compile(r"-?[0-9]{1,15}")
MINOR_UNITS = {
    "BHD": 3, "BIF": 0, "BYR": 0, "CLF": 4, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0,
    "KMF": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "UYI": 0, "UYW": 4,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
"""The decimals of the currencies that do not have two: column "Mnr unt" of ISO 4217's list one, and BYR of list three.
The CLDR, and so babel, has the decimals that are used in practice: none for RSD, ALL or IQD, although amounts in them
are counted with decimals."""
SINCE = date(2010, 1, 1)
"""Currencies that went out of use before this date are not listed; invoices are rarely older."""

# {n}: the integer, {c}: the currency, {a}: the hundredths as an amount. static/js/money-lines.js uses the same words.
WORDS = {
    0: _("{n}; ChartMogul does not document whether this is {c} {a} in hundredths or whole {c}"),
    2: _("{n} = {c} {a}"),
    3: _("{n} = {c} {a}, in hundredths as everywhere in ChartMogul"),
}
NO_CURRENCY = _("{n} = {a} in the currency of the invoice")


def currencies() -> tuple[tuple[str, str], ...]:
    """Return ISO 4217 codes with their names in the language of the page, sorted by name: all that are or were legal
    tender somewhere since 2010."""
    return currencies_in(to_locale(get_language() or "en"))


@cache
def currencies_in(locale: str) -> tuple[tuple[str, str], ...]:
    today = date.today()
    codes = {
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, SINCE, today)
    }
    return by_name((code, get_currency_name(code, locale=locale)) for code in codes)


def for_scripts() -> dict[str, str]:
    """Return what static/js/money-lines.js needs to know, as attributes of the element that determines the currency."""
    odd = {code: digits for code, _ in currencies() if (digits := decimals(code)) != 2}
    words = {digits: str(sentence) for digits, sentence in WORDS.items()}
    return {"data-decimals": json.dumps(odd), "data-words": json.dumps(words)}


def decimals(currency: str) -> int:
    """Return the number of decimals by ISO 4217; 2, as most have, for text that is not a currency."""
    return MINOR_UNITS.get(currency, 2)


def has_decimals(currency: str) -> bool:
    return decimals(currency) > 0


def amount(hundredths: int) -> str:
    """Return `1,234.50`, in the language of the page."""
    return localized.current().amount(hundredths)


def in_words(hundredths: int, currency: str) -> str:
    """Return `123450 = USD 1,234.50`, for a review."""
    words = WORDS.get(decimals(currency), WORDS[2]) if currency else NO_CURRENCY
    return words.format(n=hundredths, c=currency, a=amount(hundredths))


def short(hundredths: int, currency: str, written: Localized) -> str:
    """Return `USD 1,234.50 (123450)`, for a table; only the integer if its meaning is not known."""
    if currency and decimals(currency) == 0:
        return gettext("{n} (cents of {c})").format(n=hundredths, c=currency)
    return f"{currency} {written.amount(hundredths)} ({hundredths})".strip()


def note(currency: str) -> str:
    """Return a note about a table's amounts in this currency; "" if there is nothing to say."""
    if not currency or decimals(currency) != 0:
        return ""
    return gettext(
        "{currency} has no decimals, and ChartMogul does not document whether it counts such amounts in hundredths, as "
        "it does MRR, or in whole units, so they are shown unchanged."
    ).format(currency=currency)


def whole(value: object) -> int | None:
    """Return an amount of an answer as an integer: it may be one, or a text with one; None for anything else."""
    if isinstance(value, str) and WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def total(amounts: Iterable[object]) -> int | None:
    """Return the sum, or None if there are no amounts or any value is not an amount."""
    found = [whole(value) for value in amounts]
    added = [value for value in found if value is not None]
    return sum(added) if added and len(added) == len(found) else None
