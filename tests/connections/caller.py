"""Calls ChartMogul in a separate process, for test_rate_limiter.py: `python -m tests.connections.caller WORK FIRST MORE`.

WORK is the name of a function below, FIRST its first argument and MORE the other ones, both as JSON. It prints `ready`,
waits for a line, does the work and prints the result as one line of JSON.
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
    """Records the times for which its permits were given."""

    left: ClassVar[list[float]] = []

    def acquire(self, **how: Any) -> Permit | Refusal:
        turn = super().acquire(**how)
        if isinstance(turn, Permit):
            self.left.append(turn.at)
        return turn


def call_for(seconds: float, *, pk: int, path: str, background: bool, threads: int) -> dict[str, list[Any]]:
    """Make one call after another in each of `threads` threads. Return the result of each call (`met`: "ok" or the name
    of the error), its duration in seconds (`took`), and the times of the permits by the system clock (`left`)."""
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
    """Return for each of `times`, in seconds from now, whether a permit is given then without waiting."""
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
    # No log line for each call.
    logging.disable(logging.INFO)
    work = {"call_for": call_for, "try_turns": try_turns}[sys.argv[1]]
    say("ready")
    sys.stdin.readline()
    say(json.dumps(work(json.loads(sys.argv[2]), **json.loads(sys.argv[3]))))
