"""What was sent before: what was deleted from here, and what was done to a record."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from activity.models import Outcome, Write
from activity.services import settle_all
from connections.api_request import ApiRequest
from connections.models import Connection

BELONGS_BY = ("uuid", "data_source_uuid", "customer_uuid")
"""By which records are deleted: their own, or with what they belong to."""
GONE_FOR = timedelta(hours=1)
"""How long a record that was deleted from here counts as gone, whatever a list still says."""


def recently_deleted(connection: Connection) -> set[str]:
    """The UUIDs of the records that were deleted from here a moment ago: lists may show them for a while yet."""
    recent = accepted_deletes(connection).filter(finished_at__gt=timezone.now() - GONE_FOR)
    # Those that `deletions` names. To say so in SQL takes Django longer than to carry it out, and each list asks.
    return {uuid for uuid, path in recent.values_list("record_uuid", "path") if uuid and path.endswith(uuid)}


def is_deleted(record: Mapping[str, Any], gone: Collection[str]) -> bool:
    """Whether a record, or what it belongs to, is one of these."""
    return bool(gone) and any(record.get(name) in gone for name in BELONGS_BY if isinstance(record.get(name), str))


def deletions(connection: Connection) -> QuerySet[Write]:
    """The writes that deleted the record that they are about; other DELETEs take something from a record that stays."""
    return accepted_deletes(connection).filter(record_uuid__gt="", path__endswith=F("record_uuid"))


def accepted_deletes(connection: Connection) -> QuerySet[Write]:
    return Write.objects.filter(connection=connection, method="DELETE", outcome=Outcome.ACCEPTED)


def undecided(connection: Connection, request: ApiRequest) -> Write | None:
    """The last write of this very request of which nobody knows whether it was carried out."""
    same = {"method": request.method, "path": request.path, "body": request.body}
    found = Write.objects.filter(connection=connection, outcome=Outcome.UNKNOWN, **same)
    since = [write for write in found.order_by("-prepared_at") if not write.is_of_account_before]
    return next((write for write in since if write.request.target == request.target), None)


def deletion_of(connection: Connection, uuid: str) -> Write | None:
    """The write that deleted a record, if it was deleted from here."""
    return deletions(connection).filter(record_uuid=uuid).order_by("-finished_at").first()


def about_record(connection: Connection, uuid: str) -> QuerySet[Write]:
    """What was sent about one record and what belongs to it, newest first. Settles what was lost before it looks."""
    settle_all()
    never_sent = Outcome.PREPARED, Outcome.DISCARDED
    # The connection in both, so that each finds its rows in an index of its own.
    about_it = Q(connection=connection, record_uuid=uuid) | Q(connection=connection, owner_uuid=uuid)
    sent = Write.objects.filter(about_it).exclude(outcome__in=never_sent)
    return sent.defer(*Write.LARGE).order_by("-prepared_at", "key")


def about(writes: QuerySet[Write], record_uuid: str) -> QuerySet[Write]:
    """The writes that hold something of one record: those about it, and those that name it anywhere."""
    named = Q(typed__icontains=record_uuid) | Q(before__icontains=record_uuid) | Q(answer__icontains=record_uuid)
    linked = Q(record_uuid=record_uuid) | Q(owner_uuid=record_uuid) | Q(path__icontains=record_uuid)
    return writes.filter(linked | named)
