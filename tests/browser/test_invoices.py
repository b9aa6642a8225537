"""The invoice builder from the first click to the request to the sandbox, with and without scripts."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def source(call, unique):
    return call.make("/v1/data_sources", {"name": f"Source of {unique}"})["uuid"]


@pytest.fixture
def customer(call, source, unique):
    return call.make("/v1/customers", {"data_source_uuid": source, "external_id": unique, "name": f"Ada {unique}"})


@pytest.fixture
def plan(call, source, unique):
    body = {"data_source_uuid": source, "name": f"Gold {unique}", "interval_count": 1, "interval_unit": "month"}
    return call.make("/v1/plans", body)


def line(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=re.compile(rf"^Line item {number}$"))


def box(place: Locator, label: str) -> Locator:
    return place.get_by_label(label, exact=True)


def press(place: Page | Locator, name: str) -> None:
    """By the keyboard: what boxes say below themselves, once the server has read them, moves what a pointer is over."""
    button = place.get_by_role("button", name=name, exact=True)
    # What scripts of a page that is still coming give the focus to would get the key.
    button.page.wait_for_load_state()
    button.press("Enter")


def expect_amounts(page: Page, *amounts: str) -> None:
    expect(page.get_by_role("group", name=re.compile(r"^Line item \d+$"))).to_have_count(len(amounts))
    for number, amount in enumerate(amounts, start=1):
        expect(box(line(page, number), "Amount in Cents")).to_have_value(amount)


def begin(page: Page, customer: dict, unique: str) -> None:
    page.goto(f"/c/main/invoices/import/?customer_uuid={customer['uuid']}")
    page.locator("#id_external_id").fill(f"INV-{unique}")
    page.locator("#id_date").fill("2026-01-31")
    page.get_by_label("Currency", exact=True).select_option("USD")


def fill_subscription(page: Page, number: int, plan: dict) -> None:
    row = line(page, number)
    box(row, "Amount in Cents").fill("123450")
    box(row, "Subscription External ID").fill("sub")
    row.get_by_role("combobox", name="Plan UUID").fill(plan["uuid"])
    box(row, "Service Period Start").fill("2026-01-31")
    box(row, "Service Period End").fill("2026-02-28")


def test_an_invoice_of_both_types_of_line(either, customer, plan, unique, writes):
    page = either
    begin(page, customer, unique)
    fill_subscription(page, 1, plan)
    box(line(page, 1), "External ID").fill(f"LI-{unique}")
    press(line(page, 1), "Duplicate")
    expect_amounts(page, "123450", "123450")
    # It is unique, so a copy with it would be refused.
    expect(box(line(page, 1), "External ID")).to_have_value(f"LI-{unique}")
    expect(box(line(page, 2), "External ID")).to_have_value("")
    press(page, "Add line item")
    expect_amounts(page, "123450", "123450", "")
    box(line(page, 3), "Type").select_option("one_time")
    box(line(page, 3), "Amount in Cents").fill("-5000")
    box(line(page, 3), "Description").fill("Credit")
    press(line(page, 3), "Move up")
    expect_amounts(page, "123450", "-5000", "123450")
    press(line(page, 3), "Remove")
    expect_amounts(page, "123450", "-5000")
    transaction = page.get_by_role("group", name="Transaction 1")
    box(transaction, "Date").fill("2026-02-01")
    box(transaction, "Result").select_option("failed")
    press(page, "Review")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review: Import an Invoice")
    expect(page.get_by_role("row", name="Sum of the line items")).to_contain_text("118450 = USD 1,184.50")
    press(page, "Send")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"INV-{unique}")
    expect(page.get_by_role("status")).to_contain_text("Invoice imported")
    (write,) = writes()[-1:]
    assert json.loads(write.body) == {
        "invoices": [
            {
                "external_id": f"INV-{unique}",
                "date": "2026-01-31T00:00:00Z",
                "currency": "USD",
                "line_items": [
                    {
                        "type": "subscription",
                        "amount_in_cents": 123450,
                        "subscription_external_id": "sub",
                        "plan_uuid": plan["uuid"],
                        "service_period_start": "2026-01-31T00:00:00Z",
                        "service_period_end": "2026-02-28T00:00:00Z",
                        "external_id": f"LI-{unique}",
                    },
                    {"type": "one_time", "amount_in_cents": -5000, "description": "Credit"},
                ],
                "transactions": [{"date": "2026-02-01T00:00:00Z", "type": "payment", "result": "failed"}],
            }
        ]
    }


def test_the_type_decides_which_fields_are_there(page, customer, plan, unique, writes):
    begin(page, customer, unique)
    fill_subscription(page, 1, plan)
    box(line(page, 1), "Type").select_option("one_time")
    for label in (
        "Subscription External ID",
        "Subscription Set External ID",
        "Service Period Start",
        "Service Period End",
        "Canceled At",
        "Prorated",
    ):
        expect(box(line(page, 1), label)).to_be_hidden()
    box(line(page, 1), "Type").select_option("subscription")
    expect(box(line(page, 1), "Subscription External ID")).to_have_value("sub")
    box(line(page, 1), "Type").select_option("one_time")
    press(page, "Review")
    press(page, "Send")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"INV-{unique}")
    (item,) = json.loads(writes()[-1].body)["invoices"][0]["line_items"]
    assert item == {"type": "one_time", "amount_in_cents": 123450, "plan_uuid": plan["uuid"]}


def test_the_period_is_filled_in_and_follows_until_it_is_typed(page, customer, plan, unique):
    begin(page, customer, unique)
    press(page, "Add line item")
    row = line(page, 2)
    start, end = box(row, "Service Period Start"), box(row, "Service Period End")
    start.fill("2024-01-31")
    row.get_by_role("combobox", name="Plan UUID").fill(plan["uuid"])
    row.get_by_role("option", name=plan["name"]).click()
    expect(end).to_have_value("2024-02-29")
    expect(row.get_by_text("2024-02-29 00:00 UTC")).to_be_visible()
    start.fill("2024-02-29")
    start.blur()
    expect(end).to_have_value("2024-03-29")
    end.fill("2024-04-01")
    start.fill("2024-03-01")
    with page.expect_request("**/moment/**"):
        start.blur()
    expect(end).to_have_value("2024-04-01")


def test_what_is_filled_in_where_somebody_begins_to_type_gives_way(page, customer, plan, unique):
    begin(page, customer, unique)
    row = line(page, 1)
    row.get_by_role("combobox", name="Plan UUID").fill(plan["uuid"])
    row.get_by_role("option", name=plan["name"]).click()
    end = box(row, "Service Period End")
    box(row, "Service Period Start").fill("2024-01-31")
    # Leaving the start asks for the end, and the answer comes once the focus has moved.
    end.focus()
    expect(end).to_have_value("2024-02-29")
    page.keyboard.type("2024-03-01")
    expect(end).to_have_value("2024-03-01")


def test_amounts_are_said_and_added_up_while_they_are_typed(page, customer, unique):
    begin(page, customer, unique)
    box(line(page, 1), "Amount in Cents").fill("123450")
    expect(line(page, 1).get_by_text("123450 = USD 1,234.50")).to_be_visible()
    press(page, "Add line item")
    box(line(page, 2), "Amount in Cents").fill("-50")
    group = page.get_by_role("group", name="Line Items")
    expect(group.get_by_text("Sum of 2 line items: 123400 = USD 1,234.00")).to_be_visible()
    box(line(page, 1), "Tax Amount In Cents").fill("1900")
    box(line(page, 2), "Tax Amount In Cents").fill("100")
    expect(group.get_by_text("Taxes in total: 2000 = USD 20.00")).to_be_visible()
    expect(group.get_by_text("Discounts in total")).to_have_count(0)
    for number in (1, 2):
        box(line(page, number), "Tax Amount In Cents").fill("")
    expect(group.get_by_text("Taxes in total")).to_have_count(0)
    page.get_by_label("Currency", exact=True).select_option("KWD")
    expect(line(page, 2).get_by_text("-50 = KWD -0.50, in hundredths as everywhere in ChartMogul")).to_be_visible()
    page.get_by_label("Currency", exact=True).select_option("JPY")
    expect(line(page, 1).get_by_text("ChartMogul does not document")).to_be_visible()
    box(line(page, 2), "Amount in Cents").fill("12.5")
    expect(group.get_by_text("Sum of 1 line item: 123450")).to_be_visible()
    press(line(page, 1), "Remove")
    expect(group.get_by_text("Sum of")).to_have_count(0)


def test_json_fills_the_form_in_and_is_sent(page, customer, sandbox, unique):
    begin(page, customer, unique)
    press(page, "Edit as JSON")
    body = page.get_by_label("Request body")
    expect(body).to_have_value(re.compile(rf'"external_id": "INV-{unique}"'))
    item = {"type": "one_time", "amount_in_cents": 4500, "description": "Setup"}
    body.fill(json.dumps(json.loads(body.input_value())["invoices"][0] | {"line_items": [item]}))
    press(page, "Back to the form")
    expect(box(line(page, 1), "Description")).to_have_value("Setup")
    press(page, "Edit as JSON")
    press(page, "Review")
    press(page, "Send")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"INV-{unique}")


def test_a_copy_has_its_own_picker_and_moves_keep_what_was_typed(page, call, source, customer, plan, unique):
    other = {"data_source_uuid": source, "name": f"Silver {unique}", "interval_count": 1, "interval_unit": "year"}
    other = call.make("/v1/plans", other)
    begin(page, customer, unique)
    first = line(page, 1).get_by_role("combobox", name="Plan UUID")
    first.fill(plan["uuid"])
    line(page, 1).get_by_role("option", name=plan["name"]).click()
    box(line(page, 1), "Prorated").select_option("false")
    # What looks like the name of a row is a value all the same.
    box(line(page, 1), "Description").fill("line_items-0-x")
    press(line(page, 1), "Duplicate")
    second = line(page, 2).get_by_role("combobox", name="Plan UUID")
    expect(second).to_have_value(plan["name"])
    expect(box(line(page, 2), "Prorated")).to_have_value("false")
    second.fill(other["uuid"])
    line(page, 2).get_by_role("option", name=other["name"]).click()
    expect(first).to_have_value(plan["name"])
    press(line(page, 2), "Move up")
    expect(line(page, 1).get_by_role("button", name="Move down")).to_be_focused()
    expect(first).to_have_value(other["name"])
    expect(second).to_have_value(plan["name"])
    expect(box(line(page, 2), "Description")).to_have_value("line_items-0-x")
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == page.evaluate(
        "document.querySelectorAll('[id]').length"
    )


def test_plans_keep_to_the_customers_source(page, call, customer, plan, unique):
    other = call.make("/v1/data_sources", {"name": f"Other of {unique}"})["uuid"]
    body = {"data_source_uuid": other, "name": f"Foreign {unique}", "interval_count": 1, "interval_unit": "month"}
    foreign = call.make("/v1/plans", body)
    begin(page, customer, unique)
    page.get_by_role("combobox", name="Customer UUID").fill(customer["uuid"])
    page.get_by_role("option", name=customer["name"]).click()
    picker = line(page, 1).get_by_role("combobox", name="Plan UUID")
    for each in (plan, foreign):
        picker.fill(each["uuid"])
        expect(line(page, 1).get_by_role("option", name=each["name"])).to_have_count(1 if each is plan else 0)
    expect(line(page, 1).get_by_text(re.compile("Limited to the data source"))).to_be_visible()


def test_boxes_of_a_card_stay_in_line_beside_a_label_of_two_lines(open_browser):
    page = open_browser(viewport={"width": 1440, "height": 900}, locale="de-DE")
    page.goto("/c/main/invoices/import/")
    card = page.get_by_role("group", name="Position 1", exact=True)
    label = card.get_by_text("Externe ID des Abonnements", exact=True)
    expect(label).to_be_visible()
    one_line = card.get_by_text("Typ", exact=True).bounding_box()["height"]
    assert label.bounding_box()["height"] > one_line * 1.5
    for labels in (
        ("Typ", "Externe ID des Abonnements"),
        ("Tarif-UUID", "Beginn des Leistungszeitraums", "Gekündigt am"),
    ):
        tops = {round(card.get_by_label(label, exact=True).bounding_box()["y"]) for label in labels}
        assert len(tops) == 1, labels
