"""The trail's queries for pages of records and lists take the same time however long the trail is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity import history, services
from activity.models import Write
from connections.client import ChartMogulClient
from connections.models import Connection
from connections.roles import Permissions, Role
from resources import approval
from tests.activity.test_trail import prepared
from tests.servers import reply


@pytest.fixture
def many(main: Connection) -> Connection:
    """A connection with a trail long enough for PostgreSQL, whose planner decides by the size of a table."""
    about = {"connection": main, "method": "POST", "path": "/v1/customers", "outcome": "accepted"}
    main.second_person, main.may = True, Permissions(Role.MANAGER)
    now = timezone.now()
    Write.objects.bulk_create(
        Write(**about, record_uuid=f"cus_{number}", owner_uuid=f"ds_{number}", sent_at=now, finished_at=now)
        for number in range(2_000)
    )
    with database.cursor() as cursor:
        cursor.execute("ANALYZE activity_write")
    return main


def plan_of(asked: QuerySet[Any] | Callable[[], object]) -> str:
    """How the database finds what is asked of the trail, in its own words."""
    if isinstance(asked, QuerySet):
        return asked.explain()
    with CaptureQueriesContext(database) as queries:
        asked()
    (sql,) = [query["sql"] for query in queries if 'FROM "activity_write"' in query["sql"]]
    with database.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'' if database.vendor == 'postgresql' else 'QUERY PLAN'} {sql}")
        return str(cursor.fetchall())


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (lambda main: services.settle_all, ["write_sending"]),
        (lambda main: lambda: history.recently_deleted(main), ["write_accepted_delete"]),
        (lambda main: lambda: approval.waiting(User(pk=1), [main]), ["write_waiting"]),
        (
            lambda main: history.about_record(main, "cus_1")[:5],
            ["activity_wr_connect_de6b67_idx", "write_by_owner"],
        ),
    ],
    ids=["what was lost", "what was deleted lately", "what waits", "a history"],
)
def test_what_is_asked_all_the_time_is_found_by_an_index(ask: Callable, indexes: list[str], many: Connection):
    plan = plan_of(ask(many))
    assert [index for index in indexes if index in plan] == indexes, plan


def test_who_deleted_a_record_is_not_found_by_going_through_all_writes(many: Connection):
    plan = plan_of(lambda: history.deletion_of(many, "cus_1"))
    assert "activity_wr_connect_de6b67_idx" in plan or "write_accepted_delete" in plan


@pytest.mark.parametrize("address", ["activity/", "", "customers/cus_1/"])
def test_a_list_of_writes_reads_no_bodies(address: str, signed_in: Client, main: Connection, ada, recorder):
    recorder.routes = {"/v1/customers/cus_1": reply(200, {"uuid": "cus_1", "name": "Acme"})}
    recorder.routes["POST /v1/customers"] = reply(201, {"uuid": "cus_1", "name": "Acme"})
    write = prepared(main, ada, "Acme", "cus_1")
    services.send(write, ChartMogulClient.of(main), user=ada)
    with CaptureQueriesContext(database) as asked:
        assert "Create a Customer" in signed_in.get(f"/c/main/{address}").content.decode()
    rows = [query["sql"] for query in asked if '"activity_write"."record_name"' in query["sql"]]
    listed = [sql for sql in rows if "LIMIT" in sql]
    assert listed
    assert not [sql for sql in listed for name in Write.LARGE if f'"activity_write"."{name}"' in sql]
