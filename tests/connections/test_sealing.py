"""Sealed keys: what decrypts them and what does not."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from connections import sealing
from connections.models import Connection
from tests.connections.conftest import SECRET_KEY, TOKEN

ROOT = Path(__file__).resolve().parents[2]
OWNER = uuid.UUID("93b06efd-30f0-4153-890f-709a64cf8292")


def new_key() -> str:
    return Fernet.generate_key().decode()


def stored(name: str = "Main", token: str = TOKEN) -> Connection:
    connection = Connection(name=name, account_name="Example Test Company")
    connection.set_credential(token, SECRET_KEY)
    connection.save()
    return connection


@pytest.mark.parametrize("text", ["", "key", "a:b:c", "é€😀"])
def test_a_sealed_text_opens_for_its_owner_and_hides_what_it_holds(text):
    sealed = sealing.seal(text, OWNER)
    assert sealing.unseal(sealed, OWNER) == text
    assert not text or text not in sealed


def test_B7_no_changed_text_opens():
    # Of three lengths, since base64 pads each differently and its spare bits must count too.
    for length in range(3):
        sealed = sealing.seal("x" * (20 + 16 * length), OWNER)
        assert len(sealed) >= 140
        for place in range(len(sealed)):
            changed = sealed[:place] + chr(ord(sealed[place]) ^ 1) + sealed[place + 1 :]
            with pytest.raises(sealing.Unreadable):
                sealing.unseal(changed, OWNER)


@pytest.mark.parametrize("junk", ["", "=", "not sealed", "é", "A" * 200, " "])
def test_B7_junk_does_not_open(junk):
    for attempt in (lambda: sealing.unseal(junk, OWNER), lambda: sealing.rotate(junk)):
        with pytest.raises(sealing.Unreadable):
            attempt()
    assert not sealing.is_current(junk)


def test_B8_a_text_copied_to_another_connection_does_not_open():
    a, b = Connection(name="A"), Connection(name="B")
    a.set_credential(TOKEN)
    b.sealed_key = a.sealed_key
    assert a.open_credential().token == TOKEN
    with pytest.raises(sealing.Unreadable):
        b.open_credential()


def test_a_credential_and_its_failure_show_no_key(settings):
    connection = Connection(name="Main")
    connection.set_credential(TOKEN, SECRET_KEY)
    shown = [repr(connection.open_credential()), repr(connection), str(connection), connection.sealed_key]
    settings.CREDENTIAL_KEYS = [new_key()]
    with pytest.raises(sealing.Unreadable) as caught:
        connection.open_credential()
    shown += [repr(caught.value), str(caught.value)]
    assert not any(secret in text for text in shown for secret in (TOKEN, SECRET_KEY, *settings.CREDENTIAL_KEYS))


def test_B6_last_four_and_fingerprint_tell_keys_apart_without_giving_them_away(settings):
    connection, other = Connection(name="Main"), Connection(name="Other")
    connection.set_credential(TOKEN)
    other.set_credential(TOKEN)
    assert connection.last_four == "4f2a"
    assert len(connection.fingerprint) == 8
    assert connection.fingerprint == other.fingerprint
    other.set_credential(TOKEN, "another secret")
    assert connection.fingerprint != other.fingerprint
    # It is keyed: without the server's secret nobody can try keys against it.
    settings.SECRET_KEY = "x" * 50
    other.set_credential(TOKEN)
    assert connection.fingerprint != other.fingerprint


@pytest.mark.parametrize(("token", "last"), [("sandbox", "box"), ("abcdefgh", "efgh"), ("ab", "b"), ("a", "")])
def test_B6_of_a_short_key_at_most_half_is_shown(token, last):
    connection = Connection(name="Main")
    connection.set_credential(token)
    assert connection.last_four == last


# Rotates, and is killed the hard way in the middle of it where a number is given.
ROTATE = """
import os, signal, sys, time
import django
django.setup()
from django.core.management import call_command
from connections import sealing

rotate, kill_at, count = sealing.rotate, int(sys.argv[1]), 0

def counted(sealed):
    global count
    count += 1
    if count == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return rotate(sealed)

