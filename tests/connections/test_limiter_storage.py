"""Where the limiter's state of an account is stored: in a row by default, in a file next to an SQLite database."""

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

from connections import limiter_storage, rate_limiter, services
from connections.budget import Budget, LimiterState, Permit
from connections.models import Connection, Traffic
from connections.rate_limiter import RateLimiter
from connections.upstream_status import is_key_refused
from tests.conftest import make_connection
from tests.servers import reply

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["row", "file"])
def kept(request: pytest.FixtureRequest, main: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "file":
        monkeypatch.setattr(limiter_storage, "_beside_the_database", lambda key: tmp_path / f"traffic-{key}")
    return request.param


def put(connection: Connection, **values: object) -> LimiterState:
    """The state with these values, as it was before."""

    def alter(state: LimiterState) -> LimiterState:
        before = replace(state)
        vars(state).update(values)
        return before

    return limiter_storage.change(connection.budget_key, alter)


def test_what_is_changed_is_there_for_the_next_one(kept, main):
    assert limiter_storage.state_of(main.budget_key) == LimiterState()
    put(main, refused_keys={"a long one, which a shorter one replaces": 1.0}, calls=[[1.5, "1"], [2.5, ""]])
    assert put(main, refused_keys={}).calls == [[1.5, "1"], [2.5, ""]]
    assert limiter_storage.state_of(main.budget_key) == LimiterState(calls=[[1.5, "1"], [2.5, ""]])
    assert Traffic.objects.exists() is (kept == "row")


def test_what_went_wrong_is_not_kept(kept, main):
    def alter(state: LimiterState) -> None:
        state.failures = 3
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        limiter_storage.change(main.budget_key, alter)
    assert limiter_storage.state_of(main.budget_key) == LimiterState()


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b'{"due": 1', b'{"of_another_version": 1}'])
def test_a_damaged_file_is_an_empty_state(content, main, tmp_path, monkeypatch):
    monkeypatch.setattr(limiter_storage, "_beside_the_database", lambda key: tmp_path / "traffic")
    (tmp_path / "traffic").write_bytes(content)
    assert put(main, failures=3) == LimiterState()
    assert limiter_storage.state_of(main.budget_key).failures == 3


def test_a_deleted_connection_takes_it_along(
    kept, main, signed_in: Client, tmp_path, django_capture_on_commit_callbacks
):
    put(main, failures=3)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post("/connections/main/delete/")
    assert not Traffic.objects.exists()
    assert not list(tmp_path.glob("traffic-*"))


@pytest.fixture
def twin(main: Connection) -> Connection:
    """Another connection to the account of `main`, with a different key."""
    main.account_id = "acc_1"
    main.save()
    return make_connection("Twin", token="another", account_id="acc_1")


def gets_a_turn(connection: Connection) -> bool:
    return isinstance(RateLimiter(connection, Budget()).acquire(lasts=60, patience=0), Permit)


def test_connections_to_one_account_share_its_calls(kept, main, twin):
    others = [
        make_connection("Elsewhere", account_id="acc_2"),
        make_connection("The sandbox", kind="sandbox", account_id="acc_1"),
        make_connection("Unknown"),
        make_connection("Unknown too"),
    ]
    assert [gets_a_turn(main) for _ in range(10)] == [True] * 10
    assert [gets_a_turn(twin) for _ in range(11)] == [True] * 10 + [False]
    assert not gets_a_turn(main)
    assert [gets_a_turn(other) for other in others] == [True] * 4


def test_a_key_that_one_of_them_has_is_not_refused_for_that_of_the_other(kept, main, twin):
    put(main, refused_keys={main.fingerprint: 1.0})
    assert [is_key_refused(main), is_key_refused(twin)] == [True, False]


def test_a_new_key_of_one_says_nothing_of_the_other(kept, main, twin):
    put(main, refused_keys={main.fingerprint: 1.0, twin.fingerprint: 2.0})
    rate_limiter.key_replaced(twin)
    assert [is_key_refused(main), is_key_refused(twin)] == [True, False]


def test_what_is_known_of_an_account_goes_with_the_last_connection_to_it(
    kept, main, twin, signed_in: Client, tmp_path, django_capture_on_commit_callbacks
):
    put(main, failures=3)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post("/connections/main/delete/")
    assert limiter_storage.state_of(twin.budget_key).failures == 3
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post("/connections/twin/delete/")
    assert not Traffic.objects.exists()
    assert not list(tmp_path.glob("traffic-*"))


def test_a_connection_that_leads_elsewhere_leaves_the_other_what_it_knows(
    kept, main, twin, recorder, signed_in: Client, django_capture_on_commit_callbacks
):
    put(main, failures=3)
    recorder.routes = {
        "/v1/ping": reply(200, {"data": "pong!"}),
        "/v1/account": reply(200, {"id": "acc_2", "name": "Elsewhere"}),
    }
    with django_capture_on_commit_callbacks(execute=True):
        form = {"token": "new", "other_account": "on"}
        assert signed_in.post("/connections/main/key/", form).status_code == 302
    assert limiter_storage.state_of(twin.budget_key).failures == 3
    main.refresh_from_db()
    assert limiter_storage.state_of(main.budget_key) == LimiterState()


def test_what_an_account_was_called_before_its_id_was_known_is_forgotten(
    kept, main, recorder, signed_in: Client, tmp_path, django_capture_on_commit_callbacks
):
    put(main, failures=3)
    recorder.routes = {
        "/v1/ping": reply(200, {"data": "pong!"}),
        "/v1/account": reply(200, {"id": "acc_1", "name": main.account_name}),
    }
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post("/connections/main/test/")
    main.refresh_from_db()
    assert main.account_id == "acc_1"
    assert not Traffic.objects.filter(budget_key=f"connection {main.pk}").exists()
    assert not (tmp_path / f"traffic-connection {main.pk}").exists()


@pytest.mark.parametrize("kept", ["file"], indirect=True)
def test_a_call_under_way_while_it_is_deleted_leaves_no_file(
    kept, main, signed_in: Client, tmp_path, monkeypatch, django_capture_on_commit_callbacks
):
    key, tell = main.budget_key, services.tell

    def tell_after_a_call(*args: Any, **more: Any) -> None:
        limiter_storage.change(key, lambda state: setattr(state, "failures", 4))
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
    assert limiter_storage.state_of(main.budget_key).failures == 3


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
