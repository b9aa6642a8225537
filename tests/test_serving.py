"""gunicorn.conf.py: workers share the connections that browsers keep."""

import contextlib
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from types import MappingProxyType

import pytest

from tests.processes import LISTENER, Process

CONNECTIONS = 20


@pytest.fixture
def address() -> Iterator[str]:
    options = f"--bind fd://{LISTENER} --workers 2 --graceful-timeout 1"
    with (
        socket.create_server(("127.0.0.1", 0), backlog=64) as listener,
        Process(
            "gunicorn", "tests.whoami", *options.split(), environment=os.environ, listener=listener, leading=True
        ) as server,
    ):
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.kill_group()


def both(address: str, other_than: str = "") -> set[str]:
    """The two workers, once both answer."""
    seen: set[str] = set()
    with contextlib.ExitStack() as kept:
        while len(seen) < 2:
            # The server ends it, so it counts for nobody afterwards.
            seen |= {asked(kept, address, {"Connection": "close"})} - {other_than}
    return seen


def asked(kept: contextlib.ExitStack, address: str, headers: Mapping[str, str] = MappingProxyType({})) -> str:
    """Who answers over a new connection, which stays open."""
    connection = kept.enter_context(contextlib.closing(HTTPConnection(address, timeout=30)))
    connection.request("GET", "/", headers=dict(headers))
    return connection.getresponse().read().decode()


def shares(address: str) -> Counter[str]:
    """How many of the connections that stay open each worker has."""
    with contextlib.ExitStack() as kept:
        return Counter(asked(kept, address) for _ in range(CONNECTIONS))


def test_no_worker_has_most_of_the_connections(address: str):
    workers = both(address)
    found = shares(address)
    assert set(found) == workers
    assert min(found.values()) >= CONNECTIONS // 4


def test_a_worker_that_is_killed_has_no_share_any_more(address: str):
    killed = both(address).pop()
    os.kill(int(killed), signal.SIGKILL)
    workers = both(address, other_than=killed)
    found = shares(address)
    assert set(found) == workers
    assert min(found.values()) >= CONNECTIONS // 4
