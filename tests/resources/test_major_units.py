"""Amounts typed in major units: what is read, what is refused, and that no amount is ever read as another."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from resources import money
from resources.major_units import NotAnAmount, parse, typed

CURRENCIES = ["EUR", "JPY", "KWD", "RSD", "IQD", ""]
any_currency = st.sampled_from(CURRENCIES)
any_amount = st.integers(min_value=1 - 10**15, max_value=10**15 - 1)
any_language = st.sampled_from(["en", "de", "fr"])
like_an_amount = st.text(alphabet="0123456789,., \u202f'+-\u2212", max_size=12)


@pytest.mark.parametrize(
    ("language", "text", "currency", "hundredths"),
    [
        ("en", "1,234.50", "EUR", 123450),
        ("en", "1234.5", "EUR", 123450),
        ("en", " 12 ", "EUR", 1200),
        ("en", "0.05", "EUR", 5),
        ("en", "-1,234,567.89", "EUR", -123456789),
        ("en", "\u22123", "EUR", -300),
        ("en", "+3", "EUR", 300),
        ("en", "1234", "EUR", 123400),
        ("en", "1,234.00", "EUR", 123400),
        ("en", "1,234,567", "EUR", 123456700),
        ("en", "1234", "JPY", 123400),
        ("en", "1,234.500", "KWD", 123450),
        ("en", "1234.560", "KWD", 123456),
        ("en", "0.500", "KWD", 50),
        ("en", "1.230", "KWD", 123),
        ("de", "1,230", "KWD", 123),
        ("en", "1,234.50", "RSD", 123450),
        ("en", "1234.560", "IQD", 123456),
        ("en", "1234.50", "", 123450),
        ("de", "1.234,50", "EUR", 123450),
        ("de", "1234,00", "EUR", 123400),
        ("de", "1234,5", "EUR", 123450),
        ("fr", "1\u202f234,50", "EUR", 123450),
        ("fr", "1 234,50", "EUR", 123450),
        ("fr", "1 234", "KWD", 123400),
    ],
)
def test_what_is_read(language: str, text: str, currency: str, hundredths: int):
    with translation.override(language):
        assert parse(text, currency) == hundredths


@pytest.mark.parametrize(
    ("language", "text", "currency", "why"),
    [
        (
            "en",
            "1.234",
            "EUR",
            "“1.234” can be read in two ways. Enter 1234 or 1234.00 for thousands, 1.23 for decimals.",
        ),
        (
            "en",
            "1,234",
            "EUR",
            "“1,234” can be read in two ways. Enter 1234 or 1234.00 for thousands, 1.23 for decimals.",
        ),
        ("en", "1,234", "", "can be read in two ways"),
        ("en", "-1,234", "EUR", "“-1,234” can be read in two ways. Enter 1234 or"),
        ("en", "1,234", "KWD", "can be read in two ways. Enter 1234 or 1234.00 for thousands, 1.23 for decimals."),
        ("en", "1.234", "KWD", "the third decimal of KWD cannot be sent. Enter two decimals."),
        ("en", "1,234", "JPY", "“1,234” can be read in two ways. Enter 1234: JPY has no decimals."),
        ("en", "1.234", "JPY", "“1.234” can be read in two ways. Enter 1234: JPY has no decimals."),
        ("de", "1.234", "EUR", "lässt sich auf zwei Arten lesen. Schreiben Sie 1234 oder 1234,00 für Tausender, 1,23 "),
        ("de", "1,234", "EUR", "lässt sich auf zwei Arten lesen. Schreiben Sie 1234 oder 1234,00 für Tausender, 1,23 "),
        ("de", "1.230", "KWD", "lässt sich auf zwei Arten lesen"),
        ("fr", "1,234", "EUR", "can be read in two ways"),
        ("en", "1234.5", "JPY", "JPY has no decimals"),
        ("en", "1234.00", "JPY", "JPY has no decimals"),
        ("en", "1,234.505", "KWD", "the third decimal of KWD cannot be sent"),
        ("en", "12.3456", "KWD", "at most 3 decimals"),
        ("en", "1234.567", "EUR", "at most 2 decimals"),
        ("en", "1,23", "EUR", "such as 1,234.50"),
        ("en", "1.234,50", "EUR", "such as 1,234.50"),
        ("de", "1,234.50", "EUR", "etwa 1.234,50"),
        ("en", "1,2345", "EUR", "such as"),
        ("en", "12,34,567.00", "EUR", "such as"),
        ("en", "0,500", "EUR", "such as"),
        ("en", ".5", "EUR", "such as"),
        ("en", "5.", "EUR", "such as"),
        ("en", "1 234", "EUR", "such as"),
        ("en", "EUR 12", "EUR", "such as"),
        ("en", "1e3", "EUR", "such as"),
        ("en", "١٢", "EUR", "such as"),
        ("en", "NaN", "EUR", "such as"),
        ("en", "12345678901234", "EUR", "too large"),
    ],
)
def test_what_is_refused_and_why(language: str, text: str, currency: str, why: str):
    with translation.override(language), pytest.raises(NotAnAmount) as refusal:
        parse(text, currency)
    assert why in str(refusal.value)


@given(hundredths=any_amount, currency=any_currency, language=any_language)
def test_what_is_typed_for_an_amount_reads_back_or_is_refused(hundredths: int, currency: str, language: str):
    with translation.override(language):
        text = typed(hundredths, currency)
        if currency == "JPY" and hundredths % 100:
            with pytest.raises(NotAnAmount):
                parse(text, currency)
        else:
            assert parse(text, currency) == hundredths


@given(text=like_an_amount, currency=any_currency, one=any_language, other=any_language)
def test_no_text_is_two_amounts_in_two_languages(text: str, currency: str, one: str, other: str):
    found = set()
    for language in (one, other):
        with translation.override(language):
            try:
                found.add(parse(text, currency))
            except NotAnAmount as refusal:
                assert str(refusal)
    assert len(found) <= 1


@given(text=st.from_regex(r"[1-9][0-9]{3,11}\.[0-9]{1,2}", fullmatch=True))
def test_the_arithmetic_is_exact(text: str):
    assert parse(text, "EUR") == int(Decimal(text).scaleb(2))


@given(hundredths=any_amount)
def test_what_pages_show_can_be_typed(hundredths: int):
    assert parse(money.amount(hundredths), "EUR") == hundredths
