"""What reading from ChartMogul reveals about a write whose outcome is unknown."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from activity import services as activity
from activity.models import Outcome, Write
from connections.client import ChartMogulClient
from connections.errors import ServerFault
from resources import outcome_check
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
    finding = outcome_check.find_out(write(main, "customers.create", "POST", CREATED), client(main))
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
        ({"state": "NY"}, True, "It exists"),
        ({"state": "US-NY"}, True, "It exists"),
        ({"state": "NJ"}, None, "it has State “NJ”"),
    ],
)
def test_a_record_that_is_not_as_it_was_sent_may_be_an_older_one(found, carried_out, said, main, recorder):
    sent = {**CREATED, "state": "US-NY", "company": "Ours", "lead_created_at": "2026-01-01T00:00:00Z"}
    row = {"uuid": UUID, **sent, **found}
    recorder.routes = {"/v1/customers": reply(200, {"entries": [row], "cursor": None, "has_more": False})}
    finding = outcome_check.find_out(write(main, "customers.create", "POST", sent), client(main))
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
    with time_machine.travel("2026-05-01T12:01:00Z"):
        finding = outcome_check.find_out(creation, client(main))
    assert finding.carried_out is carried_out
    assert ("was already there before" in finding.evidence) is not carried_out


PLAN = {"data_source_uuid": "ds_1", "name": "Gold", "interval_count": 1, "interval_unit": "month"}


@pytest.mark.parametrize(
    ("found", "carried_out", "said"),
    [
        ([], False, "ChartMogul has no plan like the one that was sent. You can send it again."),
        ([{**PLAN, "interval_count": 3}], False, "has no plan like"),
        ([{**PLAN, "data_source_uuid": "ds_2"}], False, "has no plan like"),
        (
            [{**PLAN, "name": "gold "}],
            None,
            "has a plan like the one that was sent: “gold ” (pl_1). Either this made it",
        ),
        ([PLAN, PLAN], None, "“Gold” (pl_1) and “Gold” (pl_2)"),
        ([{"odd": 1}], False, "has no plan like"),
    ],
)
def test_what_nothing_identifies_is_held_against_all_that_is_there(found, carried_out, said, main, recorder):
    rows = [{"uuid": f"pl_{number}", **plan} for number, plan in enumerate(found, start=1)]
    recorder.script = [
        reply(200, {"plans": [{**PLAN, "uuid": "pl_0", "name": "Silver"}], "cursor": "next", "has_more": True}),
        reply(200, {"plans": rows, "cursor": "last", "has_more": False}),
    ]
    creation = write(main, "plans.create", "POST", PLAN)
    finding = outcome_check.find_out(creation, client(main))
    assert (finding.carried_out, finding.record) == (carried_out, None)
    assert said in finding.evidence
    assert all("data_source_uuid=ds_1" in request.query for request in recorder.requests)


def test_a_list_that_is_too_long_to_be_read_tells_nothing(main, recorder, monkeypatch):
    monkeypatch.setattr(outcome_check, "LOOKED_THROUGH", 1)
    rows = [{"uuid": "plg_1", "name": "Wood"}, {"uuid": "plg_2", "name": "Metals"}]
    recorder.routes = {"/v1/plan_groups": reply(200, {"plan_groups": rows, "has_more": False})}
    finding = outcome_check.find_out(write(main, "plan_groups.create", "POST", {"name": "Metals"}), client(main))
    assert finding.carried_out is None
    assert finding.evidence == "None of the first 1 plan groups is like the one that was sent, but there are more."


@pytest.mark.parametrize(("result", "carried_out"), [("successful", None), ("failed", False)])
def test_a_transaction_without_external_id_is_sought_in_its_invoice(result, carried_out, main, recorder):
    sent = {"type": "payment", "date": "2026-01-31T00:00:00Z", "result": "successful"}
    there = {**sent, "uuid": "tr_1", "date": "2026-01-31T00:00:00.000Z", "result": result, "amount_in_cents": 5000}
    recorder.routes = {"/v1/invoices/inv_1": reply(200, {"uuid": "inv_1", "transactions": [there]})}
    creation = write(main, "transactions.import", "POST", sent)
    creation.path = "/v1/import/invoices/inv_1/transactions"
    finding = outcome_check.find_out(creation, client(main))
    assert finding.carried_out is carried_out
    assert ("(tr_1)" in finding.evidence) is (carried_out is None)


@pytest.mark.parametrize(("status", "carried_out"), [(404, True), (200, False)])
def test_a_deletion_shows_in_whether_the_record_is_there(status, carried_out, main, recorder):
    recorder.routes = {f"/v1/customers/{UUID}": reply(status, {"uuid": UUID})}
    finding = outcome_check.find_out(write(main, "customers.delete", "DELETE", uuid=UUID), client(main))
    assert finding.carried_out is carried_out


@pytest.mark.parametrize(("status", "carried_out"), [(404, True), (200, False)])
def test_a_deletion_by_the_console_shows_there_too(status, carried_out, main, recorder):
    recorder.routes = {f"/v1/customers/{UUID}": reply(status, {"uuid": UUID})}
    deletion = write(main, "customers.delete", "DELETE", uuid=UUID)
    deletion.operation = "api_call"
    assert outcome_check.possible(deletion)
    assert outcome_check.find_out(deletion, client(main)).carried_out is carried_out
    assert recorder.paths == [f"/v1/customers/{UUID}"]


@pytest.mark.parametrize(
    ("now", "carried_out"), [({"name": "Grace"}, True), ({"name": "Ada"}, False), ({"name": "Ada", "zip": "9"}, False)]
)
def test_an_update_shows_in_whether_what_was_sent_differs_from_before(now, carried_out, main, recorder):
    recorder.routes = {f"/v1/customers/{UUID}": reply(200, {"uuid": UUID, **now})}
    before = {"uuid": UUID, "name": "Ada", "zip": "1"}
    finding = outcome_check.find_out(
        write(main, "customers.update", "PATCH", {"name": "Grace"}, before, UUID), client(main)
    )
    assert finding.carried_out is carried_out


@pytest.mark.parametrize(
    ("now", "carried_out", "said"),
    [
        ({"name": "Grace", "attributes": {"tags": ["a"]}, "zip": "9"}, True, "has what was sent"),
        ({"name": " GRACE ", "attributes": {"tags": ["a"]}}, True, "has what was sent"),
        ({"name": "Ada", "attributes": {"tags": ["a"]}}, None, "what it had before is not known"),
        ({"name": "Grace", "attributes": {"tags": []}}, None, "what it had before is not known"),
        ({"name": "Grace"}, None, "what it had before is not known"),
    ],
)
def test_an_update_of_what_could_not_be_read_shows_only_in_what_was_sent(now, carried_out, said, main, recorder):
    recorder.routes = {f"/v1/customers/{UUID}": reply(200, {"uuid": UUID, **now})}
    sent = {"name": "Grace", "attributes": {"tags": ["a"]}}
    finding = outcome_check.find_out(write(main, "customers.update", "PATCH", sent, None, UUID), client(main))
    assert finding.carried_out is carried_out
    assert said in finding.evidence


@pytest.mark.parametrize(
    ("operation", "method", "body", "before", "answered"),
    [
        ("customers.create", "POST", CREATED, None, {"entries": [], "has_more": False}),
        ("customers.update", "PATCH", {"name": "Grace"}, {"uuid": UUID, "name": "Ada"}, {"uuid": UUID, "name": "Ada"}),
        ("customers.delete", "DELETE", None, None, {"uuid": UUID}),
    ],
)
def test_what_does_not_show_yet_may_still_come(operation, method, body, before, answered, main, recorder):
    uuid = "" if method == "POST" else UUID
    recorder.routes = {f"/v1/customers/{uuid}".rstrip("/"): reply(200, answered)}
    sent = write(main, operation, method, body, before, uuid)
    for minutes, carried_out in ((0, None), (9, None), (11, False)):
        sent.sent_at = timezone.now() - timedelta(minutes=minutes)
        finding = outcome_check.find_out(sent, client(main))
        assert finding.carried_out is carried_out
        assert ("does not show the effect of this yet" in finding.evidence) is (carried_out is None)


def test_what_shows_has_come(main, recorder):
    recorder.routes = {"/v1/customers": reply(200, {"entries": [{"uuid": UUID, **CREATED}], "has_more": False})}
    sent = write(main, "customers.create", "POST", CREATED)
    sent.sent_at = timezone.now()
    assert outcome_check.find_out(sent, client(main)).carried_out is True


def test_a_look_up_that_fails_is_no_finding(main, recorder, quick):
    recorder.routes = {"/v1/customers": reply(500)}
    with pytest.raises(ServerFault):
        outcome_check.find_out(write(main, "customers.create", "POST", CREATED), client(main))


def test_only_what_can_be_told_is_offered(main):
    assert outcome_check.possible(write(main, "customers.create", "POST", CREATED))
    assert outcome_check.possible(write(main, "customers.delete", "DELETE", uuid=UUID))
    assert outcome_check.possible(write(main, "plan_groups.create", "POST", {"name": "Metals"}))
    assert not outcome_check.possible(write(main, "customers.update", "PATCH", {"name": "Ada"}))
    assert not outcome_check.possible(write(main, "api_call.send", "POST", {"name": "Ada"}))
    assert not outcome_check.possible(write(main, "gone.operation", "POST", {"name": "x"}))


def test_a_scrubbed_write_is_not_looked_up(visitor, ada, main, recorder):
    """Without what was sent, any record would look as if the update had been carried out."""
    unknown = write(main, "customers.update", "PATCH", {"name": "Grace"}, {"uuid": UUID, "name": "Ada"}, UUID)
    unknown.user = ada
    unknown.save()
    activity.note(unknown, ada)
    page = visitor.open(f"/c/main/activity/{unknown.key}/")
    assert page.button("Check: look it up")
    activity.scrub(unknown)
    page.press("Check: look it up")
    assert recorder.requests == []
    assert "Outcome unknown" in page.alert
    assert "Check: look it up" not in page.text


def test_the_list_is_where_one_may_look_oneself(main):
    """Of what was sent, by what the list can be filtered by."""
    creation = write(main, "customers.create", "POST", CREATED)
    assert outcome_check.list_address(creation, "main") == (
        "/c/main/customers/list/?data_source_uuid=ds_1&external_id=ext-1",
        "List Customers",
    )
    grouped = write(main, "plan_groups.create", "POST", {"name": "Metals"})
    assert outcome_check.list_address(grouped, "main") == ("/c/main/plan-groups/list/", "List Plan Groups")
    assert outcome_check.list_address(write(main, "gone.operation", "POST"), "main") == ("", "")
