"""Reading an account into the directory, list by list and page by page, as background work.

The rows of resources.sync.models say how far it has come. Whoever works at it holds a lease; a page's records and the
place of the next page are stored together, so work that was killed goes on after what it had stored.
"""

import logging
import secrets
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from connections.client import ChartMogulClient
from connections.errors import ApiError, HeldBack
from connections.models import Connection
from connections.sealing import Unreadable
from connections.services import EditConflict, conflicting
from connections.upstream_status import is_key_refused
from connections.words import sentence
from resources import services
from resources.directory import index
from resources.directory import services as directory
from resources.directory.models import Entry
from resources.directory.storing import Batch
from resources.operations import ListOperation, Resource
from resources.registry import BY_KEY, RESOURCES
from resources.sync.models import State, Sync, SyncedList

logger = logging.getLogger("resources.sync")

LEASE = timedelta(seconds=30)
BEAT = 5.0
"""Seconds of waiting for a page after which the lease is renewed."""
AHEAD = 10
"""Pages that are read before those that came first have been stored."""
TOGETHER = 4
"""Pages that are stored in one transaction, where so many have come: an index is written in pages of its own, and most
of them once a transaction. Others who write wait for it meanwhile."""
SETTLED_AFTER = 40
"""Pages after which what waits for its place in the index is put there, beside the storing."""
HELD = 0.06
"""Seconds after which a transaction takes in no further page."""
TURN = 30.0
"""Seconds after which a worker lets other tasks have a turn, and goes on later."""
MOST_REPEATS = 100
"""Pages in a row, of nothing but records that the same reading has seen already, after which a list is taken for one
that never ends. So many, for what people look at meanwhile counts as seen too."""
RING_AGAIN = timedelta(seconds=60)
"""How long a call for a worker is left to be heard."""

