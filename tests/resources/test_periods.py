from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.periods import after, end_of_period


@pytest.mark.parametrize(
    ("day", "count", "unit", "end"),
    [
        ("2026-01-31", 1, "month", "2026-02-28"),
        ("2024-01-31", 1, "month", "2024-02-29"),
        ("2100-01-31", 1, "month", "2100-02-28"),
        ("2026-02-28", 1, "month", "2026-03-28"),
        ("2026-08-31", 3, "month", "2026-11-30"),
        ("2026-12-31", 1, "month", "2027-01-31"),
        ("2026-11-30", 13, "month", "2027-12-30"),
        ("2024-02-29", 1, "year", "2025-02-28"),
        ("2024-02-29", 4, "year", "2028-02-29"),
        ("2026-12-25", 7, "day", "2027-01-01"),
        ("2024-02-28", 1, "day", "2024-02-29"),
    ],
)
def test_the_day_after_an_interval(day: str, count: int, unit: str, end: str):
    assert after(date.fromisoformat(day), count, unit) == date.fromisoformat(end)


@given(st.dates(max_value=date(2200, 1, 1)), st.integers(1, 240))
def test_months_end_on_the_same_day_or_on_the_last(day: date, count: int):
    end = after(day, count, "month")
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == count
    assert end.day == day.day or (end.day < day.day and (end.replace(day=28).month != after(end, 1, "day").month))


@pytest.mark.parametrize(("count", "unit"), [(0, "month"), (-1, "day"), (1, "week"), (1, "")])
def test_no_interval(count: int, unit: str):
    with pytest.raises(ValueError, match="No interval"):
        after(date(2026, 1, 1), count, unit)


@pytest.mark.parametrize(("count", "unit"), [(8000, "year"), (10**9, "day"), (10**30, "day"), (10**30, "month")])
def test_beyond_the_calendar(count: int, unit: str):
    with pytest.raises(OverflowError):
        after(date(2026, 1, 1), count, unit)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-31", "2026-02-28"),
        (" 2026-01-31 14:30 ", "2026-02-28 14:30"),
        ("2026-01-31T14:30:00Z", "2026-02-28T14:30:00Z"),
        ("2026-01-31 14:30 +02:00", "2026-02-28 14:30 +02:00"),
        ("31.01.2026, 14:30", "28.02.2026, 14:30"),
        ("31.1.2026", "28.02.2026"),
    ],
)
def test_time_and_zone_stay_as_they_were_typed(start: str, end: str):
    assert end_of_period(start, 1, "month") == end


@pytest.mark.parametrize("start", ["", "soon", "01/31/2026", "2026-02-30", "30.02.2026"])
def test_a_start_that_is_none(start: str):
    with pytest.raises(ValueError, match=r"."):
        end_of_period(start, 1, "month")
