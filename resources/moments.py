"""Dates and times: what people type, what the API takes and gives, what pages show.

The API reads a time without a zone as UTC and a date without a time as 00:00 UTC (ChartMogul's documentation);
it answers `2016-01-01T12:00:00.000Z`, `2016-01-01T12:00:00+00:00` or `2022-05-27T21:54:12Z`, depending on the
object (recorded answers). People think in the account's zone, so what they type is read in that zone, and what will
be sent is always shown in UTC beside it.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

TYPED = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ]\s*(?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
EXAMPLE = "2026-01-31 14:30"


class NotAMoment(ValueError):
    """The text is no date or time; str() says why in words for the person who typed it."""


def parse(text: str, zone: tzinfo) -> datetime:
    """The instant that `text` names, in UTC.

    An offset or Z in the text wins, a date alone is 00:00 UTC as at ChartMogul, anything else is read in `zone`.
    Raises NotAMoment for text of another form, for a time that the clocks skipped and for one that happened twice.
    """
    match = TYPED.fullmatch(text.strip())
    if not match:
        said = _("Write a date and time as {moment}, or a date as {date}.")
        raise NotAMoment(said.format(moment=EXAMPLE, date=EXAMPLE[:10]))
    offset = (match["offset"] or "").upper()
    try:
        if match["time"] is None:
            return datetime.fromisoformat(match["date"]).replace(tzinfo=UTC)
        local = datetime.fromisoformat(f"{match['date']}T{match['time']}")
        if offset in ("Z", "UTC"):
            return local.replace(tzinfo=UTC)
        if offset:
            return datetime.fromisoformat(f"{local.isoformat()}{offset}").astimezone(UTC)
        return _in_zone(local, zone)
    except OverflowError:
        raise NotAMoment(_("This date is out of range.")) from None
    except ValueError as error:
        if isinstance(error, NotAMoment):
            raise
        raise NotAMoment(_("There is no such day or time in the calendar.")) from None


def _in_zone(local: datetime, zone: tzinfo) -> datetime:
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if _exists(first):
        said = _(
            "The clocks were set back, so this time happened twice in {zone}. "
            "Write {first} for the first or {second} for the second."
        )
        raise NotAMoment(said.format(zone=zone, first=_with_offset(first), second=_with_offset(second)))
    # For a skipped time, fold picks the offset before (0) or after (1) the change.
    earlier, later = second.astimezone(UTC).astimezone(zone), first.astimezone(UTC).astimezone(zone)
    said = _("The clocks were set forward, so this time never was in {zone}. Write {earlier} or {later}.")
    raise NotAMoment(said.format(zone=zone, earlier=_with_offset(earlier), later=_with_offset(later)))


def _exists(moment: datetime) -> bool:
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(fold=0) == moment.replace(fold=0)


def _with_offset(moment: datetime) -> str:
    return moment.isoformat(" ", "minutes")


def from_api(value: object) -> datetime | None:
    """The instant in an answer, or None where the value is none. Never raises: answers are foreign data."""
    if not isinstance(value, str):
        return None
    # Most end with Z, and a table has thousands of them.
    text = value if value.endswith("Z") else re.sub(r"\s*([+-]\d{2}):?(\d{2})$", r"\1:\2", value.strip())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # The first and the last year are left out: in another zone they may lie beyond the calendar.
    if not 1 < moment.year < 9999:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def to_api(moment: datetime) -> str:
    """As it is sent: UTC with Z, milliseconds only where there are some."""
    utc = moment.astimezone(UTC)
    text = utc.isoformat(timespec="milliseconds") if utc.microsecond else utc.isoformat()
    return f"{text.removesuffix('+00:00')}Z"


def to_typed(moment: datetime, zone: tzinfo) -> str:
    """What a person would type in `zone` to mean this instant; parse() gives the same instant back."""
    local = moment.astimezone(zone)
    timespec = "microseconds" if local.microsecond else "seconds" if local.second else "minutes"
    twice = zone is not UTC and local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return (local if twice else local.replace(tzinfo=None)).isoformat(" ", timespec)


def in_words(moment: datetime, zone: tzinfo) -> str:
    """Both readings of an instant: `2016-01-01 13:00 Europe/Berlin = 2016-01-01 12:00 UTC`."""
    utc = f"{to_typed(moment, UTC)} UTC"
    return utc if str(zone) == "UTC" else f"{to_typed(moment, zone)} {zone} = {utc}"


def is_future(moment: datetime) -> bool:
    return moment > datetime.now(UTC) + timedelta(minutes=1)
