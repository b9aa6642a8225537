"""Copy an invoice to the next period: each subscription line begins where that of the copied invoice ends.

The length of a period follows from its start and end, so ChartMogul is not asked for it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from resources import moments, periods
from resources.json_paths import rows_at

NOT_COPIED = ("external_id", "cancelled_at")
"""The first is unique in the data source, the second would end the subscription once more. What no form has, such as
UUIDs, is left out by the form; the new invoice has no payments yet."""
Period = tuple[datetime, datetime]


def of(invoice: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Return the invoice after this one, in the shape of the API. Lines with which their subscription ends are left
    out; dates are None if no line has a period that says how far to move them."""
    lines = [line for line in rows_at(invoice, "line_items") if not line.get("cancelled_at")]
    first = next((period for line in lines if (period := _period(line))), None)
    return {
        **{name: value for name, value in invoice.items() if name not in (*NOT_COPIED, "transactions", "errors")},
        "date": _moved(moments.from_api(invoice.get("date")), first, zone),
        "due_date": _moved(moments.from_api(invoice.get("due_date")), first, zone),
        "line_items": [_line(line, zone) for line in lines],
    }


def _line(line: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    period = _period(line)
    start, end = period or (None, None)
    return {
        **{name: value for name, value in line.items() if name not in NOT_COPIED},
        "service_period_start": _moved(start, period, zone),
        "service_period_end": _moved(end, period, zone),
    }


def _period(line: Mapping[str, Any]) -> Period | None:
    start = moments.from_api(line.get("service_period_start"))
    end = moments.from_api(line.get("service_period_end"))
    return (start, end) if start and end and start < end else None


def _moved(moment: datetime | None, period: Period | None, zone: tzinfo) -> str | None:
    """Return the moment one period later, by the calendar of the time zone in which the period has whole days; None if
    it cannot be moved."""
    if moment is None or period is None:
        return None
    start, end = period
    # Some periods end with their last second.
    short = _to_the_minute(end) if end.second == 59 else timedelta()
    rest = short if moment == end else timedelta()
    end += short
    at_midnight = all(each.timetz() == time(tzinfo=UTC) for each in (start, end))
    first, last, day = (each.astimezone(UTC if at_midnight else zone) for each in (start, end, moment + rest))
    try:
        if first.time() == last.time():
            day = day.combine(periods.following(first.date(), last.date(), day.date()), day.timetz())
        else:
            day += end - start
        return moments.to_api(day.astimezone(UTC) - rest)
    except OverflowError:
        return None


def _to_the_minute(moment: datetime) -> timedelta:
    return timedelta(minutes=1) - timedelta(seconds=moment.second, microseconds=moment.microsecond)
