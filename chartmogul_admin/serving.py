"""How gunicorn's workers share connections (gunicorn.conf.py names the class)."""

import mmap
import socket
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from connections import interpreter

WORKERS = 256
LEFT_FOR = 0.002
TIMES_LEFT = 25
"""How often a new connection is left to others before it is taken all the same: one of them may be stuck."""
# Of each worker, 1 and the connections that it has; 0 where there is none. All are forked from one process and see it.
HELD = memoryview(mmap.mmap(-1, 4 * WORKERS)).cast("i")


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

    def notify(self) -> None:
        """Called whenever something has happened, and each second in which nothing has."""
        super().notify()
        interpreter.tidy_up()

    def ended(self) -> None:
        """Nothing is left to it any more. Called in the process that forks."""
        HELD[self.place] = 0
