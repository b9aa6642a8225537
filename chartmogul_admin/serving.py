"""A gunicorn worker class (used in gunicorn.conf.py) that shares connections evenly, collects garbage while idle, and
stops the server if a setting is refused."""

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
"""How often a new connection is left to other workers before this one takes it anyway: another one may be stuck."""
SILENT_FOR = 5
"""Seconds that a new connection may stay silent: browsers and proxies open some in advance, and a stopping worker waits
for them."""
GARBAGE = 10_000
"""Number of new objects from which a garbage collection, which stops all threads, is worthwhile: some 30 pages leave
that many."""
OLDER = 50
"""Number of collections of young objects after which old ones are collected too."""
MOST_GARBAGE = 100_000
"""Number of new objects from which they are collected even while requests are under way."""
M_MMAP_THRESHOLD, LARGE = -3, 1024 * 1024
"""The option's number in malloc.h, and its value in bytes."""
# For each worker: 1 + its number of connections, 0 if there is no such worker. In shared memory, as all workers are
# forked from one process.
HELD = memoryview(mmap.mmap(-1, 4 * WORKERS)).cast("i")
# A pipe that holds one byte, for the first worker that stops the server.
FIRST, _end = os.pipe()
os.set_blocking(FIRST, False)
os.write(_end, b"1")


class Worker(ThreadWorker):
    """gunicorn's threaded worker, which leaves a new connection to a worker that has fewer.

    Browsers and proxies keep connections open, and each stays with the worker that accepted it. A new one wakes all
    workers and the fastest accepts it. Without this, one worker would get most of them, and the requests of many people
    at the same moment would wait for one core while the other workers are idle.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        # This runs in the parent process, before the fork.
        self.place = next(place for place, held in enumerate(HELD) if not held)
        self.held = self.times_left = 0
        super().__init__(*arguments, **more)

    @property
    def nr_conns(self) -> int:
        return self.held

    @nr_conns.setter
    def nr_conns(self, connections: int) -> None:
        self.held = connections
        # A stopping worker accepts no more, however few it has.
        HELD[self.place] = connections + 1 if self.alive else 0

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        HELD[self.place] = 0

    def accept(self, listener: socket.socket) -> None:
        if self.times_left < TIMES_LEFT and any(0 < held < HELD[self.place] for held in HELD):
            self.times_left += 1
            time.sleep(LEFT_FOR)
            # The selector reports the connection again until a worker accepts it.
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
            # If a signal ended the worker meanwhile, the code is a number.
            if not isinstance(refusal.code, str):
                raise
            self.stop_server(refusal.code)

    def stop_server(self, why: str) -> None:
        """Make gunicorn print `why` and stop. It replaces a worker that ends in any other way, and would do so
        endlessly if a setting is refused."""
        try:
            os.read(FIRST, 1)
        except BlockingIOError:
            # gunicorn is already stopping. A second worker that raises this at the same time would interrupt that with
            # a traceback, and one that exits at once would be replaced.
            time.sleep(0.5)
            sys.exit(0)
        raise AppImportError(why)

    def finish_request(self, conn: Any, fs: Any) -> None:
        super().finish_request(conn, fs)
        if self.pending_conns and self.pending_conns[-1] is conn:
            # By default gunicorn gives a new connection as long as one that is kept alive.
            conn.timeout = min(conn.timeout, time.monotonic() + SILENT_FOR)

    def notify(self) -> None:
        """Called by gunicorn after each event, and once a second without one."""
        super().notify()
        if self.held == len(self.keepalived_conns) + len(self.pending_conns):
            tidy_up()

    def ended(self) -> None:
        """Stop leaving connections to this worker. Called in the parent process when it has ended."""
        HELD[self.place] = 0


def give_back_large_blocks() -> None:
    """Make glibc return the memory of a large form or page once it is freed. By default it keeps blocks of a size that
    was freed before, for each thread separately. Other C libraries need no setting."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, LARGE)


def tidy_up() -> None:
    """Collect garbage if there is enough of it. Called when no request has to wait for it."""
    young, _, times = gc.get_count()
    if young >= GARBAGE:
        gc.collect(2 if times >= OLDER else 1)
