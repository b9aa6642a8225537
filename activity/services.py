"""The one way in which something is changed at ChartMogul: prepare a row, then send that row, once.

Each step of a write is stored together with an event of the trail, in one transaction. If it cannot be stored, the step
does not happen: nothing is sent that is not written down.
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
"""A row that has been `sending` for longer than any request can last, twice over: its process died, its outcome is
unknown. A row that is younger may belong to a process that lives and waits, so nothing is said of it."""
LOOK = 0.1
"""Seconds between two looks at a write that somebody else is sending."""
ALL = Q()
READ_BY_HAND = "console.read"
"""The kind of the event."""
ANSWER_KEPT = 200_000
"""Characters of an answer that the row keeps."""

Named = Callable[[Any], tuple[str, str, str]]
"""From the data of an answer to UUID and name of the record that was written and the UUID of the one that it belongs
to, each empty where there is none."""


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
    """Store a write for review. Nothing is sent. `changes` are dataclasses that say what changes, in words."""
    with override("en"):
        # Kept in one language, and shown to each person in theirs.
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
        # The review may have taken a while, and somebody may have replaced the key.
        is_same = connection_services.leads_where_it_did(connection)
        write.save()
        note(write, user)
        if not is_same:
            refuse_for_old_account(write, user=user)
    return write


def note(write: Write, user: User | None, *, kind: str = "") -> None:
    """Put the present state of a write into the trail."""
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
    """Put a read that was written out by hand into the trail: its path and the names of what was asked for, for the
    values may be about people and an event cannot be scrubbed."""
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
    """Bring a write from one state into its next and note it, as an event of that kind or of its new state; False where
    it has left its state already, or is no write of `where`."""
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
    """Send a prepared write and store what became of it. False when it had left `prepared` already: nothing is sent.

    The claim is committed before the request leaves, so two Sends of one row, in two tabs or two processes, are one
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
    """Lay a prepared write before a second person. False where it is not there to be laid before anybody."""
    return advance(
        write,
        user=user,
        leaving=Outcome.PREPARED,
        kind="write.approval_asked",
        asked_at=timezone.now(),
        reason=storable(reason),
    )


def decline(write: Write, *, user: User, reason: str) -> bool:
    """End a write that waits for a second person, who does not want it. Nothing is sent."""
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
    """End a write that waits for a second person, and that who prepared it does not want any more. Nothing is sent."""
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
    """End a write that whoever prepared it does not want to send. False where it has left `prepared` already, or waits
    for a second person, who is told when it is withdrawn."""
    nobody_asked, now = Q(asked_at=None), timezone.now()
    return advance(
        write, user=user, leaving=Outcome.PREPARED, where=nobody_asked, outcome=Outcome.DISCARDED, finished_at=now
    )


def refuse_prepared(connection: Connection, *, user: User) -> None:
    """End all writes of a connection that wait to be sent: it leads to another account than they were reviewed for."""
    with transaction.atomic():
        waiting = Write.objects.filter(connection=connection, outcome=Outcome.PREPARED).order_by("key")
        # All of them before the first event, as whoever sends one takes the row before the end of the trail.
        for write in list(waiting.select_for_update()):
            refuse_for_old_account(write, user=user)


def refuse_for_old_account(write: Write, *, user: User) -> None:
    # Told to nobody in particular, as in `settle`.
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
    """Give a write that somebody else is sending so long to come to its outcome."""
    end = time.monotonic() + seconds
    while write.outcome == Outcome.SENDING and time.monotonic() < end:
        with concurrency.while_waiting():
            time.sleep(LOOK)
        write.refresh_from_db()


def settle(write: Write, *, older_than: timedelta = LOST_AFTER) -> bool:
    """Call a write lost in the middle what it is: unknown. False where it may not be lost.

    Should its process be alive after all, the answer that comes later finds a row that has left `sending`.
    """
    if write.outcome != Outcome.SENDING or not write.sent_at or write.sent_at > timezone.now() - older_than:
        return False
    # Told to nobody in particular: whoever looks at a page next may be somebody else.
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
    """Settle every write that was lost; how many those were."""
    lost = list(Write.objects.filter(outcome=Outcome.SENDING, sent_at__lte=timezone.now() - older_than).order_by())
    return sum(settle(write, older_than=older_than) for write in lost)


def resolve(
    write: Write, *, user: User, carried_out: bool, evidence: str, record_uuid: str = "", record_name: str = ""
) -> None:
    """Store what a look-up found out about a write whose outcome was unknown, unless it was scrubbed meanwhile: what it
    says of people must not come back."""
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
    """Take out of a write what it says of people; who did what when, and what became of it, stays. False for one that
    is being sent: what ChartMogul answers is still to come.

    A write that was not sent yet can then not be sent any more.
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
    """Read the row as it is now, and keep it from others until the transaction ends."""
    write.refresh_from_db(from_queryset=Write.objects.select_for_update())
