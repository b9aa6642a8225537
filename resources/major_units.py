"""Amounts typed in major units, `1,234.50`, and the integers in hundredths that they are sent as.

The decimals depend on the currency, the separators on the language of the page. Ambiguous text, such as `1.234`, is
refused, so that a text that is valid in two languages is the same amount in both. No floats anywhere.
static/js/major-units.js parses the same while it is typed, with the same error messages.
"""

import re
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from connections import localized
from connections.localized import Localized
from resources import money

CENTS, UNITS = "cents", "units"
"""Units that amounts can be typed in."""
MARK = "amounts_in"
"""The posted field with the unit, so that amounts keep their meaning if the person's preference changes later."""
MOST_DIGITS = 13
WORDS = {
    "no_amount": _("Enter an amount in major units, such as {example}."),
    "amount_too_large": _("This amount is too large."),
    "ambiguous": _(
        "“{typed}” can be read in two ways. Enter {whole} or {amount} for thousands, {fraction} for decimals."
    ),
    "ambiguous_whole": _("“{typed}” can be read in two ways. Enter {whole}: {currency} has no decimals."),
    "no_decimals": _(
        "{currency} has no decimals: enter whole {currency}, or type cents instead to send exactly that many."
    ),
    "most_decimals": _("Enter at most {n} decimals."),
    "third_decimal": _(
        "ChartMogul counts amounts in hundredths, so the third decimal of {currency} cannot be sent. "
        "Enter two decimals."
    ),
}
"""Error messages, used here and by the script."""
SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009", " "))


class NotAnAmount(ValueError):
    """The text is not an amount of the currency; str() is an explanation for the person who typed it."""


def parse(text: str, currency: str) -> int:
    """Return the amount in hundredths. Raises NotAnAmount.

    Without a currency, two decimals are assumed, as most currencies have.
    """
    written = localized.current()
    match = _pattern(written).fullmatch(text.strip().translate(SPACES).replace("\u2212", "-"))
    if not match:
        raise NotAnAmount(WORDS["no_amount"].format(example=written.amount(123450)))
    sign, whole, fraction = match["sign"], match["whole"], match["fraction"] or ""
    digits = re.sub(r"\D", "", whole)
    if len(digits) > MOST_DIGITS:
        raise NotAnAmount(str(WORDS["amount_too_large"]))
    _refuse_ambiguous(text, whole, fraction, currency, written)
    _refuse_decimals(fraction, currency, written)
    return int(Decimal(f"{sign}{digits}.{fraction or 0}") * 100)


def typed(hundredths: int, currency: str) -> str:
    """Return an amount as a person would type it. parse() returns the same amount for it, or refuses what the currency
    cannot represent."""
    units, rest = divmod(abs(hundredths), 100)
    decimals = f"{localized.current().decimal}{rest:02d}" if rest or money.has_decimals(currency) else ""
    return f"{'-' if hundredths < 0 else ''}{units}{decimals}"


def no_decimals(currency: str) -> str:
    return WORDS["no_decimals"].format(currency=currency)


def _pattern(written: Localized) -> re.Pattern[str]:
    group, decimal = re.escape(written.group.translate(SPACES)), re.escape(written.decimal)
    whole = rf"(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+)"
    return re.compile(rf"(?P<sign>[+-]?){whole}(?:{decimal}(?P<fraction>[0-9]+))?")


def _refuse_ambiguous(text: str, whole: str, fraction: str, currency: str, written: Localized) -> None:
    """Raise NotAnAmount for a single separator followed by three digits: thousands in one language, decimals in
    another. A decimal separator is clear only if the currency has three decimals, a group separator only if a space."""
    decimals = money.decimals(currency)
    if fraction:
        ambiguous = len(fraction) == 3 and decimals < 3 and re.fullmatch(r"[1-9][0-9]{0,2}", whole)
    else:
        ambiguous = re.fullmatch(r"[0-9]{1,3}[^0-9 ][0-9]{3}", whole)
    if ambiguous:
        digits = re.sub(r"\D", "", whole) + fraction
        raise NotAnAmount(
            WORDS["ambiguous" if decimals else "ambiguous_whole"].format(
                typed=text.strip(),
                whole=digits,
                amount=f"{digits}{written.decimal}00",
                fraction=f"{digits[:-3]}{written.decimal}{digits[-3:-1]}",
                currency=currency,
            )
        )


def _refuse_decimals(fraction: str, currency: str, written: Localized) -> None:
    most = money.decimals(currency)
    if fraction and most == 0:
        raise NotAnAmount(no_decimals(currency))
    if len(fraction) > most:
        raise NotAnAmount(WORDS["most_decimals"].format(n=most))
    if fraction[2:].strip("0"):
        raise NotAnAmount(WORDS["third_decimal"].format(currency=currency))
