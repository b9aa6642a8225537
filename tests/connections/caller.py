"""A process of its own that calls ChartMogul: `python -m tests.connections.caller '{...}'`, for test_rate_limiter.py.

Says `ready`, waits for a line, does its work and says what came of it as one line of JSON.
"""

import json
import logging
import sys
import threading
import time
from typing import Any, ClassVar
from unittest.mock import patch

import django

django.setup()

from django.db import connection as database  # noqa: E402

from connections.api_request import ApiRequest  # noqa: E402
from connections.budget import Budget, Permit, Refusal  # noqa: E402
from connections.client import ChartMogulClient  # noqa: E402
from connections.errors import ApiError  # noqa: E402
from connections.models import Connection  # noqa: E402
from connections.rate_limiter import RateLimiter  # noqa: E402


class NotingLimiter(RateLimiter):
    """Keeps the moments at which its calls were to leave."""

    left: ClassVar[list[float]] = []

    def acquire(self, **how: Any) -> Permit | Refusal:
        turn = super().acquire(**how)
        if isinstance(turn, Permit):
            self.left.append(turn.at)
        return turn


def call_for(seconds: float, *, pk: int, path: str, background: bool, threads: int) -> dict[str, list[Any]]:
    """Call one after another in so many threads. What came of each, the seconds that it took, and the moments at which
    calls left by the clock of the machine."""
    results: list[tuple[str, float]] = []
    end = time.monotonic() + seconds
    with patch("connections.client.RateLimiter", NotingLimiter):
        client = ChartMogulClient.of(Connection.objects.get(pk=pk), background=background)

    def work() -> None:
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                client.send(ApiRequest.build("GET", path))
                met = "ok"
            except ApiError as error:
                met = type(error).__name__
            results.append((met, time.monotonic() - began))
        database.close()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return {
        "met": [met for met, _ in results],
        "took": [seconds for _, seconds in results],
        "left": NotingLimiter.left,
    }


def try_turns(times: list[float], *, pk: int, lasts: float, background: bool) -> list[bool]:
    """Whether there is a turn so many seconds from now, asked without waiting."""
    limiter = RateLimiter(Connection.objects.get(pk=pk), Budget(), background=background)
    given = []
    for later in times:
        turn = limiter.acquire(lasts=lasts, patience=0, clock=lambda later=later: time.time() + later)
        given.append(isinstance(turn, Permit))
        if isinstance(turn, Permit):
            limiter.give_back(turn)
    return given


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # Not a line for each call.
    logging.disable(logging.INFO)
    work = {"call_for": call_for, "try_turns": try_turns}[sys.argv[1]]
    say("ready")
    sys.stdin.readline()
    say(json.dumps(work(json.loads(sys.argv[2]), **json.loads(sys.argv[3]))))
