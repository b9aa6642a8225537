"""I3: machines are told whether pages can be served and whether there is a worker, soon, and nothing else."""

import json
import os
import re
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.test import Client
from django.utils import timezone

from resources.management.commands import worker
from resources.sync.models import Heartbeat
from tests.conftest import make_connection
from tests.databases import free_port
from tests.servers import RecordingServer

ROOT = Path(__file__).parents[2]
WORDS = {"ok", "missing", "some unreadable", "unreadable", "unavailable"}
PAGE = """
import json, time
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False, SERVER_NAME="localhost")
found = {}
for path in ("/healthz", "/readyz"):
    began = time.monotonic()
    answer = client.get(path)
    found[path] = (answer.status_code, answer.content.decode(), time.monotonic() - began)
print(json.dumps(found))
"""


def readyz() -> tuple[int, dict[str, str]]:
    answer = Client().get("/readyz")
    found = json.loads(answer.content)
    assert set(found) <= {"database", "credentials", "worker"}
    assert set(found.values()) <= WORDS
    return answer.status_code, found


def test_I3_the_process_answers_without_login_and_without_the_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db(transaction=True)
def test_I3_a_missing_worker_is_told_and_pages_are_served_all_the_same():
    assert readyz() == (200, {"database": "ok", "credentials": "ok", "worker": "missing"})
    stopping = threading.Event()
    stopping.set()
    worker.look_after(stopping)
    assert readyz() == (200, {"database": "ok", "credentials": "ok", "worker": "ok"})
    Heartbeat.objects.update(at=timezone.now() - timedelta(seconds=80))
    assert readyz()[1]["worker"] == "missing"
    worker.look_after(stopping)
    assert readyz()[1]["worker"] == "ok"
    assert Heartbeat.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_I3_a_wrong_key_is_told(settings):
    right = settings.CREDENTIAL_KEYS
    make_connection("Main")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    assert readyz() == (503, {"database": "ok", "credentials": "unreadable", "worker": "missing"})
    make_connection("Second")
    assert readyz()[0] == 200
    assert readyz()[1]["credentials"] == "some unreadable"
    settings.CREDENTIAL_KEYS = [*settings.CREDENTIAL_KEYS, *right]
    assert readyz()[1]["credentials"] == "ok"


@pytest.mark.parametrize("how", ["a server that says nothing", "no server", "no file"])
def test_I3_a_database_that_is_gone_is_told_within_two_seconds(how: str, tmp_path: Path):
    # Where its folder is missing the start is refused; behind a link it may go later.
    (tmp_path / "db.sqlite3").symlink_to(tmp_path / "nowhere" / "db.sqlite3")
    with RecordingServer(mute=True) as silent:
        address = {
            "a server that says nothing": f"postgres://site:canary-password@127.0.0.1:{silent.port}/site",
            "no server": f"postgres://site:canary-password@127.0.0.1:{free_port()}/site",
            "no file": f"sqlite:///{tmp_path}/db.sqlite3",
        }[how]
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-W", "ignore", "-c", PAGE],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings", "DATABASE_URL": address},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["/healthz"][:2] == [200, "ok"]
    status, text, seconds = found["/readyz"]
    assert (status, json.loads(text)) == (503, {"database": "unavailable"})
    assert seconds <= 2
    assert "canary-password" not in done.stdout + done.stderr


def test_I3_no_versions_and_no_secrets(db, settings):
    make_connection("Main")
    for path in ("/healthz", "/readyz"):
        answer = Client().get(path)
        assert not re.search(r"\d", answer.content.decode())
        assert not {"Server", "X-Powered-By", "Set-Cookie"} & set(answer.headers)
        assert "Main" not in answer.content.decode()
