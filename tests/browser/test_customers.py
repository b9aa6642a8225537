"""The five modules of customers from the first click to the request to the sandbox, with and without scripts."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def customer(call, source, unique):
    body = {
        "data_source_uuid": source,
        "external_id": unique,
        "name": f"Ada {unique}",
        "company": "Engine",
        "city": "X",
    }
    return call.make("/v1/customers", body)


@pytest.fixture
def source(call, unique):
    return call.make("/v1/data_sources", {"name": f"Source of {unique}"})["uuid"]


def attribute(page: Page, number: int):
    return page.get_by_role("group", name=f"Attribute {number}")


def rows(page: Page):
    return page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("cell"))


def test_list_with_filters_next_and_previous(either, call, source, unique):
    page = either
    for number in range(7):
        body = {"data_source_uuid": source, "external_id": f"{unique}-{number}", "name": f"Person {number}"}
        call.make("/v1/customers", body)
    page.goto("/c/main/customers/list/")
    page.get_by_label("Limit").fill("3")
    page.get_by_role("combobox", name="Data Source").fill(source)
    page.get_by_label("System").select_option("Custom")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("table")).to_contain_text("Customers 1–3, more follow")
    first = rows(page).all_inner_texts()
    assert len(first) == 3
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("table")).to_contain_text("Customers 4–6")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("table")).to_contain_text("Customers 7–7, the end of the list")
    expect(page.get_by_label("Limit")).to_have_value("3")
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("table")).to_contain_text("Customers 4–6")
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("table")).to_contain_text("Customers 1–3, more follow")
    expect(page.get_by_role("link", name="Previous")).to_have_count(0)
    assert rows(page).all_inner_texts() == first


def test_list_by_external_id_and_status_and_what_it_says_when_there_is_nothing(either, customer, unique):
    page = either
    page.goto("/c/main/customers/list/")
    page.get_by_label("External ID").fill(unique)
    page.get_by_role("button", name="Run").click()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("table")).to_contain_text(customer["uuid"])
    page.get_by_label("Status").select_option("Cancelled")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
    page.get_by_role("link", name="Reset").click()
    expect(page.get_by_label("External ID")).to_have_value("")


def test_get_by_a_pasted_uuid(either, customer):
    page = either
    page.goto("/c/main/customers/get/")
    page.get_by_role("combobox", name="Customer").fill(f" {customer['uuid']} ")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name=customer["name"], level=2)).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text(customer["uuid"])
    page.get_by_role("link", name=customer["name"]).click()
    expect(page.get_by_role("heading", name=customer["name"], level=1)).to_be_visible()


def test_create_with_everything(either, source, unique, writes):
    page = either
    page.goto("/c/main/customers/create/")
    page.get_by_role("combobox", name="Data Source").fill(source)
    typed = {
        "External ID": unique,
        "Name": "Ada Lovelace",
        "Email": "ada@engine.example",
        "Company": "Engine",
        "State": "US-NY",
        "City": "New York",
        "Zip": "10001",
        "Lead Created At": "2026-01-31 14:30",
        "Free Trial Started At": "2026-02-01",
        "Tags": "vip, early bird",
    }
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Country").select_option(label="United States")
    attribute(page, 1).get_by_label("Key").fill("channel")
    attribute(page, 1).get_by_label("Value").fill("Fair")
    for number in (2, 3):
        page.get_by_role("button", name="Add attribute").press("Enter")
        attribute(page, number).get_by_label("Type").select_option("Integer")
        attribute(page, number).get_by_label("Key").fill(f"key{number}")
        attribute(page, number).get_by_label("Value").fill(str(number))
    attribute(page, 2).get_by_role("button", name="Remove").click()
    expect(attribute(page, 3)).to_have_count(0)
    expect(attribute(page, 2).get_by_label("Key")).to_have_value("key3")

    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", name="Review: Create a Customer", level=1)).to_be_visible()
    request = page.get_by_role("region", name="The request as it will go out")
    expect(request).to_contain_text("POST /v1/customers")
    reviewed = json.loads(request.locator("#request-body").inner_text())
    assert writes() == []

    page.get_by_role("link", name="Edit").click()
    for label, value in typed.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    expect(page.get_by_label("Country")).to_have_value("US")
    expect(attribute(page, 2).get_by_label("Type")).to_have_value("Integer")
    expect(attribute(page, 2).get_by_label("Key")).to_have_value("key3")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("status")).to_contain_text("Customer created: Ada Lovelace.")
    expect(page.get_by_role("heading", name="Ada Lovelace", level=1)).to_be_visible()
    (sent,) = writes()
    assert json.loads(sent.body) == reviewed
    assert reviewed == {
        "data_source_uuid": source,
        "external_id": unique,
        "name": "Ada Lovelace",
        "email": "ada@engine.example",
        "company": "Engine",
        "country": "US",
        "state": "US-NY",
        "city": "New York",
        "zip": "10001",
        "lead_created_at": "2026-01-31T13:30:00Z",
        "free_trial_started_at": "2026-02-01T00:00:00Z",
        "attributes": {
            "tags": ["vip", "early bird"],
            "custom": [
                {"type": "String", "key": "channel", "value": "Fair"},
                {"type": "Integer", "key": "key3", "value": 3},
            ],
        },
    }


def test_a_refused_duplicate_is_told_beside_its_field_and_nothing_typed_is_lost(either, customer, writes):
    page = either
    page.goto("/c/main/customers/create/")
    page.get_by_role("combobox", name="Data Source").fill(customer["data_source_uuid"])
    page.get_by_label("External ID").fill(customer["external_id"])
    page.get_by_label("Company").fill("Second Engine")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("already exists")
    expect(page.get_by_label("External ID")).to_have_accessible_description(re.compile("already exists"))
    expect(page.get_by_label("Company")).to_have_value("Second Engine")
    assert len(writes()) == 1
    page.get_by_role("alert").get_by_role("link", name="External ID").click()
    expect(page.get_by_label("External ID")).to_be_focused()


def test_what_is_missing_is_told_in_one_alert(either):
    page = either
    page.goto("/c/main/customers/create/")
    page.get_by_label("Email").fill("no address")
    page.get_by_role("button", name="Review").click()
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    for label in ("Data Source", "External ID", "Email"):
        expect(alert.get_by_role("link", name=label)).to_be_visible()
        expect(page.get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Email")).to_have_value("no address")


def test_the_alert_has_the_focus(page):
    page.goto("/c/main/customers/create/")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_be_focused()


def test_update_sends_changes_alone_and_null_for_what_was_cleared(either, customer, call, writes):
    page = either
    page.goto("/c/main/customers/update/")
    page.get_by_role("combobox", name="Customer").fill(customer["uuid"])
    page.get_by_role("button", name="Load").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(customer["name"])
    expect(page.get_by_label("External ID")).to_have_value(customer["external_id"])
    expect(page.get_by_label("External ID")).to_be_disabled()
    page.get_by_label("Company").fill("Analytical Engine")
    page.get_by_label("City").fill("")
    page.get_by_label("Tags").fill("vip")
    page.get_by_role("button", name="Review").click()
    request = page.get_by_role("region", name="The request as it will go out")
    expect(request).to_contain_text(f"PATCH /v1/customers/{customer['uuid']}")
    expected = {"company": "Analytical Engine", "city": None, "attributes": {"tags": ["vip"]}}
    assert json.loads(request.locator("#request-body").inner_text()) == expected
    expect(page.get_by_role("row", name=re.compile("Company"))).to_contain_text("Engine")
    expect(page.get_by_role("row", name=re.compile("City"))).to_contain_text("will be cleared")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text(f"Customer updated: {customer['name']}")
    assert [json.loads(request.body) for request in writes()] == [expected]
    now = call("GET", f"/v1/customers/{customer['uuid']}").json()
    assert (now["company"], now["city"]) == ("Analytical Engine", None)


def test_nothing_changed_is_told_and_nothing_is_sent(either, customer, writes):
    page = either
    page.goto(f"/c/main/customers/update/?uuid={customer['uuid']}")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    assert writes() == []


def test_delete(either, customer, call):
    page = either
    page.goto(f"/c/main/customers/{customer['uuid']}/")
    page.get_by_role("main").get_by_role("link", name="Delete a Customer").click()
    expect(page.get_by_role("combobox", name="Customer")).to_be_visible()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("main")).to_contain_text("permanent")
    expect(page.get_by_role("main")).to_contain_text(customer["name"])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Customer deleted")
    assert call("GET", f"/v1/customers/{customer['uuid']}").status_code == 404


def test_choosing_a_customer_loads_its_values(page, customer):
    page.goto(f"/c/main/customers/get/?uuid={customer['uuid']}")
    page.goto("/c/main/customers/update/")
    page.get_by_role("combobox", name="Customer").fill(customer["name"])
    page.get_by_role("option", name=customer["name"]).click()
    expect(page.get_by_label("Company")).to_have_value("Engine")


def test_a_date_box_says_in_utc_what_will_be_sent(page):
    page.goto("/c/main/customers/create/")
    box = page.get_by_label("Lead Created At")
    box.press_sequentially("2026-01-31 14:30")
    expect(page.get_by_text("2026-01-31 14:30 Europe/Berlin = 2026-01-31 13:30 UTC")).to_be_visible()
    box.fill("2026-03-29 02:30")
    expect(page.get_by_text("this time does not exist in Europe/Berlin")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_no_head_of_a_fact_breaks_within_a_word_in_german(open_browser, customer, width: int):
    page = open_browser(viewport={"width": width, "height": 900}, locale="de-DE")
    page.goto(f"/c/main/customers/{customer['uuid']}/")
    expect(page.get_by_role("rowheader", name="Im Abrechnungssystem")).to_be_visible()
    broken = """heads => heads.flatMap((head) => {
      const range = document.createRange();
      return [...head.firstChild.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
        range.setStart(head.firstChild, index);
        range.setEnd(head.firstChild, index + word.length);
        return range.getClientRects().length > 1;
      }).map(([word]) => word);
    })"""
    assert page.locator(".facts th").filter(visible=True).evaluate_all(broken) == []
