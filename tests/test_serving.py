"""gunicorn.conf.py: workers share the kept-alive connections of browsers, collect garbage while nobody waits, and stop
if a setting is refused."""

import contextlib
import gc
import os
import re
import selectors
import signal
import socket
import time
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.workers import gthread

from chartmogul_admin import serving
from chartmogul_admin.storage import COMMENT
from tests.processes import LISTENER, Process

CONNECTIONS = 20
STATIC = Path(__file__).resolve().parents[1] / "static"


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


@pytest.fixture
def worker() -> Iterator[serving.Worker]:
    """A worker with three connections: two kept alive, and one that has not sent anything yet."""
    settings = Config()
    settings.set("keepalive", 125)
    made = serving.Worker(0, 0, [], None, 30, settings, None)
    made.nr_conns = 3
    made.keepalived_conns.extend("ab")
    made.pending_conns.append("c")
    yield made
    serving.HELD[made.place] = 0
    made.tmp.close()


def test_a_connection_that_says_nothing_is_not_kept_for_long(worker):
    """Browsers and proxies open some ahead, and a worker that is to end waits for all that it has."""
    worker.poller, silent, result = selectors.DefaultSelector(), SimpleNamespace(), Future()
    result.set_result(gthread._DEFER)
    with worker.poller, socket.socket() as silent.sock:
        worker.finish_request(silent, result)
        assert worker.pending_conns[-1] is silent
    assert silent.timeout - time.monotonic() <= serving.SILENT_FOR


class Node:
    """Garbage, where it leads to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize(("at_work", "left"), [(0, False), (1, True)])
def test_garbage_is_looked_for_while_nobody_waits(worker, monkeypatch, at_work, left):
    monkeypatch.setattr(serving, "GARBAGE", 100)
    worker.nr_conns += at_work
    gc.disable()
    try:
        node = weakref.ref(Node())
        plenty = [[] for _ in range(200)]
        worker.notify()
        assert (node() is not None) is left
        del plenty
    finally:
        gc.enable()


@pytest.mark.parametrize(("option", "status"), [("--workers=3", 4), ("--preload", 1)])
def test_a_setting_that_is_refused_stops_the_server_with_one_line(tmp_path, option, status):
    log, options = tmp_path / "log", ["chartmogul_admin.wsgi", "--bind=127.0.0.1:0", option]
    environment = os.environ | {"DEBUG": "Ture"}
    with Process("gunicorn", *options, environment=environment, log=log, leading=True) as server:
        try:
            assert server.wait(60) == status
        finally:
            if server.poll() is None:
                server.kill_group()
    # Whatever it is, but not gunicorn's own words on which workers begin and end.
    told = [line for line in log.read_text().splitlines() if not re.search(r"\[(INFO|ERROR)\]", line)]
    assert told == ["Configuration error: DEBUG must be True or False, not 'ture'."]


@pytest.mark.parametrize(
    ("files", "text"),
    [("js/*.js", re.compile(r"^[^`]*(?:`[^`]*`[^`]*)*$")), ("css/*.css", re.compile(r'^[^"]*(?:"[^"{};]*"[^"]*)*$'))],
)
def test_no_text_of_scripts_and_style_sheets_is_changed_where_they_are_made_lean(files: str, text: re.Pattern[str]):
    """See storage.py: no template literal goes over several lines, and no string of CSS holds a brace or semicolon."""
    lines = [line for path in STATIC.glob(files) for line in COMMENT.sub("", path.read_text()).splitlines()]
    assert len(lines) > 100
    assert [line for line in lines if not text.match(line)] == []
