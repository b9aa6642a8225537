"""The end of a service period: its start plus a plan's interval, by the calendar."""

import re
from calendar import monthrange
from datetime import date, timedelta

from resources import moments

UNITS = ("day", "month", "year")
TYPED_DAY = re.compile(r"\s*" + moments.DAY)


def after(day: date, count: int, unit: str) -> date:
    """Return the day `count` units later; 31 January plus one month is the last day of February.

    Raises ValueError for an invalid interval and OverflowError beyond the calendar.
    """
    if unit not in UNITS or count < 1:
        raise ValueError(f"No interval: {count} {unit}")
    if unit == "day":
        return day + timedelta(days=count)
    return _months_later(day, count * (12 if unit == "year" else 1), day.day)


def _months_later(day: date, months: int, of_month: int) -> date:
    """Return day `of_month` of a later month, or its last day if it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError(f"Beyond the calendar: {months} months")
    return date(year, month + 1, min(of_month, monthrange(year, month + 1)[1]))


def following(start: date, end: date, day: date) -> date:
    """Return `day` plus the length of the period from `start` to `end`, in whole months if the calendar allows it: the
    period after 31 January to 28 February ends on 31 March.

    Raises OverflowError beyond the calendar.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    of_month = max(start.day, end.day)
    if months > 0 and _months_later(start, 0, of_month) == start and _months_later(start, months, of_month) == end:
        return _months_later(day, months, of_month if day in (start, end) else day.day)
    return day + (end - start)


def end_of_period(start: str, count: int, unit: str) -> str:
    """Return what to type for the end, given a start as it was typed: the same time and zone on the later day,
    in the same format.

    Raises like after(), and ValueError if the start does not begin with a date.
    """
    match = TYPED_DAY.match(start)
    if not match:
        raise ValueError("The start begins with no date")
    later = after(date.fromisoformat(moments.iso_day(match)), count, unit)
    words = later.isoformat() if match["iso"] else f"{later.day:02d}.{later.month:02d}.{later.year:04d}"
    return words + start[match.end() :].rstrip()
