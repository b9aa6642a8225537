"""What reading tells about a write whose outcome is unknown."""

import json
from typing import Any

import pytest

from activity.models import Outcome, Write
from connections.client import ChartMogulClient
from connections.errors import ServerFault
from resources import look_up
from tests.servers import reply

UUID = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"


def write(main, operation: str, method: str, body: Any = None, before: Any = None, uuid: str = "") -> Write:
    return Write(
        connection=main,
        operation=operation,
        resource=operation.partition(".")[0],
        method=method,
        path=f"/v1/customers/{uuid}".rstrip("/"),
        body=None if body is None else json.dumps(body).encode(),
        record_uuid=uuid,
        before=before,
        outcome=Outcome.UNKNOWN,
    )


def client(main) -> ChartMogulClient:
    return ChartMogulClient.of(main)


CREATED = {"data_source_uuid": "ds_1", "external_id": "ext-1", "name": "Ada"}


@pytest.mark.parametrize(
    ("rows", "carried_out"),
    [
        ([{"uuid": UUID, **CREATED}], True),
        ([], False),
        # A filter that is ignored gives everything: only what was asked for counts.
        ([{"uuid": UUID, "data_source_uuid": "ds_1", "external_id": "another"}], False),
        ([{"uuid": UUID, "data_source_uuid": "ds_2", "external_id": "ext-1"}], False),
    ],
)
def test_a_creation_is_looked_for_by_what_identifies_it(rows, carried_out, main, recorder):
    recorder.routes = {"/v1/customers": reply(200, {"entries": rows, "cursor": None, "has_more": False})}
    finding = look_up.find_out(write(main, "customers.create", "POST", CREATED), client(main))
    assert finding.carried_out is carried_out
    assert {request.method for request in recorder.requests} == {"GET"}
    assert "external_id=ext-1" in recorder.requests[0].query


@pytest.mark.parametrize(("status", "carried_out"), [(404, True), (200, False)])
def test_a_deletion_shows_in_whether_the_record_is_there(status, carried_out, main, recorder):
    recorder.routes = {f"/v1/customers/{UUID}": reply(status, {"uuid": UUID})}
    finding = look_up.find_out(write(main, "customers.delete", "DELETE", uuid=UUID), client(main))
    assert finding.carried_out is carried_out


@pytest.mark.parametrize(
    ("now", "carried_out"), [({"name": "Grace"}, True), ({"name": "Ada"}, False), ({"name": "Ada", "zip": "9"}, False)]
)
def test_an_update_shows_in_whether_what_was_sent_differs_from_before(now, carried_out, main, recorder):
    recorder.routes = {f"/v1/customers/{UUID}": reply(200, {"uuid": UUID, **now})}
    before = {"uuid": UUID, "name": "Ada", "zip": "1"}
    finding = look_up.find_out(write(main, "customers.update", "PATCH", {"name": "Grace"}, before, UUID), client(main))
    assert finding.carried_out is carried_out


def test_a_look_up_that_fails_is_no_finding(main, recorder, quick):
    recorder.routes = {"/v1/customers": reply(500)}
    with pytest.raises(ServerFault):
        look_up.find_out(write(main, "customers.create", "POST", CREATED), client(main))


def test_only_what_can_be_told_is_offered(main):
    assert look_up.possible(write(main, "customers.create", "POST", CREATED))
    assert look_up.possible(write(main, "customers.delete", "DELETE", uuid=UUID))
    assert not look_up.possible(write(main, "customers.create", "POST", {"name": "Ada"}))
    assert not look_up.possible(write(main, "plan_groups.create", "POST", {"name": "Metals"}))
    assert not look_up.possible(write(main, "gone.operation", "POST", {"name": "x"}))