sealing.rotate = counted
began = time.monotonic()
call_command("rotate_credentials", stdout=sys.stderr)
print(time.monotonic() - began)
"""


def test_B9_a_thousand_keys_are_readable_at_every_moment_of_a_rotation_that_is_killed(shared, settings):
    old, new = settings.CREDENTIAL_KEYS[0], new_key()
    Connection.objects.bulk_create(
        Connection(
            name=f"No {number}", slug=f"no-{number}", uuid=(owner := uuid.uuid4()), sealed_key=sealing.seal("[]", owner)
        )
        for number in range(1000)
    )
    address = shared()
    settings.CREDENTIAL_KEYS = [new, old]

    def current() -> int:
        """How many keys the newest alone opens. All of them are opened on the way."""
        with contextlib.closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as file:
            rows = file.execute("SELECT uuid, sealed_key FROM connections_connection").fetchall()
        assert [sealing.unseal(sealed, uuid.UUID(owner)) for owner, sealed in rows] == ["[]"] * 1000
        return sum(sealing.is_current(sealed) for _, sealed in rows)

    def run(kill_at: int) -> tuple[int, str]:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", ROTATE, str(kill_at)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings",
                "DATABASE_URL": address,
                "CREDENTIAL_KEYS": f"{new},{old}",
            },
        )
        while process.poll() is None:
            current()
        return process.returncode, process.communicate()[0]

    assert current() == 0
    assert run(kill_at=500) == (-signal.SIGKILL, "")
    # In batches of a hundred: the one that was under way is as it was.
    assert current() == 400
    status, seconds = run(kill_at=0)
    assert status == 0
    assert float(seconds) < 2
    settings.CREDENTIAL_KEYS = [new]
    assert current() == 1000


@pytest.mark.django_db
def test_B9_rotation_that_was_stopped_is_taken_up_again(settings, monkeypatch):
    old, new = settings.CREDENTIAL_KEYS[0], new_key()
    monkeypatch.setattr("connections.management.commands.rotate_credentials.BATCH", 3)
    for number in range(10):
        stored(f"No {number}")
    settings.CREDENTIAL_KEYS = [new, old]
    rotate, turns = sealing.rotate, []

    def stopped(sealed):
        turns.append(sealed)
        if len(turns) == 5:
            raise KeyboardInterrupt
        return rotate(sealed)

    monkeypatch.setattr(sealing, "rotate", stopped)
    with pytest.raises(KeyboardInterrupt):
        call_command("rotate_credentials")
    assert {connection.open_credential().token for connection in Connection.objects.all()} == {TOKEN}
    assert sum(sealing.is_current(connection.sealed_key) for connection in Connection.objects.all()) == 3
    monkeypatch.setattr(sealing, "rotate", rotate)
    call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = [new]
    assert {connection.open_credential().token for connection in Connection.objects.all()} == {TOKEN}


@pytest.mark.django_db
def test_B9_rotation_names_what_it_cannot_read_and_does_the_rest(settings):
    lost, old, new = new_key(), new_key(), new_key()
    settings.CREDENTIAL_KEYS = [lost]
    stored("Lost")
    settings.CREDENTIAL_KEYS = [old]
    kept = stored("Kept")
    settings.CREDENTIAL_KEYS = [new, old]
    with pytest.raises(CommandError, match="'Lost'"):
        call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = [new]
    kept.refresh_from_db()
    assert kept.open_credential().token == TOKEN


SECRET = new_key()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param("", "is not set", id="missing"),
        pytest.param(" , ", "is not set", id="blank"),
        pytest.param("c2hvcnQ=", "not 32 bytes", id="short"),
        pytest.param("not base64 at all", "not 32 bytes", id="junk"),
        pytest.param(f"{new_key()},short", "not 32 bytes", id="second short"),
        pytest.param(SECRET, "must not be the same as SECRET_KEY", id="secret key"),
        pytest.param(f"{new_key()},{SECRET}", "must not be the same as SECRET_KEY", id="second secret key"),
    ],
)
def test_B10_the_start_is_refused_with_one_line(keys, said):
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SECRET_KEY": SECRET, "CREDENTIAL_KEYS": keys},
    )
    assert result.returncode != 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("Configuration error: CREDENTIAL_KEYS")
    assert said in line
    assert SECRET not in line


@pytest.mark.django_db
def test_slugs_are_made_once_and_are_unique(settings):
    names = ["Main", "main!", "Main 2", "MAIN?", "日本", "—", "Create", "x" * 100, "x" * 99 + "y"]
    made = [stored(name).slug for name in names]
    assert made == [
        "main",
        "main-2",
        "main-2-2",
        "main-3",
        "connection",
        "connection-2",
        "create-2",
        "x" * 90,
        "x" * 90 + "-2",
    ]
    connection = Connection.objects.get(slug="main")
    connection.name = "Renamed"
    connection.save()
    assert connection.slug == "main"
