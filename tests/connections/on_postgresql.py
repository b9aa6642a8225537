"""Tests for PostgreSQL only: the limiter's state of an account, and database users without rights. They are run by
tests/test_other_databases.py."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError
from django.db import connection as database

from connections import limiter_storage
from connections.budget import LimiterState
from connections.models import Connection


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [1, limiter_storage.TRIES])
def test_who_was_overtaken_starts_from_what_the_other_left(times, main):
    """Nobody's call is lost, however often somebody else is quicker."""
    limiter_storage.change(main.budget_key, lambda state: setattr(state, "calls", []))
    met = []

    def alter(state: LimiterState) -> None:
        met.append(list(state.calls))
        if len(met) <= times:
            with ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(overtake, len(met)).result(10)
        state.calls = [*state.calls, ["mine", ""]]

    def overtake(number: int) -> None:
        # As a thread of another process does.
        try:
            limiter_storage._change_unlocked(
                main.budget_key, lambda state: setattr(state, "calls", [*state.calls, [number, ""]])
            )
        finally:
            database.close()

    limiter_storage.change(main.budget_key, alter)
    others = [[number, ""] for number in range(1, times + 1)]
    assert met == [others[:known] for known in range(times + 1)]
    assert limiter_storage.state_of(main.budget_key).calls == [*others, ["mine", ""]]


def test_a_user_without_rights_is_told_so_in_one_line():
    """As PostgreSQL 15 has it of everybody who does not own the database."""
    server = database.settings_dict
    place = f"{server['HOST']}:{server['PORT']}/postgres"
    with psycopg.connect(f"postgres://{server['USER']}@{place}", autocommit=True) as owner:
        owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        owner.execute("DROP ROLE IF EXISTS guest")
        owner.execute("CREATE ROLE guest LOGIN")
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"DATABASE_URL": f"postgres://guest@{place}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Configuration error: DATABASE_URL names a user without the necessary rights")
    assert line.endswith(": permission denied for schema public")


@pytest.mark.django_db(transaction=True)
def test_threads_of_one_process_do_not_overtake_each_other(main, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limiter_storage, "A_MOMENT", 30)
    limiter_storage.change(main.budget_key, lambda state: setattr(state, "calls", []))
    begun = []

    def alter(state: LimiterState) -> None:
        begun.append(len(state.calls))
        state.calls = [*state.calls, [len(state.calls), ""]]

    def change(_: int) -> None:
        try:
            limiter_storage.change(main.budget_key, alter)
        finally:
            database.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(80)))
    assert begun == list(range(80)), "none began twice"


@pytest.mark.django_db(transaction=True)
def test_what_comes_after_a_lost_connection_gets_a_new_one(main):
    """PostgreSQL was started anew while ChartMogul was waited for: what it answered must not be lost for that."""
    limiter_storage.change(main.budget_key, lambda state: setattr(state, "failures", 1))
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (lost,) = cursor.fetchone()
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(end, lost).result(10)
    with pytest.raises(DatabaseError):
        limiter_storage.change(main.budget_key, lambda state: setattr(state, "failures", 2))
    assert Connection.objects.get(pk=main.pk) == main
    assert limiter_storage.state_of(main.budget_key).failures == 1


def end(process: int) -> None:
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    finally:
        database.close()
