import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from connections import localized
from resources import money

ENGLISH, GERMAN = localized.of("en"), localized.of("de")


@pytest.mark.parametrize(
    ("hundredths", "amount"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (123450, "1,234.50"),
        (-99, "-0.99"),
        (10**20, "1,000,000,000,000,000,000.00"),
    ],
)
def test_an_amount(hundredths: int, amount: str):
    assert money.amount(hundredths) == amount


@given(st.integers())
def test_no_cent_is_lost(hundredths: int):
    assert int(money.amount(hundredths).replace(",", "").replace(".", "")) == hundredths


def test_the_integer_always_stands_beside():
    assert money.short(123450, "USD", ENGLISH) == "USD 1,234.50 (123450)"
    assert money.short(123450, "KWD", ENGLISH) == "KWD 1,234.50 (123450)"
    assert money.short(123450, "", ENGLISH) == "1,234.50 (123450)"
    assert money.in_words(123450, "KWD") == "123450 = KWD 1,234.50, in hundredths as everywhere in ChartMogul"


def test_amounts_follow_the_language_and_the_integer_does_not():
    assert money.short(123450, "USD", GERMAN) == "USD 1.234,50 (123450)"
    with translation.override("de"):
        assert money.in_words(123450, "USD") == "123450 = USD 1.234,50"


@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        # Without decimals in the CLDR, which goes by what is in use.
        (2, "RSD ALL LBP AFN YER MGA IRR KPW LAK MMK SLL SOS SYP STD MRO USD EUR XXX"),
    ],
)
def test_the_decimals_are_those_of_iso_4217(digits: int, codes: str):
    assert {code: money.decimals(code) for code in codes.split()} == dict.fromkeys(codes.split(), digits)


def test_of_a_currency_without_decimals_nothing_is_claimed():
    assert money.short(123450, "JPY", ENGLISH) == "123450 (cents of JPY)"
    assert "does not document" in money.note("JPY")
    assert money.note("USD") == money.note("") == ""


@pytest.mark.parametrize(
    ("amounts", "total"),
    [([1, -3], -2), ([], None), ([1, None], None), ([1, 2.0], None), ([True], None), ([1, "2"], 3), ([1, "2.0"], None)],
)
def test_a_total_is_of_integers_only(amounts: list[object], total: int | None):
    assert money.total(amounts) == total


def test_currencies_are_named_and_none_stands_twice():
    codes = [code for code, _ in money.currencies()]
    assert len(codes) == len(set(codes))
    assert {"EUR", "USD", "JPY", "KWD", "HRK"} <= set(codes)
    assert not {"XXX", "XAU", "DEM"} & set(codes)
    assert dict(money.currencies())["USD"] == "US Dollar"