SETTINGS = ("enabled", "every_hours")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list, ready to be stored."""

    count: int
    batches: list[Batch]
    following: str | None
    """The cursor of the next page; None at the end of the list."""
    repeats: int
    notice: str = ""
    """At the end of a list why it may not be complete."""


def lists() -> dict[str, ListOperation]:
    """The lists that a whole account is read from, by the key of their resource, in the order of reading.

    Subscriptions are not among them: ChartMogul lists those of one customer only, so they are known as they are seen.
    """
    listed = [resource for resource in RESOURCES if resource.list_path and resource.index]
    in_order = sorted(listed, key=lambda resource: not resource.read_first)
    return {resource.key: listing for resource in in_order if (listing := resource.listing)}


def of(connection: Connection) -> Sync:
    """The sync of a connection as it is, unsaved where there was none yet."""
    return Sync.objects.filter(connection=connection).first() or Sync(connection=connection)


# -- asking for it


def ask(connection: Connection, *, anew: bool = False) -> Sync:
    """Have the account read: from where a reading was stopped or failed, or all of it, always so with `anew`.

    Nothing happens where one is going on already.
    """
    with transaction.atomic():
        sync, _ = Sync.objects.select_for_update().get_or_create(connection=connection)
        if sync.enabled and not sync.is_active:
            if anew or sync.state == State.DONE or not sync.lists.exists():
                # What was not complete is not so until it has been read again.
                notices = dict(sync.lists.values_list("resource", "notice"))
                sync.lists.all().delete()
                SyncedList.objects.bulk_create(
                    SyncedList(sync=sync, resource=key, notice=notices.get(key, "")) for key in lists()
                )
            sync.state, sync.problem, sync.asked_at, sync.stopped_at = State.WAITING, "", timezone.now(), None
            sync.save(update_fields=["state", "problem", "asked_at", "stopped_at"])
            ring(sync)
    return sync


def ring(sync: Sync) -> None:
    """Call a worker to it, once what it is to find has been committed. A call that fails, as where Redis is away, is
    logged alone: the row says what is to be done, and is called out again."""
    from resources.sync.tasks import work_at

    Sync.objects.filter(pk=sync.pk).update(rung_at=timezone.now())
    transaction.on_commit(lambda: work_at.enqueue(sync.pk), robust=True)


def ring_what_is_due() -> int:
    """Start what the schedule asks for, and call a worker to what lost its own; how many those were.

    For a worker to call now and then. A connection that has never been read is read now.
    """
    now, rung = timezone.now(), 0
    for connection in Connection.objects.filter(sync=None):
        ask(connection)
        rung += 1
    for sync in Sync.objects.select_related("connection"):
        if sync.is_due:
            # What was read before somebody stopped it is too old by now to go on from.
            ask(sync.connection, anew=sync.state == State.STOPPED)
            rung += 1
    left = Sync.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), enabled=True)
    left = left.filter(Q(state=State.RUNNING) | Q(state=State.WAITING, rung_at__lt=now - RING_AGAIN))
    for sync in left.select_related("connection"):
        if not is_key_refused(sync.connection):
            ring(sync)
            rung += 1
    return rung


def stop(connection: Connection) -> bool:
    """Stop this reading, if one is going on, which is returned; what was read stays, and it can go on from there. The
    schedule asks for the next one."""
    going_on = Sync.objects.filter(connection=connection, state__in=[State.WAITING, State.RUNNING])
    return bool(going_on.update(state=State.STOPPED, stopped_at=timezone.now(), worker="", leased_until=None))


def settings_of(sync: Sync) -> dict[str, Any]:
    return {name: getattr(sync, name) for name in SETTINGS}


def switch(connection: Connection, *, enabled: bool, every_hours: int, opened_with: str = "") -> Sync:
    """Keep a directory for a connection or none at all. Switching it off empties it.

    Raises connections.services.EditConflict where somebody else changed a setting since the form was opened.
    """
    with transaction.atomic():
        sync, _ = Sync.objects.select_for_update().get_or_create(connection=connection)
        if conflicting(settings_of(sync), {"enabled": enabled, "every_hours": every_hours}, opened_with):
            raise EditConflict
        if enabled and not sync.enabled:
            # It is wanted now, whatever was stopped before.
            sync.stopped_at = None
        sync.enabled, sync.every_hours = enabled, every_hours
        if not enabled:
            empty(sync)
        sync.save()
    return sync


def begin_anew(connection: Connection) -> None:
    """Forget what was read, for the connection leads to another account now, and have that one read: at its time where
    somebody stopped the reading, and not at all where the account is read on demand only."""
    with transaction.atomic():
        sync = Sync.objects.select_for_update().filter(connection=connection).first() or Sync(connection=connection)
        goes_on = sync.state != State.STOPPED and sync.every_hours
        empty(sync)
        if sync.pk:
            sync.save()
        if goes_on:
            ask(connection)


def empty(sync: Sync) -> None:
    """Forget what was read, and end a reading that is going on; the caller saves."""
    sync.state, sync.finished_at, sync.problem = State.STOPPED, None, ""
    sync.worker, sync.leased_until = "", None
    SyncedList.objects.filter(sync=sync.pk).delete()
    Entry.objects.filter(connection=sync.connection).delete()


# -- working at it


def work(sync_id: int) -> None:
    """Read on, for one turn or to the end. Does nothing where somebody else is at it, or nobody asked."""
    worker = secrets.token_hex(16)
    free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    claimed = Sync.objects.filter(free, pk=sync_id, enabled=True, state__in=[State.WAITING, State.RUNNING])
    if not claimed.update(worker=worker, state=State.RUNNING, problem="", leased_until=timezone.now() + LEASE):
        return
    sync = Sync.objects.select_related("connection").get(pk=sync_id)
    try:
        Turn(sync, worker).take()
    except LostLease:
        # Stopped by a person, or taken over while this process stood still.
        logger.info("The sync of %s was let go.", sync.connection)
    except (ApiError, Unreadable) as error:
        if isinstance(error, HeldBack) and error.why == "database":
            # May pass: whoever looks for what lost its worker has it go on.
            leave(sync, worker, state=State.WAITING)
        elif is_key_refused(sync.connection):
            said = gettext("{reason} It continues once the key is accepted again.")
            leave(sync, worker, state=State.WAITING, problem=said.format(reason=sentence(error.user_message)))
        else:
            leave(sync, worker, state=State.FAILED, problem=error.user_message)
    except DatabaseError:
        # May pass: whoever looks for what lost its worker has it go on.
        raise
    except Exception:
        said = gettext("Reading stopped because of an error of this program. The log has the details.")
        leave(sync, worker, state=State.FAILED, problem=said)
        raise


def settle() -> None:
    """Have the index settled. Where that cannot be done, whoever writes does it."""
    try:
        index.settle()
    except DatabaseError:
        logger.exception("The index of the directory could not be settled.")


def leave(sync: Sync, worker: str, **values: Any) -> None:
    """Give the lease back, with what is to be said of the sync; nothing where it was lost."""
    mine = Sync.objects.filter(pk=sync.pk, worker=worker, state=State.RUNNING)
    mine.update(worker="", leased_until=None, **values)


class LostLease(Exception):
    """Somebody else holds the sync by now, or it was stopped: nothing more may be stored."""


class Turn:
    """One stretch of work of one worker."""

    def __init__(self, sync: Sync, worker: str) -> None:
        self.sync = sync
        self.worker = worker
        self.client = ChartMogulClient.of(sync.connection, background=True)
        self.is_over = False
        self._end = time.monotonic() + TURN

    def take(self) -> None:
        """Read list after list until the turn or all lists are at their end. Raises LostLease and what reading does."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="settle") as self._aside:
            try:
                self.read_all()
            finally:
                self._aside.submit(connections.close_all)

    def read_all(self) -> None:
        notices = []
        places = {place.resource: place for place in self.sync.lists.all()}
        for key in lists():
            place = places.get(key) or SyncedList(sync=self.sync, resource=key)
            if place.finished_at is None and not self.is_over:
                self.read(place)
            if place.finished_at is None:
                leave(self.sync, self.worker, state=State.WAITING)
                ring(self.sync)
                return
            if place.notice:
                notices.append(f"{BY_KEY[key].title}: {place.notice}")
        said = " ".join(notices)
        leave(self.sync, self.worker, state=State.DONE, problem=said, finished_at=timezone.now())

    def read(self, place: SyncedList) -> None:
        """Read one list to its end or to the end of the turn."""
        resource, operation = BY_KEY[place.resource], lists()[place.resource]
        reader = services.Reader(self.client, operation, resource.list_request())
        place.started_at = place.started_at or timezone.now()
        settled = place.calls
        for pages in self.ahead(self.pages(resource, reader, place)):
            while pages:
                self.store(pages, place)
            if place.calls - settled >= SETTLED_AFTER or place.finished_at:
                settled = place.calls
                self._aside.submit(settle)
        if place.finished_at and not place.notice:
            self.drop_unseen(place)

    def pages(self, resource: Resource, reader: services.Reader, place: SyncedList) -> Iterator[Page]:
        """The pages from this place on, ready to be stored, until the list ends or nothing new comes for long."""
        # Of one that was stopped and goes on, what people looked at in between is not what it has read.
        begun = (place.started_at or timezone.now(), self.sync.asked_at)
        since, repeats = max(filter(None, begun)), place.repeats
        for _, rows, following in reader.pages(place.cursor or None, services.PER_PAGE):
            batches = list(directory.batches(self.sync.connection, resource, rows))
            seen = (at is not None and at >= since for batch in batches for at in batch.seen_before)
            repeats = repeats + 1 if all(seen) else 0
            notice = "" if following else reader.notice
            if following and repeats >= MOST_REPEATS:
                following = None
                notice = gettext("ChartMogul keeps returning the same records, so the list may not be complete.")
            yield Page(count=len(rows), batches=batches, following=following, repeats=repeats, notice=notice)
            if following is None:
                return

    def ahead(self, pages: Iterator[Page]) -> Iterator[deque[Page]]:
        """The pages until the turn is over, those together that have come; the next ones are read while those before
        them are being stored."""
        coming: deque[Future[Page | None]] = deque()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as executor:
            try:
                coming += [executor.submit(next, pages, None) for _ in range(AHEAD)]
                while come := self.come(coming):
                    if not self.is_over and time.monotonic() > self._end:
                        self.is_over = True
                        # What is under way is still stored.
                        coming = deque(read for read in coming if not read.cancel())
                    elif not self.is_over:
                        coming += [executor.submit(next, pages, None) for _ in come]
                    yield come
            finally:
                for read in coming:
                    read.cancel()
                executor.submit(connections.close_all)

    def come(self, coming: "deque[Future[Page | None]]") -> deque[Page]:
        """The next page, with those after it that are there already; none where the list has ended."""
        come: deque[Page] = deque()
        while coming and (not come or (len(come) < TOGETHER and coming[0].done() and not coming[0].exception())):
            page = self.awaited(coming.popleft())
            if page is None:
                break
            come.append(page)
        return come

    def awaited(self, page: "Future[Page | None]") -> Page | None:
        while True:
            try:
                return page.result(timeout=BEAT)
            except StillRunning:
                if page.done():
                    raise
                self.hold()

    def hold(self) -> None:
        """Renew the lease, or raise LostLease."""
        mine = Sync.objects.filter(pk=self.sync.pk, worker=self.worker, state=State.RUNNING)
        if not mine.update(leased_until=timezone.now() + LEASE):
            raise LostLease

    def store(self, pages: deque[Page], place: SyncedList) -> None:
        """Store the first of these pages, and the others as far as there is time; what was stored is taken out."""
        with transaction.atomic():
            self.hold()
            end = time.monotonic() + HELD
            while pages:
                page = pages.popleft()
                for batch in page.batches:
                    batch.write(settles=True)
                place.cursor, place.repeats = page.following or "", page.repeats
                place.count, place.calls = place.count + page.count, place.calls + 1
                if time.monotonic() > end:
                    break
            place.read_at = timezone.now()
            if not place.cursor:
                place.finished_at, place.notice = place.read_at, page.notice
            place.save()

    def drop_unseen(self, place: SyncedList) -> None:
        """Take out what the account has no more: what the whole list, read since `started_at`, did not hold."""
        with transaction.atomic():
            self.hold()
            known = Entry.objects.filter(connection=self.sync.connection, resource=place.resource)
            known.filter(seen_at__lt=place.started_at).delete()
