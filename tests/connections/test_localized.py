"""Numbers and times in the language of the page."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import engines
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from connections import localized

NOON = datetime(2026, 11, 6, 13, 30, 5, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.mark.parametrize(
    ("language", "moment", "second", "day", "amount", "count"),
    [
        ("en", "2026-11-06 13:30", "2026-11-06 13:30:05", "2026-11-06", "-1,234.50", "1,234,567"),
        ("de", "06.11.2026, 13:30", "06.11.2026, 13:30:05", "06.11.2026", "-1.234,50", "1.234.567"),
        # Written with words of the language, and by patterns that are not all numbers.
        ("fr", "6 nov. 2026, 13:30", "6 nov. 2026, 13:30:05", "6 nov. 2026", "-1\u202f234,50", "1\u202f234\u202f567"),
        # One that nobody knows is shown as English.
        ("xx", "2026-11-06 13:30", "2026-11-06 13:30:05", "2026-11-06", "-1,234.50", "1,234,567"),
    ],
)
def test_each_language_writes_them_in_its_way(
    language: str, moment: str, second: str, day: str, amount: str, count: str
):
    written = localized.of(language)
    assert (written.moment(NOON), written.second(NOON), written.day(NOON.date())) == (moment, second, day)
    assert written.day(NOON) == day
    assert (written.amount(-123450), written.count(1234567)) == (amount, count)


@given(st.integers())
def test_no_cent_is_lost_in_german(hundredths: int):
    assert int(localized.of("de").amount(hundredths).replace(".", "").replace(",", "")) == hundredths


def test_the_language_is_the_one_that_is_active():
    late = localized.count_lazy(10_000)
    assert (localized.count(10_000), str(late)) == ("10,000", "10,000")
    with translation.override("de"):
        assert (localized.count(10_000), str(late)) == ("10.000", "10.000")


def test_templates_have_them_as_filters():
    template = engines["django"].from_string("{{ at|moment }} | {{ at|second }} | {{ at|day }} | {{ n|count }}")
    assert template.render({"at": NOON, "n": 1234}) == "2026-11-06 13:30 | 2026-11-06 13:30:05 | 2026-11-06 | 1,234"
    with translation.override("de"):
        assert template.render({"at": NOON, "n": 1234}).startswith("06.11.2026, 13:30 | 06.11.2026, 13:30:05 | ")


def test_no_template_writes_a_date_in_a_way_of_its_own():
    found = [path.name for path in TEMPLATES.rglob("*.html") if 'date:"Y' in path.read_text()]
    assert found == []
