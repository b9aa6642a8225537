"""Specifics of plan groups: a list of plans that is read separately and replaced as a whole."""

import json
from typing import Any

import pytest

from connections.client import ChartMogulClient
from connections.errors import UnexpectedReply
from resources import services
from resources.catalog import plan_groups
from resources.directory import services as directory
from tests.pages import Browser
from tests.servers import Recorded, RecordingServer, reply

GROUP = "plg_2b0acfd9-ef53-45a9-8dab-49b5d713e6e5"
GOLD, SILVER, BRONZE = (f"pl_{letter * 8}-5905-013c-13b1-46813c1ddd3d" for letter in "abc")
NAMES = {GOLD: "Gold", SILVER: "Silver", BRONZE: "Bronze"}
RECORD = {"uuid": GROUP, "name": "Metals", "plans_count": 2}
UPDATE = f"/c/main/plan-groups/update/?uuid={GROUP}"


def page_of_plans(*uuids: str, cursor: str | None = None) -> Any:
    rows = [{"uuid": uuid, "name": NAMES.get(uuid, uuid), "external_id": uuid} for uuid in uuids]
    return reply(200, {"plans": rows, "cursor": cursor, "has_more": cursor is not None})


@pytest.fixture
def group(main, recorder: RecordingServer) -> RecordingServer:
    """The recorder with a group of two plans."""
    recorder.routes = {
        f"/v1/plan_groups/{GROUP}": reply(200, RECORD),
        f"/v1/plan_groups/{GROUP}/plans": page_of_plans(GOLD, SILVER),
    }
    return recorder


def chips(page: Browser) -> dict[str, str]:
    """The chosen plans: UUID -> name, each a ticked box without JavaScript."""
    boxes = [control for control in page.page.all("input", type="checkbox") if "checked" in control]
    return {box["value"]: box.parent.one("bdi").text for box in boxes}


def untick(page: Browser, uuid: str) -> None:
    page.typed[id(page.page.one("input", value=uuid))] = None


def sent(server: RecordingServer) -> list[tuple[str, object]]:
    return [(request.method, json.loads(request.body)) for request in server.requests if request.method != "GET"]


def asked(server: RecordingServer) -> list[tuple[str, str]]:
    return [(request.path, request.query) for request in server.requests]


def lines(page: Browser, kind: str) -> list[str]:
    return [line.text for line in page.page.all("li", class_=kind)]


def test_an_update_starts_from_the_present_plans(visitor: Browser, group: RecordingServer):
    page = visitor.open(UPDATE)
    assert chips(page) == {GOLD: "Gold", SILVER: "Silver"}
    assert page.value("Plan") == ""
    assert asked(group) == [
        (f"/v1/plan_groups/{GROUP}", ""),
        (f"/v1/plan_groups/{GROUP}/plans", "per_page=200"),
    ]


def test_plans_left_alone_are_not_sent(visitor: Browser, group: RecordingServer):
    visitor.open(UPDATE).fill("Name", "Precious").press("Review").press("Send")
    assert sent(group) == [("PATCH", {"name": "Precious"})]


def test_nothing_changed_is_nothing_to_send(visitor: Browser, group: RecordingServer):
    page = visitor.open(UPDATE).fill("Plan", GOLD).press("Review")
    assert "nothing to send" in page.alert
    assert chips(page) == {GOLD: "Gold", SILVER: "Silver"}


def test_a_changed_list_goes_out_whole_and_the_review_shows_what_comes_and_goes(
    visitor: Browser, group: RecordingServer
):
    page = visitor.open(UPDATE).fill("Plan", BRONZE)
    untick(page, GOLD)
    page.press("Review")
    assert lines(page, "added") == [f"+ Added: {BRONZE}"]
    assert lines(page, "removed") == [f"− Removed: Gold ({GOLD})"]
    assert page.table("What is sent")[0]["Before"] == "2 in total"
    assert page.table("What is sent")[0]["After"].endswith("2 in total")
    page.press("Send")
    assert sent(group) == [("PATCH", {"plans": [SILVER, BRONZE]})]


def test_going_back_from_the_review_keeps_the_chosen_plans(visitor: Browser, group: RecordingServer):
    page = visitor.open(UPDATE).fill("Plan", BRONZE)
    untick(page, GOLD)
    page.press("Review").follow("Edit")
    assert list(chips(page)) == [SILVER, BRONZE]
    assert page.press("Review").h1 == "Review: Update a Plan Group"


def test_a_list_over_several_pages_is_read_to_its_end(main, recorder: RecordingServer):
    recorder.script = [reply(200, RECORD), page_of_plans(GOLD, cursor="two"), page_of_plans(SILVER, BRONZE)]
    record, _ = services.read_for_update(
        ChartMogulClient.of(main), plan_groups.RESOURCE, GROUP, plan_groups.UPDATE.also_reads
    )
    assert record["plans"] == [GOLD, SILVER, BRONZE]
    assert asked(recorder)[1:] == [
        (f"/v1/plan_groups/{GROUP}/plans", "per_page=200"),
        (f"/v1/plan_groups/{GROUP}/plans", "per_page=200&cursor=two"),
    ]


