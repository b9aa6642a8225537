"""The end of a service period: the start and a plan's interval, by the calendar."""

import re
from calendar import monthrange
from datetime import date, timedelta

from resources import moments

UNITS = ("day", "month", "year")
TYPED_DAY = re.compile(r"\s*" + moments.DAY)


def after(day: date, count: int, unit: str) -> date:
    """The day `count` intervals later; 31 January and a month are the last day of February.

    Raises ValueError for an interval that there is not and OverflowError beyond the calendar.
    """
    if unit not in UNITS or count < 1:
        raise ValueError(f"No interval: {count} {unit}")
    if unit == "day":
        return day + timedelta(days=count)
    return _months_later(day, count * (12 if unit == "year" else 1), day.day)


def _months_later(day: date, months: int, of_month: int) -> date:
    """That day of a later month, or its last one where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError(f"Beyond the calendar: {months} months")
    return date(year, month + 1, min(of_month, monthrange(year, month + 1)[1]))


def following(start: date, end: date, day: date) -> date:
    """`day` moved on by the length of the period from `start` to `end`, which is whole months where the calendar
    allows it: the period after 31 January to 28 February ends on 31 March.

    Raises OverflowError beyond the calendar.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    of_month = max(start.day, end.day)
    if months > 0 and _months_later(start, 0, of_month) == start and _months_later(start, months, of_month) == end:
        return _months_later(day, months, of_month if day in (start, end) else day.day)
    return day + (end - start)


def end_of_period(start: str, count: int, unit: str) -> str:
    """What to type for the end, given a start as it was typed: the same time and zone on the later day,
    written in the same way.

    Raises as after(), and ValueError where the start begins with no date.
    """
    match = TYPED_DAY.match(start)
    if not match:
        raise ValueError("The start begins with no date")
    later = after(date.fromisoformat(moments.iso_day(match)), count, unit)
    words = later.isoformat() if match["iso"] else f"{later.day:02d}.{later.month:02d}.{later.year:04d}"
    return words + start[match.end() :].rstrip()
