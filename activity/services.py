"""The only way to change anything at ChartMogul: prepare a row (Write), then send that row, once.

Each step of a write is stored together with an event of the trail, in one transaction. A step that cannot be stored
does not happen: nothing is sent that is not recorded.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from activity import trail
from activity.models import Outcome, Write, storable
from connections import concurrency
from connections import services as connection_services
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection
from connections.words import Words

LOST_AFTER = timedelta(seconds=120)
"""A row that has been `sending` this long, twice the time any request can take, is lost: its process died and its
outcome is unknown. A younger row may belong to a live process that waits, so it is left alone."""
LOOK = 0.1
"""Seconds between two looks at a write that another request is sending."""
ALL = Q()
READ_BY_HAND = "console.read"
"""Event kind of a read made in the API console."""
ANSWER_KEPT = 200_000
"""Characters of an answer that the row keeps."""

Named = Callable[[Any], tuple[str, str, str]]
"""Maps the data of an answer to the UUID and name of the record that was written and the UUID of the one it belongs to,
each empty if there is none."""


def prepare(
    *,
    connection: Connection,
    user: User,
    operation: str,
    title: Words,
    resource: str,
    request: ApiRequest,
    typed: Mapping[str, list[str]],
    changes: Iterable[Any],
    warnings: Iterable[str] = (),
    record_uuid: str = "",
    record_name: str = "",
    owner_uuid: str = "",
    owner_name: str = "",
    before: Any = None,
    to_type: str = "",
    goes_too: Iterable[str] = (),
) -> Write:
    """Store a write for review; nothing is sent. `changes` are dataclasses that describe each change in words."""
    with override("en"):
        # Stored in English, and shown to each person in their language.
        title = str(title)
    write = Write(
        connection=connection,
        connection_name=connection.name,
        user=user,
        username=user.get_username(),
        operation=operation,
        title=title,
        resource=resource,
        record_uuid=record_uuid,
        record_name=storable(record_name),
        owner_uuid=storable(owner_uuid)[:255],
        owner_name=storable(owner_name),
        method=request.method,
        path=request.path,
        query=[list(pair) for pair in request.query],
        body=request.body,
        headers=[list(pair) for pair in request.headers],
        typed=storable(dict(typed)),
        changes=storable([asdict(change) for change in changes]),
        warnings=storable(list(warnings)),
        before=storable(before),
        to_type=storable(to_type),
        goes_too=storable(list(goes_too)),
    )
    with transaction.atomic():
        # Building the review may have taken a while, and somebody may have replaced the key.
        is_same = connection_services.leads_where_it_did(connection)
        write.save()
        note(write, user)
        if not is_same:
            refuse_for_old_account(write, user=user)
    return write


def note(write: Write, user: User | None, *, kind: str = "") -> None:
    """Add an event with the write's current state to the trail."""
    took = write.finished_at - write.sent_at if write.finished_at and write.sent_at else None
    facts = {
        "method": write.method,
        "path": write.path,
        "operation": write.operation,
        "record": write.record_uuid,
        "status": write.status,
        "request_id": write.request_id,
        "milliseconds": round(took.total_seconds() * 1000) if took else None,
        "digest": write.digest(),
    }
    trail.add(kind or f"write.{write.outcome}", user=user, connection=write.connection, write=write, facts=facts)


def note_read(
    connection: Connection, user: User, request: ApiRequest, *, status: int | None, request_id: str = ""
) -> None:
    """Add a read made in the API console to the trail: its path and the names of its query parameters. Their values may
    be personal data, and an event cannot be scrubbed."""
    facts = {
        "method": request.method,
        "path": request.path,
        "query": sorted({name for name, _ in request.query}),
        "status": status,
        "request_id": request_id,
    }
    trail.add(READ_BY_HAND, user=user, connection=connection, facts=facts)


