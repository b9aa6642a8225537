"""Back navigation from a review to its form restores everything that was typed, chosen and added."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_amounts import in_units as in_units
from tests.browser.test_amounts import tab as tab
from tests.browser.test_invoices import box, line, press
from tests.browser.test_invoices import customer as customer
from tests.browser.test_invoices import plan as plan
from tests.browser.test_invoices import source as source

pytestmark = pytest.mark.xdist_group("browser")


LISTENS = """() => ["way-back", "form-state"].every((name) => performance.getEntriesByType("resource").some(
    (each) => each.name.includes(name) && each.responseEnd))"""


def reviewed(page: Page) -> None:
    # Whoever types takes longer than that.
    page.wait_for_function(LISTENS)
    press(page, "Review")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review: ")


def test_times_amounts_and_what_was_picked(page: Page, customer, unique):
    page.goto("/c/main/customers/create/")
    box(page, "Data Source").fill(customer["data_source_uuid"])
    box(page, "External ID").fill(unique)
    created = page.locator("moment-box", has=box(page, "Lead Created At"))
    created.get_by_role("textbox").fill("2026-01-31 14:30")
    reviewed(page)
    page.go_back()
    expect(box(page, "Lead Created At")).to_have_value("2026-01-31 14:30")
    # What is said of it is of what stands there.
    expect(created.locator("output")).to_contain_text("2026-01-31 13:30 UTC")
    expect(box(page, "Data Source")).to_have_value(customer["data_source_uuid"])
    reviewed(page)
    expect(page.get_by_role("row", name="Lead Created At")).to_contain_text("2026-01-31")


def test_rows_and_a_body(page: Page):
    page.goto("/c/main/api-call/")
    box(page, "URL").fill("/v1/plans")
    box(page, "Method").select_option("POST")
    press(page, "Add query parameter")
    press(page, "Add query parameter")
    second = page.get_by_role("group", name=re.compile("^Query parameter 2$"))
    box(second, "Key").fill("b")
    box(second, "Value").fill("2")
    box(page, "Body").fill('{"name": "x"}')
    reviewed(page)
    page.go_back()
    expect(box(second, "Value")).to_have_value("2")
    expect(box(page, "Body")).to_have_value('{"name": "x"}')
    # Nothing is asked on the way out, for it was sent.
    page.get_by_role("link", name="Activity").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Activity")


def test_an_invoice_goes_on_with_its_draft_and_nothing_is_offered(page: Page, customer, plan, unique):
    page.goto("/c/main/invoices/import/")
    box(page, "Customer UUID").fill(customer["uuid"])
    box(page, "External ID").first.fill(unique)
    box(page, "Date").first.fill("2026-01-31")
    press(page, "Add line item")
    box(line(page, 2), "Type").select_option("one_time")
    box(line(page, 2), "Amount in Cents").fill("98765")
    box(line(page, 1), "Type").select_option("one_time")
    box(line(page, 1), "Amount in Cents").fill("700")
    reviewed(page)
    page.go_back()
    expect(box(line(page, 2), "Amount in Cents")).to_have_value("98765")
    expect(box(line(page, 1), "Amount in Cents")).to_have_value("700")
    expect(box(page, "Date").first).to_have_value("2026-01-31")
    expect(page.get_by_role("region", name="Draft", exact=True)).to_have_count(0)
    press(line(page, 2), "Remove")
    reviewed(page)
    expect(page.get_by_role("main")).not_to_contain_text("98765")


def test_amounts_that_were_typed_in_the_other_unit_are_not_put_back(in_units: Page):
    page = in_units
    press(page, "Type cents instead")
    page.goto("/c/main/transactions/import/")
    box(page, "Amount in Cents").fill("1234")
    press(page, "Type major units instead")
    expect(box(page, "Amount in Cents")).to_have_value("12.34")
    page.go_back()
    expect(page.get_by_role("button", name="Type cents instead")).to_be_visible()
    page.wait_for_load_state()
    expect(box(page, "Amount in Cents")).to_have_value("")


def test_what_somebody_changed_meanwhile_is_no_change_of_ones_own(page: Page, customer, call, unique):
    page.goto(f"/c/main/customers/update/?uuid={customer['uuid']}")
    box(page, "City").fill("Paris")
    reviewed(page)
    call("PATCH", f"/v1/customers/{customer['uuid']}", json={"name": f"Renamed {unique}"})
    page.go_back()
    expect(box(page, "City")).to_have_value("Paris")
    # As it was when the form was opened, and with what it was opened with.
    expect(box(page, "Name")).to_have_value(customer["name"])
    reviewed(page)
    expect(page.get_by_role("main")).to_contain_text("Changed in ChartMogul since you opened the form: Name")
    # Only what was typed goes out.
    expect(page.get_by_role("row", name="City")).to_contain_text("Paris")
    expect(page.get_by_role("row", name="Name")).to_have_count(0)


def test_the_way_back_to_another_time_at_the_same_address_brings_nothing(page: Page, customer, unique):
    page.goto("/c/main/customers/create/")
    box(page, "Data Source").fill(customer["data_source_uuid"])
    box(page, "External ID").fill(f"{unique}-new")
    box(page, "Lead Created At").fill("2026-01-31")
    reviewed(page)
    press(page, "Send")
    expect(page.get_by_role("status")).to_contain_text("Customer created")
    page.goto("/c/main/customers/create/")
    page.goto("/c/main/plans/list/")
    page.go_back()
    page.wait_for_load_state()
    expect(box(page, "Lead Created At")).to_have_value("")
    expect(box(page, "External ID")).to_have_value("")


def test_nobody_else_has_what_was_sent(page: Page, customer, unique):
    page.goto("/c/main/customers/create/")
    box(page, "Data Source").fill(customer["data_source_uuid"])
    box(page, "External ID").fill(unique)
    reviewed(page)
    there = "Object.entries(sessionStorage).flat().join().includes"
    assert page.evaluate(f"{there}('{unique}')")
    # Somebody else signed in, in the same tab.
    page.route("**/c/main/plans/list/", lambda route: as_somebody_else(page, route))
    page.goto("/c/main/plans/list/")
    assert not page.evaluate(f"{there}('{unique}')")


def as_somebody_else(page: Page, route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub('data-person="[0-9]+"', 'data-person="987654"', answer.text()))


def test_a_form_that_is_opened_anew_is_empty(page: Page, customer, unique):
    page.goto("/c/main/customers/create/")
    box(page, "Data Source").fill(customer["data_source_uuid"])
    box(page, "External ID").fill(unique)
    box(page, "Lead Created At").fill("2026-01-31")
    reviewed(page)
    page.goto("/c/main/customers/create/")
    expect(box(page, "Lead Created At")).to_have_value("")
