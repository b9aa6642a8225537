"""With TASKS=rq background work is queued in Redis: a worker completes the sync of an account from the queue."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from redis import Redis
from rq import Queue

from resources.sync.models import State
from tests.account import BigAccount
from tests.databases import redis

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = shutil.which("redis-server")
COUNT = 450
PATIENCE = 60.0

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="Redis is not installed here"),
    pytest.mark.skipif(database.vendor != "sqlite", reason="Where tasks wait has nothing to do with the database."),
]


@pytest.fixture
def account() -> Iterator[BigAccount]:
    with BigAccount(customers=(COUNT, lambda number: {"uuid": f"cus_{number}", "name": f"Customer {number}"})) as it:
        yield it


@pytest.fixture
def environment(main: Any, shared: Callable[[], str], account: BigAccount) -> Iterator[dict[str, str]]:
    """The environment of an installation with tasks in Redis; its connection Main leads to the account."""
    with redis(PROGRAM or "") as address:
        yield os.environ | {
            "DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings",
            "TASKS": "rq",
            "CACHE_URL": address,
            "DATABASE_URL": shared(),
            "CHARTMOGUL_API_URL": account.url,
        }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with (tmp_path / "worker.log").open("w") as log:
        command = [sys.executable, "manage.py", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, text=True)  # noqa: S603
        yield process
        process.kill()
        process.wait(10)


def readings(file: Path) -> list[tuple[str, str, str]]:
    """(state, problem, when the last one came to its end) of each account."""
    with contextlib.closing(sqlite3.connect(file)) as found:
        return found.execute("SELECT state, problem, finished_at FROM resources_sync").fetchall()


def finished(tmp_path: Path, worker: "subprocess.Popen[str]", after: str = "") -> str:
    """When the reading came to its end that was begun after another one had."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and worker.poll() is None:
        for state, problem, at in readings(tmp_path / "shared.sqlite3"):
            if state == State.DONE and at > after:
                assert problem == ""
                return at
        time.sleep(0.05)
    raise AssertionError((tmp_path / "worker.log").read_text()[-4_000:])


def test_a_worker_reads_what_waits_in_redis(environment, worker, account, tmp_path):
    # It looks for what is due when it starts, and an account that was never read is.
    first = finished(tmp_path, worker)
    assert account.fetched["customers", 400] == 1
    # What somebody asks for in another process, such as a web server, is heard as well.
    asking = "from resources.sync import services; from connections.models import Connection"
    ask = f"import django; django.setup(); {asking}; services.ask(Connection.objects.get(), anew=True)"
    subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=environment, check=True)  # noqa: S603
    finished(tmp_path, worker, after=first)
    assert {account.fetched["customers", page] for page in range(0, COUNT, 200)} == {2}
    with contextlib.closing(sqlite3.connect(tmp_path / "shared.sqlite3")) as found:
        assert found.execute("SELECT count(*) FROM resources_entry WHERE resource = 'customers'").fetchone() == (COUNT,)
    # It ends what it is at first: a reading is done a moment before its job is put away.
    worker.terminate()
    assert worker.wait(20) == 0
    with Redis.from_url(environment["CACHE_URL"]) as there:
        queue = Queue("default", connection=there)
        # Both were there, and nothing waits or failed.
        assert queue.finished_job_registry.count >= 2
        assert (queue.count, queue.failed_job_registry.count) == (0, 0)
