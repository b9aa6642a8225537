"""Queries of earlier writes: what was deleted from here, and what was done to a record."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from activity.models import Event, Outcome, Write
from activity.services import READ_BY_HAND, settle_all
from connections.api_request import ApiRequest
from connections.models import Connection

GONE_FOR = timedelta(hours=1)
"""How long a record deleted from here counts as gone, even if lists still show it."""


def recently_deleted(connection: Connection) -> set[str]:
    """Return the UUIDs of the records that were recently deleted from here; lists may still show them for a while."""
    recent = accepted_deletes(connection).filter(finished_at__gt=timezone.now() - GONE_FOR)
    # The same condition as in `deletions`, but building it in SQL takes Django longer than running it, and every list
    # asks.
    return {uuid for uuid, path in recent.values_list("record_uuid", "path") if uuid and path.endswith(uuid)}


def is_deleted(record: Mapping[str, Any], gone: Collection[str]) -> bool:
    """Whether a record, or what it belongs to, is in `gone`. A customer of several data sources is only gone with the
    last of them."""
    return bool(gone) and not deleted_with(record).isdisjoint(gone)


def deleted_with(record: Mapping[str, Any]) -> set[str]:
    """Return the UUIDs whose deletion deletes the record: its own, its customer's, and its data source's if it is in
    only one."""
    more = record.get("data_source_uuids")
    sources = {each for each in (record.get("data_source_uuid"), *(more if isinstance(more, list) else ())) if each}
    found = {record.get("uuid"), record.get("customer_uuid"), *(sources if len(sources) == 1 else ())}
    return {each for each in found if isinstance(each, str)}


def deletions(connection: Connection) -> QuerySet[Write]:
    """Return the writes that deleted their record; other DELETEs only remove something from a record."""
    return accepted_deletes(connection).filter(record_uuid__gt="", path__endswith=F("record_uuid"))


def accepted_deletes(connection: Connection) -> QuerySet[Write]:
    return of_this_account(connection).filter(method="DELETE", outcome=Outcome.ACCEPTED)


def of_this_account(connection: Connection) -> QuerySet[Write]:
    """Return the writes of a connection without those for another account, or for the sandbox before a reset: they say
    nothing about the current data."""
    found = Write.objects.filter(connection=connection)
    return found.filter(prepared_at__gte=connection.account_since) if connection.account_since else found


def undecided(connection: Connection, request: ApiRequest) -> Write | None:
    """Return the last write of exactly this request whose outcome is unknown or still open, None if there is none."""
    settle_all()
    open_ended = of_this_account(connection).filter(outcome__in=(Outcome.UNKNOWN, Outcome.SENDING))
    same = open_ended.filter(method=request.method, path=request.path, body=request.body)
    found = same.order_by("-prepared_at").defer("typed", "before", "answer")
    return next((write for write in found if write.request.target == request.target), None)


def reads_by_hand(connection: Connection, user: User) -> QuerySet[Event]:
    """Return the events of the user's reads in the API console, latest first."""
    return Event.objects.filter(connection=connection, user=user, kind=READ_BY_HAND).order_by("-id")


def sent_by(connection: Connection, user: User, operation: str) -> QuerySet[Write]:
    """Return what the user sent with an operation, without scrubbed writes, latest first."""
    sent = Write.objects.filter(connection=connection, user=user, operation=operation, sent_at__isnull=False)
    return sent.filter(scrubbed_at=None).defer(*Write.LARGE).order_by("-prepared_at")


def deletion_of(connection: Connection, uuid: str) -> Write | None:
    """Return the write that deleted a record, None if it was not deleted from here."""
    return deletions(connection).filter(record_uuid=uuid).order_by("-finished_at").first()


def about_record(connection: Connection, uuid: str) -> QuerySet[Write]:
    """Return what was sent about one record and what belongs to it, newest first. Settles lost writes first."""
    settle_all()
    never_sent = Outcome.PREPARED, Outcome.DISCARDED
    # The connection is in both conditions, so that each can use its own index.
    about_it = Q(connection=connection, record_uuid=uuid) | Q(connection=connection, owner_uuid=uuid)
    sent = Write.objects.filter(about_it).exclude(outcome__in=never_sent)
    return sent.defer(*Write.LARGE).order_by("-prepared_at", "key")


def about(writes: QuerySet[Write], record_uuid: str) -> QuerySet[Write]:
    """Return the writes that contain data of one record: those about it, and those that mention it anywhere."""
    named = Q(typed__icontains=record_uuid) | Q(before__icontains=record_uuid) | Q(answer__icontains=record_uuid)
    linked = Q(record_uuid=record_uuid) | Q(owner_uuid=record_uuid) | Q(path__icontains=record_uuid)
    return writes.filter(linked | named)
