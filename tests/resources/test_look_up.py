"""What reading tells about a write whose outcome is unknown."""

import json
from datetime import UTC, datetime
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


@pytest.mark.parametrize(
    ("found", "carried_out", "said"),
    [
        ({"name": "Somebody else"}, None, "not as it was sent: it has Name “Somebody else”"),
        ({"company": "Other"}, None, "it has Company “Other”"),
        ({"name": " ada ", "lead_created_at": "2026-01-01T00:00:00.000Z"}, True, "It exists"),
        # What was not sent, and what is something else altogether, says nothing.
        ({"city": "Paris", "company": None}, True, "It exists"),
    ],
)
def test_a_record_that_is_not_as_it_was_sent_may_be_an_older_one(found, carried_out, said, main, recorder):
    sent = {**CREATED, "company": "Ours", "lead_created_at": "2026-01-01T00:00:00Z"}
    row = {"uuid": UUID, **sent, **found}
    recorder.routes = {"/v1/customers": reply(200, {"entries": [row], "cursor": None, "has_more": False})}
    finding = look_up.find_out(write(main, "customers.create", "POST", sent), client(main))
    assert (finding.carried_out, finding.record is not None) == (carried_out, bool(carried_out))
    assert said in finding.evidence


@pytest.mark.parametrize(
    ("since", "carried_out"),
    [("2023-01-01T00:00:00.000Z", False), ("2026-05-01T11:59:00.000Z", True), ("nonsense", True), (None, True)],
)
def test_a_record_that_was_there_before_is_not_the_one(since, carried_out, main, recorder):
    """Names of data sources may come again; the list says since when each is there."""
    row = {"uuid": "ds_1", "name": "Billing", "created_at": since}
    recorder.routes = {"/v1/data_sources": reply(200, {"data_sources": [row]})}
    creation = write(main, "data_sources.create", "POST", {"name": "Billing"})
    creation.sent_at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    finding = look_up.find_out(creation, client(main))
    assert finding.carried_out is carried_out
    assert ("was already there before" in finding.evidence) is not carried_out


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


def test_the_list_is_where_one_may_look_oneself(main):
    """Of what was sent, by what the list can be filtered by."""
    creation = write(main, "customers.create", "POST", CREATED)
    assert look_up.list_address(creation, "main") == (
        "/c/main/customers/list/?data_source_uuid=ds_1&external_id=ext-1",
        "List Customers",
    )
    grouped = write(main, "plan_groups.create", "POST", {"name": "Metals"})
    assert look_up.list_address(grouped, "main") == ("/c/main/plan-groups/list/", "List Plan Groups")
    assert look_up.list_address(write(main, "gone.operation", "POST"), "main") == ("", "")
