"""Writes that people can trust: differences are shown before they are sent, and what was done can be undone."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def customer(call: Any, unique: str) -> dict[str, Any]:
    source = call.make("/v1/data_sources", {"name": f"{unique} source"})["uuid"]
    body = {
        "data_source_uuid": source,
        "external_id": f"{unique}-1",
        "name": f"{unique} Ltd",
        "company": "Old company",
        "city": "Berlin",
        "attributes": {"tags": ["vip", "emea"]},
    }
    return call.make("/v1/customers", body)


def bodies(writes: Any) -> list[Any]:
    return [json.loads(request.body) for request in writes()]


def test_the_diff_of_an_update_and_putting_it_back(either, customer, call, writes):
    page = either
    page.goto(f"/c/main/customers/update/?uuid={customer['uuid']}")
    page.get_by_label("Company").fill("New company")
    page.get_by_label("City").fill("")
    page.get_by_label("Tags").fill("vip, apac")
    page.get_by_role("button", name="Review").click()
    changes = page.get_by_role("region", name="What changes")
    expect(changes.get_by_role("row")).to_have_count(4)
    expect(changes.get_by_role("row", name=re.compile("^Company"))).to_contain_text("Old company")
    expect(changes.get_by_role("row", name=re.compile("^Company"))).to_contain_text("New company")
    expect(changes.get_by_role("row", name=re.compile("^City"))).to_contain_text("will be cleared")
    tags = changes.get_by_role("row", name=re.compile("^Tags"))
    expect(tags.get_by_role("listitem")).to_have_text([re.compile(r"\+ Added: apac"), re.compile("− Removed: emea")])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Customer updated")

    page.get_by_role("link", name="What was sent").click()
    page.get_by_role("link", name="Restore these fields").click()
    expect(page.get_by_label("Company")).to_have_value("Old company")
    expect(page.get_by_label("City")).to_have_value("Berlin")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Customer updated")
    assert bodies(writes)[1] == {"company": "Old company", "city": "Berlin", "attributes": {"tags": ["vip", "emea"]}}
    now = call("GET", f"/v1/customers/{customer['uuid']}").json()
    assert (now["company"], now["city"], now["attributes"]["tags"]) == ("Old company", "Berlin", ["vip", "emea"])


def test_a_change_by_somebody_else_is_shown_with_all_three_values(either, customer, call, writes):
    page = either
    page.goto(f"/c/main/customers/update/?uuid={customer['uuid']}")
    call("PATCH", f"/v1/customers/{customer['uuid']}", json={"company": "Their company"})
    page.get_by_label("Company").fill("My company")
    page.get_by_role("button", name="Review").click()
    row = page.get_by_role("row", name=re.compile("^Company"))
    for value in ("Old company", "Now in ChartMogul: Their company", "My company"):
        expect(row).to_contain_text(value)
    expect(page.get_by_role("note")).to_contain_text("Please check this before you send it")
    assert len(writes()) == 1
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Company")).to_have_value("My company")


def test_a_typed_deletion(either, customer, unique, call, writes):
    page = either
    page.goto(f"/c/main/data-sources/delete/?uuid={customer['data_source_uuid']}")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("list", name="What will be deleted with it")).to_contain_text("1 customer")
    page.get_by_label("Type the name to confirm").fill("something else")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Type the name to confirm: The name does not match")
    expect(page.get_by_label("Type the name to confirm")).to_have_value("something else")
    expect(page.get_by_label("Reason")).to_have_accessible_description(re.compile("required"))
    assert writes() == []
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download a copy of what will be deleted").click()
    held = json.loads(waiting.value.path().read_text())
    assert (held["complete"], [row["uuid"] for row in held["customers"]]) == (True, [customer["uuid"]])
    page.get_by_label("Type the name to confirm").fill(f"{unique} source")
    page.get_by_label("Reason").fill("Imported twice")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_have_text(re.compile(f"Data source deleted: {unique} source."))
    expect(page.get_by_role("main")).to_contain_text("Reason: Imported twice")
    assert call("GET", f"/v1/customers/{customer['uuid']}").status_code == 404


def test_what_was_deleted_can_be_created_again(either, customer, call, writes):
    page = either
    page.goto(f"/c/main/customers/delete/?uuid={customer['uuid']}")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("link", name="Create again from the saved copy").click()
    expect(page.get_by_label("Company")).to_have_value("Old company")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Customer created")
    (found,) = call("GET", f"/v1/customers?external_id={customer['external_id']}").json()["entries"]
    assert (found["name"], found["city"]) == (customer["name"], "Berlin")
    assert found["uuid"] != customer["uuid"]


def test_the_trail_by_its_filters(page, customer):
    page.goto(f"/c/main/customers/update/?uuid={customer['uuid']}")
    page.get_by_label("City").fill("Paris")
    page.get_by_role("button", name="Review").click()
    page.get_by_text("Add a reason").click()
    page.get_by_label("Reason").fill("They moved")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Customer updated")
    page.get_by_role("link", name="Activity").click()
    page.get_by_label("Record").fill(customer["uuid"])
    page.get_by_label("Outcome").select_option("Accepted")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
    page.get_by_role("table").get_by_role("link", name="Update a Customer").click()
    expect(page.get_by_role("main")).to_contain_text("Reason: They moved")
