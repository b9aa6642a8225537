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
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if year > date.max.year:
        raise OverflowError(f"Beyond the calendar: {count} {unit}")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


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