def advance(
    write: Write, *, user: User | None, leaving: Outcome, where: Q = ALL, kind: str = "", **values: Any
) -> bool:
    """Move a write out of the state `leaving`, set `values`, and add an event of `kind`, by default that of the new
    state. Return False if it has already left that state or does not match `where`."""
    with transaction.atomic():
        changed = Write.objects.filter(where, key=write.key, outcome=leaving).change(**values)
        if changed:
            write.refresh_from_db()
            note(write, user, kind=kind)
    if not changed:
        write.refresh_from_db()
    return bool(changed)


def send(
    write: Write,
    client: ChartMogulClient,
    *,
    user: User,
    reason: str = "",
    named: Named = lambda data: ("", "", ""),
) -> bool:
    """Send a prepared write and store its outcome. Return False if it was no longer `prepared`: nothing is sent.

    The new state is committed before the request leaves, so two Sends of one row, from two tabs or processes, make one
    request.
    """
    with transaction.atomic(durable=True):
        claimed = advance(
            write,
            user=user,
            leaving=Outcome.PREPARED,
            outcome=Outcome.SENDING,
            sent_at=timezone.now(),
            reason=storable(reason) or write.reason,
        )
    if not claimed:
        return False
    try:
        answer = client.send(write.request)
    except ApiError as error:
        outcome = Outcome.UNKNOWN if error.processed == "unknown" else Outcome.REFUSED
        result = {
            "outcome": outcome,
            "status": error.status,
            "summary": storable(error.user_message),
            "field_errors": storable(error.field_errors),
            "request_id": error.request_id,
            "retry_after": error.retry_after,
            "answer": storable(error.body),
        }
    else:
        uuid, name, owner = named(answer.data)
        result = {
            "outcome": Outcome.ACCEPTED,
            "status": answer.status,
            "request_id": answer.request_id,
            "answer": ""
            if answer.data is None
            else json.dumps(storable(answer.data), ensure_ascii=False)[:ANSWER_KEPT],
            "record_uuid": storable(uuid)[:255] or write.record_uuid,
            "record_name": storable(name) or write.record_name,
            "owner_uuid": write.owner_uuid or storable(owner)[:255],
        }
    advance(write, user=user, leaving=Outcome.SENDING, finished_at=timezone.now(), **result)
    return True


def ask(write: Write, *, user: User, reason: str = "") -> bool:
    """Ask a second person to approve a prepared write. Return False if it is no longer `prepared`."""
    return advance(
        write,
        user=user,
        leaving=Outcome.PREPARED,
        kind="write.approval_asked",
        asked_at=timezone.now(),
        reason=storable(reason),
    )


def decline(write: Write, *, user: User, reason: str) -> bool:
    """Decline, as the second person, a write that waits for approval. Nothing is sent."""
    declined = _("{person} declined this. Nothing was sent.").format(person=user.get_username())
    return advance(
        write,
        user=user,
        leaving=Outcome.PREPARED,
        kind="write.declined",
        outcome=Outcome.REFUSED,
        summary=storable(f"{declined} {reason}".strip()),
        finished_at=timezone.now(),
    )


def withdraw(write: Write, *, user: User, reason: str) -> bool:
    """Withdraw, as the person who prepared it, a write that waits for approval. Nothing is sent."""
    withdrawn = _("{person} withdrew this. Nothing was sent.").format(person=user.get_username())
    return advance(
        write,
        user=user,
        leaving=Outcome.PREPARED,
        where=Q(asked_at__isnull=False),
        kind="write.withdrawn",
        outcome=Outcome.DISCARDED,
        summary=storable(f"{withdrawn} {reason}".strip()),
        finished_at=timezone.now(),
    )


def discard(write: Write, *, user: User) -> bool:
    """Discard a write that the person who prepared it does not want to send. Return False if it is no longer
    `prepared`, or waits for a second person: those are withdrawn, and the second person is told."""
    nobody_asked, now = Q(asked_at=None), timezone.now()
    return advance(
        write, user=user, leaving=Outcome.PREPARED, where=nobody_asked, outcome=Outcome.DISCARDED, finished_at=now
    )


