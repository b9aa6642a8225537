"""Specifics of plans. That each page sends the right request is tested in tests/resources/test_mission.py."""

import json

import pytest

from resources.directory.models import Entry
from tests.pages import Browser, parse
from tests.servers import RecordingServer, reply

SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
PLAN = "pl_1184b750-5905-013c-13b1-46813c1ddd3d"
RECORD = {
    "uuid": PLAN,
    "external_id": "silver-1",
    "name": "Silver",
    "interval_count": 1,
    "interval_unit": "month",
    "data_source_uuid": SOURCE,
}


@pytest.fixture
def plan(main, recorder: RecordingServer) -> str:
    """The address of the update form of a plan that exists."""
    recorder.routes = {f"/v1/plans/{PLAN}": reply(200, RECORD)}
    return f"/c/main/plans/update/?uuid={PLAN}"


def sent(recorder: RecordingServer) -> list[tuple[str, object]]:
    return [(r.method, json.loads(r.body)) for r in recorder.requests if r.method != "GET"]


def test_the_menu_has_plans_and_plan_groups_after_customers(visitor: Browser, main):
    menu = visitor.open("/c/main/").page.one("nav", id="menu")
    assert [heading.text for heading in menu.all("h2")][:4] == ["Customers", "Plans", "Plan Groups", "Data Sources"]


@pytest.mark.parametrize(("language", "unit"), [("en", "month"), ("de", "Monat")])
def test_the_unit_is_told_in_the_language_of_the_page(visitor: Browser, plan: str, settings, language: str, unit: str):
    settings.LANGUAGE_CODE = language
    assert unit in visitor.open(f"/c/main/plans/{PLAN}/").facts().values()


def test_a_plan_from_its_form_to_its_page(visitor: Browser, box, seeded):
    source = seeded("data_sources", name="Price list")
    page = visitor.open(f"/c/box/plans/create/?data_source_uuid={source['uuid']}")
    assert page.value("Interval Count") == "1"
    page.fill("Plan Name", "Platinum").fill("Interval Count", "3").fill("Interval Unit", "month").press("Review")
    assert page.h1 == "Review: Create a Plan"
    page.press("Send")
    assert "Plan created: Platinum" in page.notice
    assert page.h1 == "Platinum"
    assert page.facts()["Interval count"] == "3"
    assert page.link(source["uuid"])["href"] == f"/c/box/data-sources/{source['uuid']}/"


def test_the_data_source_of_a_plan_is_named_where_it_is_known(visitor: Browser, box, seeded):
    source = seeded("data_sources", name="Price list")
    visitor.open(f"/c/box/data-sources/{source['uuid']}/")
    rows = visitor.open(f"/c/box/plans/list/?data_source_uuid={source['uuid']}").table("Plans")
    assert rows
    assert {row["Data source"] for row in rows} == {f"Price list {source['uuid']}"}


def test_the_filters_of_the_list(visitor: Browser, box):
    every = visitor.open("/c/box/plans/list/").table("Plans")
    some = visitor.open("/c/box/plans/list/?system=Recurly").table("Plans")
    assert len(every) == 13
    assert 0 < len(some) < 13
    assert all(row in every for row in some)


def test_a_duplicate_external_id_is_told_beside_the_field(visitor: Browser, box, seeded):
    taken = seeded("plans", name="Silver")
    page = visitor.open(f"/c/box/plans/create/?data_source_uuid={taken['data_source_uuid']}")
    page.fill("Plan Name", "Again").fill("Interval Unit", "year").fill("External ID", taken["external_id"])
    page.press("Review").press("Send")
    assert page.h1 == "Create a Plan"
    assert "A plan with this identifier already exists in our system." in page.problem("External ID")
    assert page.value("Plan Name") == "Again"
    assert page.value("Interval Unit") == "year"


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "many", ""])
def test_an_interval_count_is_a_whole_number_from_one(count: str, visitor: Browser, main, recorder: RecordingServer):
    page = visitor.open("/c/main/plans/create/").fill("Data Source UUID", SOURCE).fill("Plan Name", "Gold")
    page.fill("Interval Unit", "day").fill("Interval Count", count).press("Review")
    assert page.h1 == "Create a Plan"
    assert page.problem("Interval Count")


