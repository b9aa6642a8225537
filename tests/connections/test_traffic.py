"""Where the state of a connection's calls is kept: by default a row, beside a SQLite file a file."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client

from connections import services, traffic
from connections.budget import State
from connections.models import Connection, Traffic

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["row", "file"])
def kept(request: pytest.FixtureRequest, main: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "file":
        monkeypatch.setattr(traffic, "_beside_the_database", lambda pk: tmp_path / f"traffic-{pk}")
    return request.param


def put(connection: Connection, **values: object) -> State:
    """The state with these values, as it was before."""

    def alter(state: State) -> State:
        before = replace(state)
        vars(state).update(values)
        return before

    return traffic.change(connection.pk, alter)


def test_what_is_changed_is_there_for_the_next_one(kept, main):
    assert traffic.state_of(main.pk) == State()
    put(main, refused_key="a long one, which a shorter one replaces", calls=[[1.5, "1"], [2.5, ""]])
    assert put(main, refused_key="").calls == [[1.5, "1"], [2.5, ""]]
    assert traffic.state_of(main.pk) == State(calls=[[1.5, "1"], [2.5, ""]])
    assert Traffic.objects.exists() is (kept == "row")


def test_what_went_wrong_is_not_kept(kept, main):
    def alter(state: State) -> None:
        state.failures = 3
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        traffic.change(main.pk, alter)
    assert traffic.state_of(main.pk) == State()


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b'{"due": 1', b'{"of_another_version": 1}'])
def test_a_damaged_file_is_an_empty_state(content, main, tmp_path, monkeypatch):
    monkeypatch.setattr(traffic, "_beside_the_database", lambda pk: tmp_path / "traffic")
    (tmp_path / "traffic").write_bytes(content)
    assert put(main, failures=3) == State()
    assert traffic.state_of(main.pk).failures == 3


def test_a_deleted_connection_takes_it_along(
    kept, main, signed_in: Client, tmp_path, django_capture_on_commit_callbacks
):
    put(main, failures=3)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post("/connections/main/delete/")
    assert not Traffic.objects.exists()
    assert not list(tmp_path.glob("traffic-*"))


@pytest.mark.parametrize("kept", ["file"], indirect=True)
def test_a_call_under_way_while_it_is_deleted_leaves_no_file(
    kept, main, signed_in: Client, tmp_path, monkeypatch, django_capture_on_commit_callbacks
):
    pk, tell = main.pk, services.tell

    def tell_after_a_call(*args: Any, **more: Any) -> None:
        traffic.change(pk, lambda state: setattr(state, "failures", 4))
        tell(*args, **more)

    monkeypatch.setattr(services, "tell", tell_after_a_call)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post("/connections/main/delete/")
    assert not Connection.objects.exists()
    assert not list(tmp_path.glob("traffic-*"))


def test_a_connection_that_could_not_be_deleted_keeps_it(kept, main, signed_in: Client, monkeypatch):
    put(main, failures=3)
    monkeypatch.setattr(services, "tell", None)
    with pytest.raises(TypeError):
        signed_in.post("/connections/main/delete/")
    assert traffic.state_of(main.pk).failures == 3


@pytest.mark.skipif(database.vendor != "sqlite", reason="Only SQLite has one lock for all that is written.")
def test_a_call_does_not_wait_for_what_is_being_stored(main, shared, tmp_path):
    address = shared()
    caller = [sys.executable, "-m", "tests.connections.caller", "try_turns", "[0]"]
    arguments = f'{{"pk": {main.pk}, "lasts": 60, "background": true}}'
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings", "DATABASE_URL": address}
    with contextlib.closing(sqlite3.connect(tmp_path / "shared.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        # Whoever wants to write would wait for 20 s now.
        done = subprocess.run(  # noqa: S603
            [*caller, arguments], cwd=ROOT, env=environment, input="go\n", capture_output=True, text=True, timeout=15
        )
    assert done.stdout.splitlines() == ["ready", "[true]"]
    assert list(tmp_path.glob("shared.sqlite3-traffic-*"))
