"""What was typed as the JSON of a long form is there again on the way back, and is offered until ChartMogul accepted it."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_drafts import GO_ON, IMPORT, begin, kept, offer
from tests.browser.test_drafts import tab as tab
from tests.browser.test_invoices import box, press
from tests.browser.test_invoices import customer as customer
from tests.browser.test_invoices import source as source

pytestmark = pytest.mark.xdist_group("browser")


def body(page: Page) -> Locator:
    return page.get_by_label("Request body")


def invoice(unique: str) -> str:
    item = {"type": "one_time", "amount_in_cents": 4500, "description": "Setup"}
    return json.dumps({"external_id": unique, "date": "2026-01-31", "currency": "USD", "line_items": [item]})


def write(page: Page, customer: dict, text: str) -> None:
    """As JSON, coming from the form of a customer whose draft is older."""
    begin(page, "before", f"{IMPORT}?customer_uuid={customer['uuid']}")
    kept(page, "before")
    press(page, "Edit as JSON")
    body(page).fill(text)


def expect_as_typed(page: Page, customer: dict, text: str) -> None:
    expect(body(page)).to_have_value(text)
    expect(page.get_by_role("combobox", name="Customer UUID")).to_have_value(customer["uuid"])
    expect(offer(page)).to_have_count(0)


def test_on_the_way_back_from_its_review_it_is_as_it_was(tab: Page, customer, writes, unique):
    write(tab, customer, invoice(unique))
    press(tab, "Review")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Review: Import an Invoice")
    tab.go_back()
    expect_as_typed(tab, customer, invoice(unique))
    body(tab).fill(invoice(f"{unique}-2"))
    press(tab, "Review")
    press(tab, "Send")
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"{unique}-2")
    assert json.loads(writes()[-1].body)["invoices"][0]["external_id"] == f"{unique}-2"
    # What was accepted is no draft any more.
    tab.goto(IMPORT)
    expect(box(tab, "External ID").first).to_be_visible()
    expect(offer(tab)).to_have_count(0)


@pytest.mark.parametrize("text", ['{"external_id": "half', "[]"])
def test_whoever_comes_back_to_the_form_goes_on_with_the_json(tab: Page, customer, text: str):
    write(tab, customer, text)
    tab.goto(IMPORT)
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect_as_typed(tab, customer, text)
    assert "resume" not in tab.url
    press(tab, "Back to the form")
    expect(tab.get_by_role("alert")).to_contain_text("JSON")
    expect_as_typed(tab, customer, text)


@pytest.mark.parametrize("way", ["back", "reload"])
def test_the_page_that_was_left_offers_it(tab: Page, customer, unique, way: str):
    write(tab, customer, invoice(unique))
    kept(tab, unique)
    if way == "reload":
        tab.reload()
    else:
        tab.goto("/connections/")
        tab.go_back()
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect_as_typed(tab, customer, invoice(unique))


def test_a_draft_of_the_boxes_goes_on_in_them(tab: Page, unique):
    begin(tab, unique)
    kept(tab, unique)
    tab.goto(f"{IMPORT}?as=json")
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.locator("#id_external_id")).to_have_value(f"INV-{unique}")
    expect(offer(tab)).to_have_count(0)