def test_a_list_that_does_not_end_as_it_should_is_no_short_list(main, recorder: RecordingServer):
    recorder.script = [reply(200, RECORD), page_of_plans(GOLD, cursor="two"), page_of_plans(SILVER, cursor="two")]
    with pytest.raises(UnexpectedReply, match="same page position"):
        services.read_for_update(ChartMogulClient.of(main), plan_groups.RESOURCE, GROUP, plan_groups.UPDATE.also_reads)


def test_when_the_plans_cannot_be_read_the_update_does_not_open(visitor: Browser, group: RecordingServer):
    group.routes[f"/v1/plan_groups/{GROUP}/plans"] = reply(500, {"message": "Boom"})
    page = visitor.open(UPDATE)
    assert "Boom" in page.alert
    assert chips(page) == {}
    assert page.value("Name") == ""


def test_an_update_sent_without_being_opened_tells_what_the_group_loses(visitor: Browser, group: RecordingServer):
    page = visitor.open("/c/main/plan-groups/update/").fill("Plan Group", GROUP).fill("Plan", BRONZE).press("Review")
    assert lines(page, "added") == [f"+ Added: {BRONZE}"]
    assert lines(page, "removed") == [f"− Removed: Gold ({GOLD})", f"− Removed: Silver ({SILVER})"]
    page.press("Send")
    assert sent(group) == [("PATCH", {"plans": [BRONZE]})]


def test_a_group_cannot_be_emptied(visitor: Browser, group: RecordingServer):
    page = visitor.open(UPDATE)
    untick(page, GOLD)
    untick(page, SILVER)
    page.press("Review")
    assert page.h1 == "Update a Plan Group"
    assert "at least one plan" in page.problem("Plan")


def test_a_group_without_plans_can_be_renamed(visitor: Browser, group: RecordingServer):
    group.routes[f"/v1/plan_groups/{GROUP}/plans"] = page_of_plans()
    visitor.open(UPDATE).fill("Name", "Retired").press("Review").press("Send")
    assert sent(group) == [("PATCH", {"name": "Retired"})]


def test_what_chartmogul_says_of_plan_ids_stands_beside_plan(visitor: Browser, group: RecordingServer):
    page = visitor.open(UPDATE).fill("Plan", BRONZE).press("Review")
    group.routes[f"PATCH /v1/plan_groups/{GROUP}"] = reply(422, {"plan_ids": ["Plan ids are of another account"]})
    page.press("Send")
    assert page.h1 == "Update a Plan Group"
    assert "Plan ids are of another account" in page.problem("Plan")
    assert list(chips(page)) == [GOLD, SILVER, BRONZE]


def test_an_outcome_that_is_not_known_is_checked_against_the_plans_too(visitor: Browser, group: RecordingServer, quick):
    page = visitor.open(UPDATE).fill("Plan", BRONZE).press("Review")
    group.routes[f"PATCH /v1/plan_groups/{GROUP}"] = reply(500, {"message": "Boom"})
    page.press("Send")
    assert "Outcome unknown" in page.alert
    page.check()
    assert "is unchanged" in page.text


def test_a_group_is_made_of_plans_named_in_any_way(visitor: Browser, box, seeded):
    visitor.open("/c/box/plans/list/")
    silver, bronze = seeded("plans", name="Silver"), seeded("plans", name="Bronze")
    page = visitor.open("/c/box/plan-groups/create/").fill("Name", "Metals")
    page.fill("Plan", f"{silver['uuid']}, Bronze, {silver['external_id']}").press("Review")
    assert lines(page, "added") == [
        f"+ Added: Silver ({silver['uuid']})",
        f"+ Added: Bronze ({bronze['uuid']})",
    ]
    page.press("Send")
    assert "Plan group created: Metals" in page.notice
    assert page.facts()["Plans"] == "2"


def test_a_name_that_no_plan_has_is_told_and_kept(visitor: Browser, main, recorder: RecordingServer):
    recorder.routes = {}
    page = visitor.open("/c/main/plan-groups/create/").fill("Name", "Metals").fill("Plan", f"{GOLD}, Unobtainium")
    page.press("Review")
    assert "No plan found for “Unobtainium”" in page.problem("Plan")
    assert page.value("Plan") == f"{GOLD}, Unobtainium"


@pytest.mark.parametrize(
    "typed", ["price_pro", "price_pro, price_basic", "price_pro\nprice_basic", "price_pro price_x"]
)
def test_an_external_id_that_looks_like_a_uuid_is_what_is_known_by_it(typed: str, visitor: Browser, main, recorder):
    rows = [{"uuid": GOLD, "external_id": "price_pro"}, {"uuid": SILVER, "external_id": "price_basic"}]
    directory.remember(main, plan_groups.plans.RESOURCE, rows)
    page = visitor.open("/c/main/plan-groups/create/").fill("Name", "Metals").fill("Plan", typed).press("Review")
    page.press("Send")
    known = {"price_pro": GOLD, "price_basic": SILVER}
    uuids = [known.get(piece, piece) for piece in typed.replace(",", "").split()]
    assert sent(recorder) == [("POST", {"name": "Metals", "plans": uuids})]


