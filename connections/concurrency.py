"""Limits how many requests one process works on at a time, because its interpreter runs only one thread at a time.

Threads that interrupt each other every few milliseconds all end late: if twenty people click in the same moment, each
waits for all twenty pages, and ChartMogul is idle until the last of them has sent its request. So only a few requests
have a turn and the others wait; a request that waits for ChartMogul gives up its turn meanwhile.

It is not a lock. A request that waited a moment goes ahead: those at work may be waiting for something that it does not
need, such as a locked row.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

AT_ONCE = 2
"""One that runs, and one more for while the first waits for the database."""
LONGEST = 0.25
"""Seconds that a request waits for its turn before it goes ahead."""
IDLE_WITHIN = 0.3
"""Seconds that work nobody waits for is put off; a burst of requests is done by then."""

_changed = threading.Lock()
_has_room, _is_idle = threading.Condition(_changed), threading.Condition(_changed)
_mine = threading.local()


@dataclass
class Threads:
    """Numbers of threads of this process: at work, waiting for their turn, and running work that nobody waits for."""

    working: int = 0
    waiting: int = 0
    clearing_up: int = 0

    @property
    def has_room(self) -> bool:
        return self.working < AT_ONCE

    @property
    def is_idle(self) -> bool:
        return not (self.working or self.waiting or self.clearing_up)


_threads = Threads()


def limit_concurrency(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that works on a few requests at a time, until the response exists; sending it needs no turn."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        _enter()
        try:
            return get_response(request)
        finally:
            _leave()

    return middleware


@contextmanager
def while_waiting() -> Iterator[None]:
    """Give up this thread's turn while it waits for something else. Does nothing if it has no turn."""
    if not getattr(_mine, "turn", False):
        yield
        return
    _leave()
    try:
        yield
    finally:
        _enter()


@contextmanager
def when_idle() -> Iterator[None]:
    """Run work that nobody waits for, one thread after the other, once no request is at work or IDLE_WITHIN is over."""
    with _changed:
        _is_idle.wait_for(lambda: _threads.is_idle, IDLE_WITHIN)
        _threads.clearing_up += 1
    try:
        yield
    finally:
        with _changed:
            _threads.clearing_up -= 1
            _is_idle.notify()


def _enter() -> None:
    with _changed:
        _threads.waiting += 1
        _has_room.wait_for(lambda: _threads.has_room, LONGEST)
        _threads.waiting -= 1
        _threads.working += 1
    _mine.turn = True


def _leave() -> None:
    _mine.turn = False
    with _changed:
        _threads.working -= 1
        _has_room.notify()
        if _threads.is_idle:
            _is_idle.notify()
