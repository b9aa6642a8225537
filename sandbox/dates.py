"""Dates as the API reads and writes them. No zone means UTC, no time means midnight (its documentation)."""

import re
from datetime import UTC, datetime

# Every form that was recorded as accepted: 2015-11-01, with a time after a space or a T, and with UTC, Z or an offset.
_ACCEPTED = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?)?"
)


def parse(value: object) -> datetime | None:
    """Return the time in UTC, or None if the value is not a date."""
    match = _ACCEPTED.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    zone = match["zone"] or "Z"
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{match['time'] or '00:00'}{'Z' if zone == 'UTC' else zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def with_milliseconds(moment: datetime) -> str:
    """Format as 2016-01-01T12:00:00.000Z, the form of most objects."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def with_offset(moment: datetime) -> str:
    """Format as 2016-01-01T12:00:00+00:00, the form of customer-since, activities and calculated subscriptions."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def read(text: str) -> datetime:
    """Parse one of the two forms above."""
    return datetime.fromisoformat(text)
