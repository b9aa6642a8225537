"""Dates and times: as people type them, as the API accepts and returns them, as pages show them.

The API reads a time without a zone as UTC and a date without a time as 00:00 UTC (ChartMogul's documentation);
it answers `2016-01-01T12:00:00.000Z`, `2016-01-01T12:00:00+00:00` or `2022-05-27T21:54:12Z`, depending on the
object (recorded answers). Typed text is read in the time zone of the connection, which is that of its account unless
people chose another (Connection.zone), and what will be sent is always shown in UTC beside it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from connections import localized

DAY = r"(?:(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2})|(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4}))"
"""2026-01-31, or 31.01.2026 as on German pages, in every language: with dots, nobody writes the month first."""
TYPED = re.compile(
    DAY
    + r"(?:[T ,]\s*(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?)"
    + r"\s*(?P<offset>Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
EXAMPLE = "2026-01-31 14:30"
LONGEST = 100
"""Maximum number of characters of a text that are parsed for the message below its input."""


class NotAMoment(ValueError):
    """The text is not a date or time; str() is an explanation for the person who typed it."""

    def __init__(self, why: str, *choices: str) -> None:
        super().__init__(why)
        self.choices = choices
        """Texts to type instead, if it is known what may have been meant."""


def parse(text: str, zone: tzinfo) -> datetime:
    """Return the instant that `text` stands for, in UTC.

    An offset or Z in the text wins, a date alone is 00:00 UTC as at ChartMogul, anything else is read in `zone`.
    Raises NotAMoment for other formats, for a local time that a clock change skipped or repeated, and for one that is
    not within_the_calendar.
    """
    match = TYPED.fullmatch(text.strip())
    if not match:
        said = _("Enter a date and time as {moment}, or a date as {date}.")
        raise NotAMoment(said.format(moment=EXAMPLE, date=EXAMPLE[:10]))
    out_of_range = _("This date is out of range.")
    try:
        moment = _instant(match, zone)
    except OverflowError:
        raise NotAMoment(out_of_range) from None
    except ValueError as error:
        if isinstance(error, NotAMoment):
            raise
        raise NotAMoment(_("This day or time does not exist.")) from None
    if not within_the_calendar(moment):
        raise NotAMoment(out_of_range)
    return moment


def within_the_calendar(moment: datetime) -> bool:
    """Return whether it can be converted to every time zone: in year 1 and year 9999 that may leave the calendar."""
    return 1 < moment.year < 9999


def _instant(match: re.Match[str], zone: tzinfo) -> datetime:
    """Return the instant of a match of TYPED, in UTC. Raises NotAMoment, ValueError and OverflowError."""
    offset = (match["offset"] or "").upper()
    if match["time"] is None:
        return datetime.fromisoformat(iso_day(match)).replace(tzinfo=UTC)
    local = datetime.fromisoformat(f"{iso_day(match)}T{match['time'].replace(',', '.')}")
    if offset in ("Z", "UTC"):
        return local.replace(tzinfo=UTC)
    if offset:
        return datetime.fromisoformat(f"{local.isoformat()}{offset}").astimezone(UTC)
    return _in_zone(local, zone)


def iso_day(match: re.Match[str]) -> str:
    """Return the day of a match of DAY in ISO format. It need not exist in the calendar."""
    return match["iso"] or f"{match['year']}-{match['month']:0>2}-{match['day']:0>2}"


def _in_zone(local: datetime, zone: tzinfo) -> datetime:
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if _exists(first):
        one, other = _with_offset(first), _with_offset(second)
        said = _(
            "The clocks were set back, so this time occurred twice in {zone}. Enter {first} for the first or {second} "
            "for the second."
        )
        raise NotAMoment(said.format(zone=zone, first=one, second=other), one, other)
    # For a skipped time, fold picks the offset before (0) or after (1) the change.
    one = _with_offset(second.astimezone(UTC).astimezone(zone))
    other = _with_offset(first.astimezone(UTC).astimezone(zone))
    said = _("The clocks were set forward, so this time does not exist in {zone}. Enter {earlier} or {later}.")
    raise NotAMoment(said.format(zone=zone, earlier=one, later=other), one, other)


def midnight(text: str, zone: tzinfo) -> str:
    """Return what to type for midnight in `zone` if `text` is a date alone, which stands for 00:00 UTC instead.

    Empty if it is not a date alone, if both are the same instant, and if a clock change skipped or repeated midnight.
    """
    match = TYPED.fullmatch(text.strip())
    if not match or match["time"]:
        return ""
    typed = f"{iso_day(match)} 00:00"
    try:
        return typed if parse(typed, zone) != parse(text, zone) else ""
    except NotAMoment:
        return ""


def _exists(moment: datetime) -> bool:
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(fold=0) == moment.replace(fold=0)


def _with_offset(moment: datetime) -> str:
    return moment.isoformat(" ", "minutes")


def from_api(value: object) -> datetime | None:
    """Return the instant of a value in an answer, or None if it is not one. Never raises, as answers are untrusted."""
    if not isinstance(value, str):
        return None
    # Most values are plain ISO 8601, and a table has thousands, so try the fast way first.
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        try:
            text = re.sub(r"\s+UTC$", "+00:00", value.strip())
            moment = datetime.fromisoformat(re.sub(r"\s*([+-]\d{2}):?(\d{2})$", r"\1:\2", text))
        except ValueError:
            return None
    if not within_the_calendar(moment):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def to_api(moment: datetime) -> str:
    """Return an instant as it is sent: UTC with Z, with milliseconds only if they are not 0."""
    utc = moment.astimezone(UTC)
    text = utc.isoformat(timespec="milliseconds") if utc.microsecond else utc.isoformat()
    return f"{text.removesuffix('+00:00')}Z"


def to_typed(moment: datetime, zone: tzinfo) -> str:
    """Return what a person would type in `zone` for this instant; parse() returns the same instant for it."""
    local = moment.astimezone(zone)
    timespec = "microseconds" if local.microsecond else "seconds" if local.second else "minutes"
    return (local if _happens_twice(local) else local.replace(tzinfo=None)).isoformat(" ", timespec)


def _happens_twice(local: datetime) -> bool:
    if local.tzinfo is UTC:
        return False
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def in_words(moment: datetime, zone: tzinfo) -> str:
    """Return an instant in `zone` and in UTC: `2016-01-01 13:00 Europe/Berlin = 2016-01-01 12:00 UTC`."""
    utc = f"{shown(moment, UTC)} UTC"
    return utc if str(zone) == "UTC" else f"{shown(moment, zone)} {zone} = {utc}"


def shown(moment: datetime, zone: tzinfo) -> str:
    """Return an instant with full precision in the language of the page, with its offset in an hour that repeats."""
    local, written = moment.astimezone(zone), localized.current()
    words = (written.second if local.second or local.microsecond else written.moment)(local)
    if local.microsecond:
        words += f"{written.decimal}{local.microsecond:06d}"
    return words + (local.isoformat(timespec="seconds")[19:] if _happens_twice(local) else "")


@dataclass(frozen=True)
class Said:
    """The message below an input: how its text is read, or why it cannot be, and what may have been meant."""

    words: str = ""
    midnight: str = ""
    problem: str = ""
    choices: tuple[str, ...] = ()
    example: str = EXAMPLE


def said_of(typed: str, zone: tzinfo) -> Said:
    text = typed.strip()[:LONGEST]
    if not text:
        return Said()
    try:
        return Said(words=in_words(parse(text, zone), zone), midnight=midnight(text, zone))
    except NotAMoment as error:
        return Said(problem=str(error), choices=error.choices)


def is_future(moment: datetime) -> bool:
    return moment > datetime.now(UTC) + timedelta(minutes=1)
