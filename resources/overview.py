"""What the home page of a connection shows, from the directory and the trail: ChartMogul is not called."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from activity.models import Outcome, Write
from connections import localized
from connections.models import Connection
from resources import cells, charts
from resources.charts import Bar
from resources.directory.models import Entry
from resources.operations import WriteOperation
from resources.registry import BY_KEY
from resources.sync import services as sync_services
from resources.sync.models import Sync

DAYS = 14
"""Number of days whose writes are counted."""
ORDER = ("data_sources", "plans", "customers", "invoices")
CHANGES = 8
"""Number of recent writes that are listed."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts of the known records, and of writes."""

    known: list[tuple[str, int, bool]]
    """(kind of record, number of known records, whether a sync of the account finds all of them)"""
    by_status: list[Bar]
    """Customers by status; empty if none has one."""
    a_day: list[Bar]
    """Writes sent per day, in the time zone of the connection, today last."""
    sent: int
    """Writes sent on all of those days."""
    not_accepted: int
    """Writes among them that were refused or whose outcome is unknown."""
    sync: Sync


def figures(connection: Connection) -> Figures:
    entries = Entry.objects.filter(connection=connection)
    known = dict(entries.order_by().values_list("resource").annotate(Count("id")))
    customers = entries.filter(resource="customers").exclude(status="").order_by()
    by_status: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for status, count in customers.values_list("status").annotate(Count("id")):
        # ChartMogul does not always write a status in the same case (recorded).
        alike = spelled.setdefault(status.replace("_", " ").casefold(), status.replace("_", " "))
        by_status[alike] += count
    largest_first = sorted(by_status.items(), key=lambda pair: (-pair[1], pair[0]))
    a_day = writes_a_day(connection)
    return Figures(
        known=[
            (str(resource.title), known[key], bool(resource.list_path))
            for key, resource in BY_KEY.items()
            if known.get(key)
        ],
        by_status=charts.rows((words(status), count, cells.status_slug(status)) for status, count in largest_first),
        a_day=charts.columns(a_day),
        sent=sum(count for _, count, _ in a_day),
        not_accepted=sum(part for _, _, part in a_day),
        sync=sync_services.of(connection),
    )


def words(status: str) -> str:
    return BY_KEY["customers"].status_in_words(status)


def writes_a_day(connection: Connection) -> list[tuple[str, int, int]]:
    """Return (day, number of writes sent, number of those that were refused or whose outcome is unknown)."""
    zone = connection.zone
    today = timezone.now().astimezone(zone).date()
    first = today - timedelta(days=DAYS - 1)
    begin = datetime.combine(first, time(), zone)
    sent = Write.objects.filter(connection=connection, sent_at__gte=begin).order_by()
    by_day = sent.annotate(day=TruncDate("sent_at", tzinfo=zone)).values_list("day")
    counted = by_day.annotate(
        count=Count("key"), bad=Count("key", filter=Q(outcome__in=[Outcome.REFUSED, Outcome.UNKNOWN]))
    )
    counts = {day: (count, bad) for day, count, bad in counted}
    days = [first + timedelta(days=at) for at in range(DAYS)]
    written = localized.current()
    return [(written.day(day), *counts.get(day, (0, 0))) for day in days]


def changes(connection: Connection) -> list[Write]:
    """Return the writes that were sent last, newest first."""
    sent = Write.objects.filter(connection=connection, sent_at__isnull=False).defer(*Write.LARGE)
    return list(sent.order_by("-sent_at")[:CHANGES])


def order_of_work(connection: Connection) -> list[WriteOperation]:
    """Return the create operations for an account without known records, in an order where each may need records of the
    ones before it; none if any record is known."""
    if Entry.objects.filter(connection=connection).exists():
        return []
    creations = [BY_KEY[key].creation for key in ORDER]
    return [creation for creation in creations if creation and connection.may.reaches(creation.role)]
