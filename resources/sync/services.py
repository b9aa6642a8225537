"""Read an account into the directory, list by list and page by page, as background work.

The rows of resources.sync.models say how far a sync has come. The worker holds a lease; a page's records and the cursor
of the next page are stored in one transaction, so a sync that was killed goes on after what it had stored.
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
"""Seconds after which the lease is renewed while waiting for a page."""
AHEAD = 10
"""Pages that are read ahead of those being stored."""
TOGETHER = 4
"""Most pages that are stored in one transaction, if so many have arrived: most index pages are then written once for
all of them. Other writers wait meanwhile."""
SETTLED_AFTER = 40
"""Pages after which pending entries are merged into the search index, in parallel with storing."""
HELD = 0.06
"""Seconds after which a transaction stores no further page."""
TURN = 30.0
"""Seconds after which a worker makes way for other tasks, and goes on later."""
MOST_REPEATS = 100
"""Consecutive pages with only records that the same sync has already seen, after which a list is assumed never to end.
So many, because records that people look at meanwhile count as seen too."""
RING_AGAIN = timedelta(seconds=60)
"""How long to wait for a worker before one is woken again."""

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
    """Why the list may not be complete; only set at its end."""


def lists() -> dict[str, ListOperation]:
    """Return the lists from which a whole account is read, by the key of their resource, in the order of reading.

    Subscriptions are not among them: ChartMogul lists those of one customer only, so they become known as people look
    at them.
    """
    listed = [resource for resource in RESOURCES if resource.list_path and resource.index]
    in_order = sorted(listed, key=lambda resource: not resource.read_first)
    return {resource.key: listing for resource in in_order if (listing := resource.listing)}


def of(connection: Connection) -> Sync:
    """Return the sync of a connection, a new unsaved one if there is none yet."""
    return Sync.objects.filter(connection=connection).first() or Sync(connection=connection)


# -- requesting a sync


def ask(connection: Connection, *, anew: bool = False) -> Sync:
    """Request a sync: from where the last one was stopped or failed, or else from the start, always so with `anew`.

    Does nothing if one is under way, or if the directory is switched off.
    """
    with transaction.atomic():
        sync, _ = Sync.objects.select_for_update().get_or_create(connection=connection)
        if sync.enabled and not sync.is_active:
            if anew or sync.state == State.DONE or not sync.lists.exists():
                # A list that was not complete stays marked as such until it has been read again.
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
    """Wake a worker for this sync after the transaction has been committed. If that fails, for example because Redis is
    down, it is only logged: the row says what is to be done, and a worker is woken again later."""
    from resources.sync.tasks import work_at

    Sync.objects.filter(pk=sync.pk).update(rung_at=timezone.now())
    transaction.on_commit(lambda: work_at.enqueue(sync.pk), robust=True)


def ring_what_is_due() -> int:
    """Start the syncs that are due, and wake a worker for those that lost theirs. Return how many syncs that were.

    A worker calls this regularly. A connection that has never been read is read now.
    """
    now, rung = timezone.now(), 0
    for connection in Connection.objects.filter(sync=None):
        ask(connection)
        rung += 1
    for sync in Sync.objects.select_related("connection"):
        if sync.is_due:
            # If somebody stopped it, what was read until then is too old by now to go on from.
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
    """Stop the sync and return whether one was under way. What was read stays, and the sync can go on from there. The
    next one starts by the schedule."""
    going_on = Sync.objects.filter(connection=connection, state__in=[State.WAITING, State.RUNNING])
    return bool(going_on.update(state=State.STOPPED, stopped_at=timezone.now(), worker="", leased_until=None))


def settings_of(sync: Sync) -> dict[str, Any]:
    return {name: getattr(sync, name) for name in SETTINGS}


def switch(connection: Connection, *, enabled: bool, every_hours: int, opened_with: str = "") -> Sync:
    """Save whether to keep a directory for a connection, and how often to read it. Switching it off empties it.

    Raises connections.services.EditConflict if somebody else changed a setting since the form was opened.
    """
    with transaction.atomic():
        sync, _ = Sync.objects.select_for_update().get_or_create(connection=connection)
        if conflicting(settings_of(sync), {"enabled": enabled, "every_hours": every_hours}, opened_with):
            raise EditConflict
        if enabled and not sync.enabled:
            # The next sync is due now, even if somebody stopped the last one.
            sync.stopped_at = None
        sync.enabled, sync.every_hours = enabled, every_hours
        if not enabled:
            empty(sync)
        sync.save()
    return sync


def begin_anew(connection: Connection) -> None:
    """Empty the directory because the connection leads to another account now, and request a sync of that. Not if
    somebody stopped the last sync (the schedule then starts one), nor if the account is read on demand only."""
    with transaction.atomic():
        sync = Sync.objects.select_for_update().filter(connection=connection).first() or Sync(connection=connection)
        goes_on = sync.state != State.STOPPED and sync.every_hours
        empty(sync)
        if sync.pk:
            sync.save()
        if goes_on:
            ask(connection)


def empty(sync: Sync) -> None:
    """Delete what was read, and end a sync that is under way. The caller saves `sync`."""
    sync.state, sync.finished_at, sync.problem = State.STOPPED, None, ""
    sync.worker, sync.leased_until = "", None
    SyncedList.objects.filter(sync=sync.pk).delete()
    Entry.objects.filter(connection=sync.connection).delete()


# -- running a sync


def work(sync_id: int) -> None:
    """Go on with a sync, for one turn or to its end. Does nothing if another worker has it, or it was not requested."""
    worker = secrets.token_hex(16)
    free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    claimed = Sync.objects.filter(free, pk=sync_id, enabled=True, state__in=[State.WAITING, State.RUNNING])
    if not claimed.update(worker=worker, state=State.RUNNING, problem="", leased_until=timezone.now() + LEASE):
        return
    sync = Sync.objects.select_related("connection").get(pk=sync_id)
    try:
        Turn(sync, worker).take()
    except LostLease:
        # Stopped by a person, or taken over by another worker while this process was suspended.
        logger.info("The sync of %s was let go.", sync.connection)
    except (ApiError, Unreadable) as error:
        if isinstance(error, HeldBack) and error.why == "database":
            # This may pass: ring_what_is_due wakes a worker for it again.
            leave(sync, worker, state=State.WAITING)
        elif is_key_refused(sync.connection):
            said = gettext("{reason} It continues once the key is accepted again.")
            leave(sync, worker, state=State.WAITING, problem=said.format(reason=sentence(error.user_message)))
        else:
            leave(sync, worker, state=State.FAILED, problem=error.user_message)
    except DatabaseError:
        # This may pass: ring_what_is_due wakes a worker again once the lease has expired.
        raise
    except Exception:
        said = gettext("Reading stopped because of an error of this program. The log has the details.")
        leave(sync, worker, state=State.FAILED, problem=said)
        raise


def settle() -> None:
    """Merge pending entries into the search index. If that fails, it is logged, and the next writers do it."""
    try:
        index.settle()
    except DatabaseError:
        logger.exception("The index of the directory could not be settled.")


def leave(sync: Sync, worker: str, **values: Any) -> None:
    """Give the lease back and set these values. Does nothing if the lease was lost."""
    mine = Sync.objects.filter(pk=sync.pk, worker=worker, state=State.RUNNING)
    mine.update(worker="", leased_until=None, **values)


class LostLease(Exception):
    """Another worker holds the sync by now, or it was stopped: nothing more may be stored."""


class Turn:
    """One stretch of work of one worker."""

    def __init__(self, sync: Sync, worker: str) -> None:
        self.sync = sync
        self.worker = worker
        self.client = ChartMogulClient.of(sync.connection, background=True)
        self.is_over = False
        self._end = time.monotonic() + TURN

    def take(self) -> None:
        """Read list after list until the turn is over or all lists are read. Raises LostLease, ApiError and
        Unreadable."""
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
        """Yield the pages from this place on, ready to be stored, until the list ends or MOST_REPEATS pages in a row
        held nothing new."""
        # If a sync was stopped and goes on, records that people looked at in between do not count as seen by it.
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
        """Yield the pages that have arrived, together, until the turn is over. The next pages are read while the caller
        stores these."""
        coming: deque[Future[Page | None]] = deque()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as executor:
            try:
                coming += [executor.submit(next, pages, None) for _ in range(AHEAD)]
                while come := self.come(coming):
                    if not self.is_over and time.monotonic() > self._end:
                        self.is_over = True
                        # Reads under way are still stored.
                        coming = deque(read for read in coming if not read.cancel())
                    elif not self.is_over:
                        coming += [executor.submit(next, pages, None) for _ in come]
                    yield come
            finally:
                for read in coming:
                    read.cancel()
                executor.submit(connections.close_all)

    def come(self, coming: "deque[Future[Page | None]]") -> deque[Page]:
        """Wait for the next page, and return it with those after it that have arrived; nothing at the list's end."""
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
        """Store the first of these pages, and the others until HELD seconds are over. Removes the stored ones from
        `pages`."""
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
        """Delete the entries that the account no longer has: those not seen in the list since `started_at`."""
        with transaction.atomic():
            self.hold()
            known = Entry.objects.filter(connection=self.sync.connection, resource=place.resource)
            known.filter(seen_at__lt=place.started_at).delete()
