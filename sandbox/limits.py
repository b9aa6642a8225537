"""The two published limits: 40 requests per second, and 20 at a time."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox.errors import TEXT, ApiError, coded


class RateLimit:
    """Allows `per_second` requests within any second; None means no limit."""

    def __init__(self, per_second: int | None, clock: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._times: deque[float] | None = deque(maxlen=per_second) if per_second else None

    def check(self) -> None:
        if self._times is None:
            return
        with self._lock:
            now = self._clock()
            if len(self._times) == self._times.maxlen and now - self._times[0] < 1:
                raise coded(429, "Your request rate has exceeded our rate limit.")
            self._times.append(now)


class ParallelLimit:
    """Allows `most` requests at a time."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    @contextmanager
    def hold(self) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            # The body of the real refusal is not known.
            raise ApiError(503, "Service Unavailable", TEXT)
        try:
            yield
        finally:
            self._free.release()
