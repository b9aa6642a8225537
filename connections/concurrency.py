"""How the requests of one process share its interpreter, which runs one thread at a time however many there are.

Threads that push each other aside every few milliseconds all end late: of twenty people who click in the same moment,
each would wait for all twenty pages, and ChartMogul would have nothing to do until the last of them has asked it. So a
few requests are worked on at a time and the others wait for their turn; who waits for ChartMogul lets the next one in.

It is no lock. A turn that does not come within a moment is taken: who is at work may wait for something that the others
do not need, such as a row that somebody else has locked.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

AT_ONCE = 2
"""One that runs, and one more for while that waits for the database."""
LONGEST = 0.25
"""Seconds that a request waits for its turn."""
IDLE_WITHIN = 0.3
"""Seconds that what nobody waits for is put off: a crowd is through by then."""

_changed = threading.Lock()
_has_room, _is_idle = threading.Condition(_changed), threading.Condition(_changed)
_mine = threading.local()


@dataclass
class Threads:
    """The threads of this process: those at work, those that wait for their turn, and those that clear up."""

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
    """Work on a few requests at a time: until an answer is there, not while it is sent."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        _enter()
        try:
            return get_response(request)
        finally:
            _leave()

    return middleware


@contextmanager
def while_waiting() -> Iterator[None]:
    """Let others in while this thread waits for somebody else. Nothing to a thread that has no turn."""
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
    """What nobody waits for, once nobody is at work, one after the other."""
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