def refuse_prepared(connection: Connection, *, user: User) -> None:
    """Refuse all unsent writes of a connection that now leads to another account than they were reviewed for."""
    with transaction.atomic():
        waiting = Write.objects.filter(connection=connection, outcome=Outcome.PREPARED).order_by("key")
        # Lock all rows before the first event is added: sending, too, locks a row before the end of the trail.
        for write in list(waiting.select_for_update()):
            refuse_for_old_account(write, user=user)


def refuse_for_old_account(write: Write, *, user: User) -> None:
    # In English, as in `settle`.
    with override("en"):
        summary = _("This was reviewed for the account this connection used before. Nothing was sent.")
    advance(
        write,
        user=user,
        leaving=Outcome.PREPARED,
        outcome=Outcome.REFUSED,
        summary=summary,
        finished_at=timezone.now(),
    )


def await_outcome(write: Write, seconds: float) -> None:
    """Wait at most `seconds` for the outcome of a write that another request is sending, and refresh `write`."""
    end = time.monotonic() + seconds
    while write.outcome == Outcome.SENDING and time.monotonic() < end:
        with concurrency.while_waiting():
            time.sleep(LOOK)
        write.refresh_from_db()


def settle(write: Write, *, older_than: timedelta = LOST_AFTER) -> bool:
    """Set the outcome of a lost write to unknown. Return False if it may not be lost.

    If its process is alive after all, its later answer is ignored, because the row has left `sending`.
    """
    if write.outcome != Outcome.SENDING or not write.sent_at or write.sent_at > timezone.now() - older_than:
        return False
    # In English: the stored text is for no particular person, and the next reader may be somebody else.
    with override("en"):
        summary = _("The server stopped before ChartMogul's response arrived.")
    return advance(
        write,
        user=None,
        leaving=Outcome.SENDING,
        outcome=Outcome.UNKNOWN,
        summary=summary,
        finished_at=timezone.now(),
    )


def settle_all(*, older_than: timedelta = LOST_AFTER) -> int:
    """Settle all lost writes and return their number."""
    lost = list(Write.objects.filter(outcome=Outcome.SENDING, sent_at__lte=timezone.now() - older_than).order_by())
    return sum(settle(write, older_than=older_than) for write in lost)


def resolve(
    write: Write, *, user: User, carried_out: bool, evidence: str, record_uuid: str = "", record_name: str = ""
) -> None:
    """Store what a look-up found out about a write with an unknown outcome. Does nothing if it was scrubbed meanwhile,
    so that personal data does not come back."""
    with transaction.atomic():
        lock(write)
        if write.scrubbed_at:
            return
        advance(
            write,
            user=user,
            leaving=Outcome.UNKNOWN,
            outcome=Outcome.ACCEPTED if carried_out else Outcome.REFUSED,
            summary=storable(evidence),
            record_uuid=record_uuid or write.record_uuid,
            record_name=storable(record_name) or write.record_name,
        )


def scrub(write: Write) -> bool:
    """Remove personal data from a write; who did what and when, and the outcome, stay. Return False for a write that is
    being sent, because ChartMogul's answer is still to come.

    A write that was not sent yet cannot be sent afterwards.
    """
    with transaction.atomic():
        lock(write)
        if write.outcome == Outcome.SENDING:
            return False
        outcome = Outcome.REFUSED if write.outcome == Outcome.PREPARED else write.outcome
        Write.objects.filter(key=write.key).change(
            outcome=outcome,
            body=None,
            query=[],
            headers=[],
            typed={},
            changes=[],
            before=None,
            answer="",
            summary="",
            field_errors={},
            record_name="",
            owner_name="",
            to_type="",
            goes_too=[],
            reason="",
            scrubbed_at=timezone.now(),
        )
        write.refresh_from_db()
        note(write, None, kind="write.scrubbed")
    return True


def lock(write: Write) -> None:
    """Lock the row until the transaction ends, and refresh `write` from it."""
    write.refresh_from_db(from_queryset=Write.objects.select_for_update())
