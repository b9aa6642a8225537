"""How gunicorn's workers share connections, when they look for garbage, and that they stop where a setting is refused
(gunicorn.conf.py names the class)."""

import ctypes
import gc
import mmap
import os
import socket
import sys
import time
from typing import Any

from gunicorn.errors import AppImportError
from gunicorn.workers.gthread import ThreadWorker

WORKERS = 256
LEFT_FOR = 0.002
TIMES_LEFT = 25
"""How often a new connection is left to others before it is taken all the same: one of them may be stuck."""
SILENT_FOR = 5
"""Seconds that a connection may go on saying nothing: browsers and proxies open some ahead, and a worker that is to end
waits for them."""
GARBAGE = 10_000
"""Objects that are worth looking through for garbage, which holds up every thread: some 30 pages leave that many."""
OLDER = 50
"""How often that is done until those that were no garbage before are looked through once more."""
MOST_GARBAGE = 100_000
"""How many there are where they are looked through whatever happens meanwhile."""
M_MMAP_THRESHOLD, LARGE = -3, 1024 * 1024
"""What malloc.h calls it, and bytes."""
# Of each worker, 1 and the connections that it has; 0 where there is none. All are forked from one process and see it.
HELD = memoryview(mmap.mmap(-1, 4 * WORKERS)).cast("i")
# A pipe with one byte in it, for the first worker that stops the server.
FIRST, _end = os.pipe()
os.set_blocking(FIRST, False)
os.write(_end, b"1")


class Worker(ThreadWorker):
    """gunicorn's worker with threads, which leaves a new connection to a worker that has fewer.

    Browsers and proxies keep their connections, and each stays with the worker that took it. All workers are woken for
    a new one and the fastest takes it, so left to themselves one worker has most of them, and what many people ask for
    at the same moment waits for one core while the others have nothing to do.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        # Still in the process that forks.
        self.place = next(place for place, held in enumerate(HELD) if not held)
        self.held = self.times_left = 0
        super().__init__(*arguments, **more)

    @property
    def nr_conns(self) -> int:
        return self.held

    @nr_conns.setter
    def nr_conns(self, connections: int) -> None:
        self.held = connections
        # One that is to end takes no more, however few it has.
        HELD[self.place] = connections + 1 if self.alive else 0

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        HELD[self.place] = 0

    def accept(self, listener: socket.socket) -> None:
        if self.times_left < TIMES_LEFT and any(0 < held < HELD[self.place] for held in HELD):
            self.times_left += 1
            time.sleep(LEFT_FOR)
            # The selector tells of it again, as long as nobody has taken it.
            return
        self.times_left = 0
        super().accept(listener)

    def init_process(self) -> None:
        give_back_large_blocks()
        gc.set_threshold(MOST_GARBAGE, *gc.get_threshold()[1:])
        super().init_process()

    def load_wsgi(self) -> None:
        try:
            super().load_wsgi()
        except SystemExit as refusal:
            # A signal that ends it meanwhile gives a number.
            if not isinstance(refusal.code, str):
                raise
            self.stop_server(refusal.code)

    def stop_server(self, why: str) -> None:
        """Have gunicorn print this and stop. For a worker that ends in another way it starts a new one, and were that
        for a setting that is refused, it would do so without end."""
        try:
            os.read(FIRST, 1)
        except BlockingIOError:
            # It stops already. A second worker that ends so at the same time would break that off with a traceback, and
            # one that ends at once be replaced.
            time.sleep(0.5)
            sys.exit(0)
        raise AppImportError(why)

    def finish_request(self, conn: Any, fs: Any) -> None:
        super().finish_request(conn, fs)
        if self.pending_conns and self.pending_conns[-1] is conn:
            # gunicorn gives it as long as one that is kept.
            conn.timeout = min(conn.timeout, time.monotonic() + SILENT_FOR)

    def notify(self) -> None:
        """Called whenever something has happened, and each second in which nothing has."""
        super().notify()
        if self.held == len(self.keepalived_conns) + len(self.pending_conns):
            tidy_up()

    def ended(self) -> None:
        """Nothing is left to it any more. Called in the process that forks."""
        HELD[self.place] = 0


def give_back_large_blocks() -> None:
    """Have the memory of a large form or page given back once it is free. By itself glibc keeps what was as large as an
    earlier one, for each thread apart. Elsewhere there is nothing to set."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, LARGE)


def tidy_up() -> None:
    """Look for garbage where there is enough of it. Called where nobody has to wait for that."""
    young, _, times = gc.get_count()
    if young >= GARBAGE:
        gc.collect(2 if times >= OLDER else 1)
