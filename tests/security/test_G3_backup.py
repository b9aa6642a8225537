"""G3: a backup taken while others write is whole, and its keys are readable with CREDENTIAL_KEYS and not without."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from connections.models import Connection
from tests.conftest import make_connection
from tests.connections.conftest import TOKEN

ROOT = Path(__file__).parents[2]
# What a clean machine says of a database that was put there.
OPEN = """
import json
import django
django.setup()
from django.core.management import call_command
call_command("migrate", check_unapplied=True, verbosity=0)
from connections.models import Connection
from connections.sealing import Unreadable

def key(connection):
    try:
        return connection.open_credential().token
    except Unreadable:
        return None

print(json.dumps({connection.name: key(connection) for connection in Connection.objects.all()}))
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings"} | environment
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603


@contextlib.contextmanager
def somebody_writing(file: str) -> Iterator[list[int]]:
    """Two rows of the database are always alike, and change all the time meanwhile; gives the changes so far."""
    stopping, written = threading.Event(), [0]
    with contextlib.closing(sqlite3.connect(file, timeout=20)) as setup, setup:
        setup.execute("CREATE TABLE pair (first INTEGER, second INTEGER)")
        setup.execute("INSERT INTO pair VALUES (0, 0)")

    def write() -> None:
        with contextlib.closing(sqlite3.connect(file, timeout=20)) as database:
            while not stopping.is_set():
                with database:
                    database.execute("UPDATE pair SET first = first + 1")
                    database.execute("UPDATE pair SET second = second + 1")
                written[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stopping.set()
        thread.join()


@pytest.fixture
def database(shared: Callable[[], str]) -> str:
    """The URL of a database, on SQLite a file, with a key in it."""
    make_connection("Main", token=TOKEN)
    return shared()


def test_G3_a_backup_taken_while_others_write_is_whole_and_opens_with_the_key(database: str, tmp_path: Path, settings):
    copy = tmp_path / "backup.sqlite3"
    with somebody_writing(database.removeprefix("sqlite:///")) as written:
        before = written[0]
        done = run("manage.py", "backup", str(copy), DATABASE_URL=database)
        after = written[0]
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
    assert after > before, "somebody wrote meanwhile"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith("backup")} == {"backup.sqlite3"}
    with contextlib.closing(sqlite3.connect(copy)) as restored:
        assert restored.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        first, second = restored.execute("SELECT first, second FROM pair").fetchone()
        assert first == second
        assert before <= first <= after + 1
    there = {"DATABASE_URL": f"sqlite:///{copy}", "CREDENTIAL_KEYS": ",".join(settings.CREDENTIAL_KEYS)}
    for keys, found in ((there["CREDENTIAL_KEYS"], TOKEN), (Fernet.generate_key().decode(), None)):
        opened = run("-W", "ignore", "-c", OPEN, **(there | {"CREDENTIAL_KEYS": keys}))
        assert opened.returncode == 0, opened.stderr
        assert json.loads(opened.stdout) == {"Main": found}


@pytest.mark.django_db(transaction=True)
def test_G3_a_backup_writes_over_nothing_and_leaves_nothing_half_done(tmp_path: Path):
    make_connection("Main")
    (tmp_path / "there").write_text("mine")
    for path in (tmp_path / "there", tmp_path / "nowhere" / "backup"):
        with pytest.raises(CommandError):
            call_command("backup", path)
    assert (tmp_path / "there").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert Connection.objects.count() == 1