def test_an_update_sends_what_changed_and_says_that_chartmogul_is_still_computing(
    visitor: Browser, plan: str, recorder: RecordingServer
):
    page = visitor.open(plan).fill("Interval Count", "6").press("Review")
    assert [row for row in page.table("What is sent") if row["Field"] == "Interval Count"] == [
        {"Field": "Interval Count", "Before": "1", "After": "6"}
    ]
    recorder.routes[f"PATCH /v1/plans/{PLAN}"] = reply(202, {**RECORD, "interval_count": 6})
    page.press("Send")
    assert sent(recorder) == [("PATCH", {"interval_count": 6})]
    assert "ChartMogul is still calculating" in page.notice
    assert page.facts()["Interval count"] == "6"


def test_both_identifiers_are_facts_with_the_reason(visitor: Browser, plan: str):
    page = visitor.open(plan)
    for label, value, reason in (
        ("Data Source UUID", SOURCE, "stays in the data source"),
        ("External ID", "silver-1", "cannot change an external ID"),
    ):
        control = page.field(label)
        assert "disabled" in control
        assert control["value"] == value
        assert reason in page.page.one(id=control["aria-describedby"]).text


@pytest.mark.parametrize("label", ["Plan Name", "Interval Count", "Interval Unit"])
def test_what_a_plan_must_have_cannot_be_emptied(label: str, visitor: Browser, plan: str):
    page = visitor.open(plan).fill(label, "").press("Review")
    assert page.h1 == "Update a Plan"
    assert "A plan must have" in page.problem(label)


def test_an_interval_that_is_not_on_the_list_is_kept(visitor: Browser, plan: str, recorder: RecordingServer):
    recorder.routes[f"/v1/plans/{PLAN}"] = reply(200, {**RECORD, "interval_unit": "week"})
    page = visitor.open(plan)
    assert page.value("Interval Unit") == "week"
    page.fill("Plan Name", "Weekly").press("Review").press("Send")
    assert sent(recorder) == [("PATCH", {"name": "Weekly"})]


def test_a_plan_in_use_is_refused_and_the_page_warned_of_it(visitor: Browser, box, seeded):
    used = seeded("plans", name="Silver")
    page = visitor.open(f"/c/box/plans/delete/?uuid={used['uuid']}")
    assert "refuses to delete a plan that is in use" in page.text
    page.press("Review")
    assert "refuses to delete a plan that is in use" in page.text
    page.press("Send")
    assert page.h1 == "Delete a Plan"
    assert "used by invoices or subscriptions" in page.problem("Plan")


def test_a_plan_that_nothing_uses_goes(visitor: Browser, box, seeded):
    unused = seeded("plans", name="Never sold")
    page = visitor.open(f"/c/box/plans/delete/?uuid={unused['uuid']}").press("Review").press("Send")
    assert "Plan deleted: Never sold" in page.notice
    assert not Entry.objects.filter(uuid=unused["uuid"]).exists()
    assert visitor.open(f"/c/box/plans/{unused['uuid']}/").status == 404


def test_pickers_find_a_plan_by_its_external_id(signed_in, box, sandbox, seeded):
    silver = seeded("plans", name="Silver")
    answer = parse(signed_in.get("/c/box/pickers/plans/?q=" + silver["external_id"]).content.decode())
    assert silver["uuid"] in [option["data-value"] for option in answer.all(role="option")]
    assert "external ID" in answer.text
    assert any(request.query == {"external_id": silver["external_id"]} for request in sandbox.requests)


def test_a_picker_offers_all_plans_though_a_few_were_seen_before(signed_in, box, seeded):
    signed_in.get(f"/c/box/plans/{seeded('plans', name='Silver')['uuid']}/")
    answer = parse(signed_in.get("/c/box/pickers/plans/").content.decode())
    assert len(answer.all(role="option")) == 13
