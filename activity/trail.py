"""The trail: add events to the chain, and verify the chain and the writes it vouches for."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from activity.models import Event, Head, Write, storable
from connections.models import Connection

logger = logging.getLogger("activity")

START = "0" * 64
asked_from: ContextVar[str] = ContextVar("asked_from", default="")
"""The client address of the current request, see activity.middleware; empty in a command."""


def add(
    kind: str,
    *,
    user: User | None = None,
    username: str = "",
    connection: Connection | None = None,
    write: Write | None = None,
    facts: dict[str, Any] | None = None,
) -> Event:
    """Add an event and return it. It joins the caller's transaction, if any: what cannot be recorded does not
    happen."""
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(pk=1, defaults={"hash": START})
        event = Event(
            at=timezone.now(),
            kind=kind,
            user=user,
            username=storable(user.get_username() if user else username)[:150],
            address=asked_from.get()[:45],
            connection=connection,
            connection_name=connection.name if connection else "",
            write=write,
            facts=storable(facts or {}),
            previous=head.hash,
        )
        event.hash = event.own_hash()
        event.save()
        head.hash, head.count = event.hash, head.count + 1
        head.save()
    logger.info("%s user=%s connection=%s %s", kind, event.username, event.connection_name, event.facts)
    return event


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all reads inside see the database as it was at one moment, while others can go on writing."""
    if database.in_atomic_block:
        # The isolation is up to the code that began the transaction.
        yield
    elif database.vendor == "postgresql":
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # Not with `atomic`: its transactions begin as writing ones and would block other writers.
        with database.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def problems(expected: str | None = None) -> Iterator[str]:
    """Yield what is wrong: events that were changed, removed or inserted, and writes that differ from what the trail
    says.

    A chain that was recomputed from its beginning is consistent. `expected`, a hash that an earlier run printed and
    that was kept elsewhere, reveals that too. Call this within a `snapshot`: events added meanwhile would look wrong as
    well.
    """
    previous, count = START, 0
    digests: dict[str, str] = {}
    for event in Event.objects.order_by("id").iterator(chunk_size=1_000):
        count += 1
        if event.previous != previous:
            yield f"Event {event.pk} does not follow the one before it: something was removed or inserted."
        if event.own_hash() != event.hash:
            yield f"Event {event.pk} ({event.kind}) was changed."
        previous = event.hash
        if event.write_id and "digest" in event.facts:
            digests[str(event.write_id)] = event.facts["digest"]
    if expected and not Event.objects.filter(hash=expected).exists():
        yield "The expected hash is not in the trail: the trail was recomputed or cut."
    head = Head.objects.filter(pk=1).first()
    if (head.hash if head else START) != previous or (head.count if head else 0) != count:
        yield "The end of the trail is missing: events were removed there."
    for write in Write.objects.order_by("key").iterator(chunk_size=200):
        vouched = digests.pop(str(write.key), None)
        if vouched is None:
            yield f"Write {write.key} is not in the trail."
        elif vouched != write.digest():
            yield f"Write {write.key} was changed since the trail last saw it."
    for key in digests:
        yield f"Write {key} is in the trail, but its row is gone."