def test_a_group_needs_a_plan(visitor: Browser, main, recorder: RecordingServer):
    page = visitor.open("/c/main/plan-groups/create/").fill("Name", "Metals").press("Review")
    assert page.problem("Plan")


def test_a_group_can_be_begun_from_an_address(visitor: Browser, main):
    page = visitor.open(f"/c/main/plan-groups/create/?name=Metals&plans={GOLD},{SILVER}")
    assert list(chips(page)) == [GOLD, SILVER]
    assert page.value("Name") == "Metals"


def test_an_address_can_name_plans_one_by_one(visitor: Browser, group: RecordingServer):
    page = visitor.open(f"/c/main/plan-groups/create/?name=Metals&plans={SILVER}&plans={GOLD}")
    assert list(chips(page)) == [SILVER, GOLD]


@pytest.mark.parametrize("named", [(BRONZE,), (GOLD, BRONZE)])
def test_what_an_address_names_comes_to_the_plans_of_the_group(named, visitor: Browser, group: RecordingServer):
    page = visitor.open("&".join([UPDATE, *(f"plans={uuid}" for uuid in named)]))
    assert list(chips(page)) == [GOLD, SILVER, BRONZE]
    page.press("Review")
    assert (lines(page, "added"), lines(page, "removed")) == ([f"+ Added: {BRONZE}"], [])


def test_a_plan_that_was_there_before_the_group_was_chosen_comes_to_its_plans(visitor: Browser, group: RecordingServer):
    page = visitor.open(f"/c/main/plan-groups/update/?plans={BRONZE}").fill("Plan Group", GROUP).press("Load")
    assert list(chips(page)) == [GOLD, SILVER, BRONZE]
    assert (page.value("Name"), page.value("Plan")) == ("Metals", "")
    page.press("Review").press("Send")
    assert sent(group) == [("PATCH", {"plans": [GOLD, SILVER, BRONZE]})]


def test_a_change_of_the_plans_that_is_undone_puts_back_these_and_no_others(visitor: Browser, group: RecordingServer):
    visitor.open(UPDATE).fill("Plan", BRONZE).press("Review").press("Send")
    group.routes[f"/v1/plan_groups/{GROUP}/plans"] = page_of_plans(GOLD, SILVER, BRONZE)
    page = visitor.follow("Restore these fields")
    assert list(chips(page)) == [GOLD, SILVER]
    page.press("Review").press("Send")
    assert sent(group)[1:] == [("PATCH", {"plans": [GOLD, SILVER]})]


@pytest.mark.parametrize("said", [{"cursor": "abc"}, {"has_more": "true"}, {"current_page": 1, "total_pages": 3}])
def test_no_update_starts_from_a_list_that_may_be_longer(said: Any, visitor: Browser, group: RecordingServer):
    group.routes[f"/v1/plan_groups/{GROUP}/plans"] = reply(200, {"plans": [{"uuid": GOLD}], **said})
    page = visitor.open(UPDATE)
    assert "may not be complete" in page.alert
    assert chips(page) == {}
    listed = visitor.open(f"/c/main/plan-groups/{GROUP}/plans/")
    assert "may not be complete" in listed.notice
    assert "the end of the list" not in listed.text


def test_deleting_a_group_keeps_its_plans(visitor: Browser, box, seeded):
    uuid = seeded("plan_groups", name="Annual plans")["uuid"]
    page = visitor.open(f"/c/box/plan-groups/delete/?uuid={uuid}")
    assert "Its plans are kept" in page.text
    page.press("Review").press("Send")
    assert "Plan group deleted: Annual plans" in page.notice
    assert len(visitor.open("/c/box/plans/list/").table("Plans")) == 13


def test_tags_of_a_customer_show_what_comes_and_goes_too(visitor: Browser, main, recorder: RecordingServer):
    customer = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
    record = {"uuid": customer, "name": "Ada", "attributes": {"tags": ["old", "kept"], "custom": {}}}
    recorder.routes = {f"/v1/customers/{customer}": reply(200, record)}
    page = visitor.open(f"/c/main/customers/update/?uuid={customer}").fill("Tags", "kept, new").press("Review")
    assert lines(page, "added") == ["+ Added: new"]
    assert lines(page, "removed") == ["− Removed: old"]
    row = page.table("What is sent")[0]
    assert row["Before"] == "old, kept"
    assert row["After"].endswith("kept, new")


def test_recorded_requests_carry_the_list_as_json(visitor: Browser, group: RecordingServer):
    visitor.open(UPDATE).fill("Plan", BRONZE).press("Review").press("Send")
    (request,) = [request for request in group.requests if request.method == "PATCH"]
    assert isinstance(request, Recorded)
    assert request.body == json.dumps({"plans": [GOLD, SILVER, BRONZE]}, separators=(",", ":")).encode()
