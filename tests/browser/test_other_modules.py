"""The modules that no other file here covers: each by label and role alone, like a person without instructions."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import violations

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def source(call, unique) -> str:
    return call.make("/v1/data_sources", {"name": unique})["uuid"]


@pytest.fixture
def plan(call, source, unique) -> str:
    body = {"data_source_uuid": source, "name": f"Plan {unique}", "interval_count": 1, "interval_unit": "month"}
    return call.make("/v1/plans", body)["uuid"]


@pytest.fixture
def invoice(call, source, unique) -> str:
    customer = call.make("/v1/customers", {"data_source_uuid": source, "external_id": unique, "name": unique})["uuid"]
    line = {"type": "one_time", "amount_in_cents": 1000}
    body = {"external_id": unique, "date": "2025-01-01", "currency": "USD", "line_items": [line]}
    return call.make(f"/v1/import/customers/{customer}/invoices", {"invoices": [body]})["invoices"][0]["uuid"]


def fill(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).fill(value)


def run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def send(page: Page) -> None:
    """Through the review, to what came of it."""
    page.get_by_role("button", name="Review", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review: ")
    page.get_by_role("button", name="Send", exact=True).click()


def status(page: Page):
    return page.get_by_role("status")


def test_list_plans(page, plan, source, unique):
    page.goto("/c/main/plans/list/")
    expect(page.get_by_role("heading", level=1)).to_have_text("List Plans")
    fill(page, "Data Source", source)
    run(page)
    expect(page.get_by_role("table")).to_contain_text(plan)


def test_get_a_plan(page, plan, unique):
    page.goto("/c/main/plans/get/")
    fill(page, "Plan", plan)
    run(page)
    expect(page.get_by_role("table").first).to_contain_text(f"Plan {unique}")


def test_create_a_plan(page, source, unique, writes):
    page.goto("/c/main/plans/create/")
    fill(page, "Data Source UUID", source)
    fill(page, "Plan Name", unique)
    fill(page, "Interval Count", "3")
    page.get_by_label("Interval Unit", exact=True).select_option("month")
    fill(page, "External ID", unique)
    send(page)
    expect(status(page)).to_contain_text("Plan created")
    assert json.loads(writes()[0].body) == {
        "data_source_uuid": source,
        "name": unique,
        "interval_count": 3,
        "interval_unit": "month",
        "external_id": unique,
    }


def test_update_a_plan(page, plan, unique, writes):
    page.goto(f"/c/main/plans/update/?uuid={plan}")
    fill(page, "Plan Name", f"Better {unique}")
    send(page)
    expect(status(page)).to_contain_text("still calculating")
    assert json.loads(writes()[0].body) == {"name": f"Better {unique}"}


def test_delete_a_plan(page, plan, writes):
    page.goto("/c/main/plans/delete/")
    fill(page, "Plan", plan)
    send(page)
    expect(status(page)).to_contain_text("Plan deleted")
    assert [(request.method, request.path) for request in writes()] == [("DELETE", f"/v1/plans/{plan}")]


def test_list_get_and_delete_plan_groups(page, call, plan, unique):
    group = call.make("/v1/plan_groups", {"name": unique, "plans": [plan]})["uuid"]
    page.goto("/c/main/plan-groups/list/")
    run(page)
    expect(page.get_by_role("table")).to_contain_text(group)
    page.goto("/c/main/plan-groups/get/")
    fill(page, "Plan Group", group)
    run(page)
    expect(page.get_by_role("region", name="Plans").first).to_contain_text(f"Plan {unique}")
    page.goto("/c/main/plan-groups/delete/")
    fill(page, "Plan Group", group)
    send(page)
    expect(status(page)).to_contain_text("Plan group deleted")


def test_create_a_plan_group(page, plan, unique, writes):
    page.goto("/c/main/plan-groups/create/")
    fill(page, "Name", unique)
    fill(page, "Plan", plan)
    send(page)
    expect(status(page)).to_contain_text("Plan group created")
    assert json.loads(writes()[0].body) == {"name": unique, "plans": [plan]}


def test_list_invoices(page, invoice, unique):
    page.goto("/c/main/invoices/list/")
    fill(page, "External ID", unique)
    run(page)
    expect(page.get_by_role("table")).to_contain_text(invoice)
    expect(page.get_by_role("table")).to_contain_text("USD 10.00")


def test_get_an_invoice(page, invoice):
    page.goto("/c/main/invoices/get/")
    fill(page, "Invoice", invoice)
    run(page)
    expect(page.get_by_role("table", name=re.compile("Line items"))).to_contain_text("USD 10.00 (1000)")


def test_delete_an_invoice(page, invoice, writes):
    page.goto("/c/main/invoices/delete/")
    fill(page, "Invoice", invoice)
    send(page)
    expect(status(page)).to_contain_text("Invoice deleted")
    assert writes()[0].path == f"/v1/invoices/{invoice}"


def test_import_a_transaction(page, invoice, unique, writes):
    page.goto("/c/main/transactions/import/")
    fill(page, "Invoice", invoice)
    page.get_by_label("Type", exact=True).select_option("payment")
    fill(page, "Date", "2025-01-02")
    page.get_by_label("Result", exact=True).select_option("successful")
    fill(page, "External ID", unique)
    send(page)
    expect(status(page)).to_contain_text("ransaction imported")
    assert writes()[0].path == f"/v1/import/invoices/{invoice}/transactions"


def test_an_amount_is_in_the_currency_of_the_invoice_that_is_picked(page, invoice, unique):
    page.goto("/c/main/transactions/import/")
    fill(page, "Amount in Cents", "1000")
    expect(page.get_by_text("1000 = 10.00 in the currency of the invoice")).to_be_visible()
    picker = page.get_by_role("combobox", name="Invoice")
    picker.fill(unique)
    page.get_by_role("option", name=invoice).click()
    expect(page.get_by_text("1000 = USD 10.00")).to_be_visible()
    fill(page, "Date", "2199-01-01")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_text("1000 = USD 10.00")).to_be_visible()
    picker.fill("another")
    expect(page.get_by_text("1000 = 10.00 in the currency of the invoice")).to_be_visible()


def test_a_currency_may_have_any_name(page):
    page.goto("/c/main/transactions/import/")
    fill(page, "Amount in Cents", "1000")
    # As ChartMogul may answer it: every object has something of this name.
    page.locator("remote-picker").evaluate(
        "picker => { picker.currency = 'constructor'; picker.dispatchEvent(new Event('picked', { bubbles: true })); }"
    )
    expect(page.get_by_text("1000 = constructor 10.00")).to_be_visible()


def subscribe(call, source: str, plan: str, unique: str) -> str:
    """A customer with one imported subscription."""
    customer = call.make("/v1/customers", {"data_source_uuid": source, "external_id": unique, "name": unique})["uuid"]
    line = {
        "type": "subscription",
        "amount_in_cents": 1000,
        "subscription_external_id": unique,
        "plan_uuid": plan,
        "service_period_start": "2025-01-01",
        "service_period_end": "2025-02-01",
    }
    body = {"external_id": unique, "date": "2025-01-01", "currency": "USD", "line_items": [line]}
    call.make(f"/v1/import/customers/{customer}/invoices", {"invoices": [body]})
    return str(customer)


def test_list_and_cancel_a_subscription(page, call, source, plan, unique, writes):
    customer = subscribe(call, source, plan, unique)
    page.goto("/c/main/subscriptions/list/")
    fill(page, "Customer", customer)
    run(page)
    row = page.get_by_role("row").filter(has_text=unique)
    expect(row).to_contain_text(f"Plan {unique}")
    row.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel a Customer's Subscription")
    # The rows of the history below have a box of the same name.
    page.get_by_label("Canceled At", exact=True).first.fill("2025-01-15 12:00Z")
    send(page)
    expect(status(page)).to_contain_text("Cancellation accepted")
    assert json.loads(writes()[-1].body) == {"cancelled_at": "2025-01-15T12:00:00Z"}


def test_a_choice_of_how_to_cancel_is_not_refused_for_what_it_hides(page, call, source, plan, unique, writes):
    customer = subscribe(call, source, plan, unique)
    page.goto(f"/c/main/subscriptions/list/?uuid={customer}")
    page.get_by_role("row").filter(has_text=unique).get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Add cancellation date", exact=True).click()
    dates = page.get_by_role("group", name="Cancellation Dates")
    dates.get_by_label("Canceled At", exact=True).fill("2025-01-10 12:00Z")
    page.get_by_label("Add a cancellation", exact=True).check()
    expect(dates).to_be_hidden()
    page.get_by_label("Canceled At", exact=True).first.fill("2025-01-15 12:00Z")
    page.get_by_role("button", name="Review", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("what you entered in Cancellation Dates is not sent")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(status(page)).to_contain_text("Cancellation accepted")
    assert json.loads(writes()[-1].body) == {"cancelled_at": "2025-01-15T12:00:00Z"}


def test_make_an_api_call_that_reads(page, plan):
    page.goto("/c/main/api-call/")
    fill(page, "URL", "/v1/plans")
    page.get_by_label("Method", exact=True).select_option("GET")
    page.get_by_role("button", name=re.compile("Add query")).click()
    page.get_by_role("group", name="Query parameter 2").get_by_label("Key", exact=True).fill("per_page")
    page.get_by_role("group", name="Query parameter 2").get_by_label("Value", exact=True).fill("1")
    run(page)
    expect(page.get_by_role("table")).to_contain_text(plan)


def test_make_an_api_call_that_writes(page, unique, writes):
    page.goto("/c/main/api-call/")
    fill(page, "URL", "/v1/data_sources")
    page.get_by_label("Method", exact=True).select_option("POST")
    fill(page, "Body", f'{{"name": "{unique}"}}')
    send(page)
    expect(status(page)).to_contain_text("Call accepted")
    assert writes()[0].body == f'{{"name": "{unique}"}}'.encode()


def test_an_answer_is_shown_as_a_tree(page, call, unique):
    """Whose branches are there once they are opened, and whose numbers are as they came."""
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    page.goto(f"/c/main/api-call/?url=/v1/data_sources&method=GET&query-0-key=name&query-0-value={unique}")
    as_text, tree = page.locator("#answer-json"), page.locator(".tree")
    button = page.get_by_role("button", name="Show as a tree")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(as_text).to_be_hidden()
    expect(tree.get_by_text(source)).to_have_count(0)
    tree.get_by_text("data_sources: [1]").click()
    tree.get_by_text("0: {5}").press("Enter")
    expect(tree).to_contain_text(f'uuid: "{source}"')
    assert violations(page) == []
    button.press("Enter")
    expect(as_text).to_be_visible()
    expect(tree).to_be_hidden()


def test_a_long_list_stands_in_parts_of_a_hundred(page):
    page.goto("/c/main/api-call/?url=/v1/data_sources&method=GET")
    page.evaluate("""() => {
        const tree = document.createElement("json-tree"), pre = document.createElement("pre");
        pre.textContent = "[" + Array.from({ length: 250 }, (_, n) => `${n + 1}00000000000000000001`).join() + "]";
        tree.append(pre);
        document.querySelector("main").prepend(tree);
    }""")
    page.get_by_role("button", name="Show as a tree").first.click()
    tree = page.locator(".tree").first
    expect(tree.locator("details details > summary")).to_have_text(["0 … 99", "100 … 199", "200 … 249"])
    tree.get_by_text("200 … 249").click()
    expect(tree.get_by_text("25000000000000000000001", exact=True)).to_be_visible()
