"""Remove personal data from writes, and keep the rows: who did what when, and with what outcome."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from activity import history, services
from activity.models import Write


class Command(BaseCommand):
    help = (
        "Remove request bodies, records and responses from writes: those older than --older-than days "
        "(default ACTIVITY_DAYS), or those about one record with --record UUID. The rows stay."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--older-than", type=int, metavar="DAYS", default=None)
        parser.add_argument("--record", metavar="UUID", help="the record whose data is to be removed, whatever its age")

    def handle(
        self, *args: object, older_than: int | None = None, record: str | None = None, **options: object
    ) -> None:
        if record and older_than is not None:
            raise CommandError("Use --record or --older-than, not both.")
        services.settle_all()
        writes: QuerySet[Write] = Write.objects.filter(scrubbed_at=None)
        if record:
            writes = history.about(writes, record)
        else:
            days = settings.ACTIVITY_DAYS if older_than is None else older_than
            writes = writes.filter(prepared_at__lt=timezone.now() - timedelta(days=days))
        count = left = 0
        for write in writes.order_by("prepared_at").iterator(chunk_size=200):
            if services.scrub(write):
                count += 1
            else:
                left += 1
        self.stdout.write(f"{count} write(s) scrubbed.")
        if left:
            self.stdout.write(
                f"{left} write(s) are being sent and were left as they are: run this again in some minutes."
            )
