"""Input in a long form survives a reload until ChartMogul has accepted it."""

import json
import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_invoices import box, expect_amounts, line, press
from tests.browser.test_invoices import customer as customer
from tests.browser.test_invoices import plan as plan
from tests.browser.test_invoices import source as source

pytestmark = pytest.mark.xdist_group("browser")
IMPORT = "/c/main/invoices/import/"
GO_ON = re.compile(r"^Continue with the draft from \d\d:\d\d$")
INSTEAD = re.compile(r"^Continue with the draft from \d\d:\d\d instead of what is typed below$")


@pytest.fixture
def tab(browser_tab, _no_grudge) -> Iterator[Page]:
    """A new tab with an empty sessionStorage; the question before leaving a page is accepted."""
    page = browser_tab[0].context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    # Whatever is asked about what was typed is asked and answered now: a page that is closed meanwhile may wait without end.
    page.goto("about:blank")
    page.close()


def offer(page: Page) -> Locator:
    return page.get_by_role("region", name="Draft", exact=True)


def transaction(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=f"Transaction {number}", exact=True)


def kept(page: Page, text: str) -> None:
    """Wait until a text is in the draft."""
    page.wait_for_function("text => JSON.stringify(sessionStorage).includes(text)", arg=text)


def begin(page: Page, unique: str, address: str = IMPORT) -> None:
    page.goto(address)
    page.locator("#id_external_id").fill(f"INV-{unique}")


def expect_empty(page: Page) -> None:
    page.goto(IMPORT)
    expect(page.locator("#id_external_id")).to_have_value("")
    expect_amounts(page, "")


def fill(page: Page, customer: dict, plan: dict, unique: str) -> None:
    begin(page, unique)
    page.get_by_role("combobox", name="Customer UUID").fill(customer["uuid"])
    page.get_by_role("option", name=customer["name"]).click()
    page.locator("#id_date").fill("2026-01-31")
    page.get_by_label("Currency", exact=True).select_option("USD")
    first = line(page, 1)
    box(first, "Amount in Cents").fill("123450")
    box(first, "Subscription External ID").fill("sub")
    first.get_by_role("combobox", name="Plan UUID").fill(plan["uuid"])
    first.get_by_role("option", name=plan["name"]).click()
    box(first, "Service Period Start").fill("2026-01-31")
    box(first, "Service Period End").fill("2026-02-28")
    press(page, "Add line item")
    box(line(page, 2), "Type").select_option("one_time")
    box(line(page, 2), "Amount in Cents").fill("-5000")
    box(line(page, 2), "Description").fill("Credit\u2026 <b>")
    press(line(page, 2), "Duplicate")
    box(line(page, 3), "Amount in Cents").fill("70")
    press(line(page, 3), "Move up")
    press(page, "Add transaction")
    box(transaction(page, 1), "Date").fill("2026-02-01")
    box(transaction(page, 2), "Date").fill("2026-02-02")
    box(transaction(page, 2), "Type").select_option("refund")


def expect_filled(page: Page, customer: dict, plan: dict, unique: str) -> None:
    expect(page.locator("#id_external_id")).to_have_value(f"INV-{unique}")
    expect(page.get_by_role("combobox", name="Customer UUID")).to_have_value(customer["name"])
    expect(page.get_by_label("Currency", exact=True)).to_have_value("USD")
    expect_amounts(page, "123450", "70", "-5000")
    expect(line(page, 1).get_by_role("combobox", name="Plan UUID")).to_have_value(plan["name"])
    expect(line(page, 1).get_by_text("123450 = USD 1,234.50")).to_be_visible()
    expect(box(line(page, 3), "Description")).to_have_value("Credit\u2026 <b>")
    expect(box(line(page, 3), "Subscription External ID")).to_be_hidden()
    expect(page.get_by_text("Sum of 3 line items: 118520 = USD 1,185.20")).to_be_visible()
    expect(box(transaction(page, 2), "Date")).to_have_value("2026-02-02")
    expect(box(transaction(page, 2), "Type")).to_have_value("refund")


def test_an_invoice_is_whole_again_after_a_reload_until_it_was_accepted(tab: Page, customer, plan, unique, writes):
    fill(tab, customer, plan, unique)
    tab.reload()
    expect_amounts(tab, "")
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(offer(tab)).to_have_count(0)
    expect(tab.get_by_role("combobox", name="Customer UUID")).to_be_focused()
    expect_filled(tab, customer, plan, unique)
    # It is kept as before, and rows are added after those that came back.
    press(tab, "Add line item")
    box(line(tab, 4), "Type").select_option("one_time")
    box(line(tab, 4), "Amount in Cents").fill("1")
    tab.reload()
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect_amounts(tab, "123450", "70", "-5000", "1")
    press(line(tab, 4), "Remove")
    press(tab, "Review")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Review: Import an Invoice")
    # Reviewed is not sent yet.
    tab.goto(IMPORT)
    expect(offer(tab)).to_be_visible()
    tab.go_back()
    press(tab, "Send")
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"INV-{unique}")
    (invoice,) = json.loads(writes()[-1].body)["invoices"]
    assert [each["amount_in_cents"] for each in invoice["line_items"]] == [123450, 70, -5000]
    assert invoice["line_items"][0]["plan_uuid"] == plan["uuid"]
    assert [each["type"] for each in invoice["transactions"]] == ["payment", "refund"]
    tab.goto(IMPORT)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Import an Invoice")
    expect(offer(tab)).to_have_count(0)


def test_its_time_is_told_in_the_zone_of_the_page_wherever_the_browser_is(browser: Browser, site, cookies, unique):
    with browser.new_context(base_url=site, storage_state=cookies, timezone_id="Asia/Tokyo") as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        # It is the next day in Tokyo already.
        page.clock.set_fixed_time("2026-01-30T20:05:00Z")
        begin(page, unique)
        kept(page, unique)
        for later, told in (("2026-01-30T22:05:00Z", "21:05"), ("2026-01-30T23:05:00Z", "2026-01-30 21:05")):
            page.clock.set_fixed_time(later)
            page.reload()
            expect(offer(page)).to_contain_text(f"Continue with the draft from {told}")
        page.goto("about:blank")


@pytest.mark.parametrize("width", [390, 1440])
def test_on_the_way_back_the_offer_is_in_sight_where_the_page_was(tab: Page, unique, width: int):
    tab.set_viewport_size({"width": width, "height": 844})
    begin(tab, unique)
    kept(tab, unique)
    press(tab, "Add transaction")
    last = box(transaction(tab, 1), "External ID")
    last.scroll_into_view_if_needed()
    tab.goto("/connections/")
    tab.go_back()
    expect(offer(tab)).to_be_in_viewport(ratio=1)
    assert tab.evaluate("scrollY") > 500
    expect(tab.locator("body")).to_be_focused()
    # What is gone to does not end up below it.
    last.focus()
    for _ in range(4):
        tab.keyboard.press("Shift+Tab")
        top = tab.evaluate("document.activeElement.getBoundingClientRect().top")
        assert top > offer(tab).evaluate("offer => offer.getBoundingClientRect().bottom")
    offer(tab).get_by_role("button", name=re.compile("^Continue")).click()
    expect(tab.locator("#id_external_id")).to_have_value(f"INV-{unique}")


def test_nothing_is_overwritten_silently(tab: Page, unique):
    begin(tab, unique)
    expect_empty(tab)
    tab.locator("#id_external_id").fill("another")
    expect(offer(tab).get_by_role("button", name=INSTEAD)).to_be_visible()
    tab.locator("#id_external_id").fill("")
    expect(offer(tab).get_by_role("button", name=GO_ON)).to_be_visible()
    tab.locator("#id_external_id").fill("another")
    expect_empty(tab)
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.locator("#id_external_id")).to_have_value(f"INV-{unique}")


def test_a_draft_is_thrown_away(tab: Page, unique):
    begin(tab, unique)
    expect_empty(tab)
    tab.locator("#id_external_id").fill("another")
    offer(tab).get_by_role("button", name="Discard it").click()
    expect(offer(tab)).to_have_count(0)
    expect(tab.locator("#id_external_id")).to_have_value("another")
    # What was typed meanwhile is the draft now, and none is what was typed back to nothing.
    expect_empty(tab)
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.locator("#id_external_id")).to_have_value("another")
    expect_empty(tab)
    offer(tab).get_by_role("button", name="Discard it").click()
    tab.locator("#id_external_id").fill("x")
    tab.locator("#id_external_id").fill("")
    expect_empty(tab)
    expect(offer(tab)).to_have_count(0)


def test_the_currency_that_the_form_opens_with_is_no_draft(tab: Page, unique):
    tab.goto(IMPORT)
    currency = tab.get_by_label("Currency", exact=True)
    expect(currency).to_have_value("EUR")
    box(line(tab, 1), "Amount in Cents").fill("1")
    expect(line(tab, 1).get_by_text("1 = EUR 0.01")).to_be_visible()
    box(line(tab, 1), "Amount in Cents").fill("")
    expect_empty(tab)
    expect(offer(tab)).to_have_count(0)
    currency.select_option("")
    tab.locator("#id_external_id").fill(f"INV-{unique}")
    kept(tab, unique)
    expect_empty(tab)
    expect(currency).to_have_value("EUR")
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(currency).to_have_value("")


def begin_for_another(page: Page, unique: str) -> str:
    """Begin an invoice on the form that the page of a customer leads to, and return the UUID of this customer."""
    other = f"cus_{uuid.uuid4()}"
    begin(page, unique, f"{IMPORT}?customer_uuid={other}")
    kept(page, unique)
    return other


def test_a_draft_comes_with_its_own_customer_on_the_form_of_another(tab: Page, customer, unique):
    other = begin_for_another(tab, unique)
    tab.get_by_label("Currency", exact=True).select_option("USD")
    tab.goto(f"{IMPORT}?customer_uuid={customer['uuid']}&currency=EUR")
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.locator("#id_external_id")).to_have_value(f"INV-{unique}")
    expect(tab.get_by_role("combobox", name="Customer UUID")).to_have_value(other)
    expect(tab.get_by_label("Currency", exact=True)).to_have_value("USD")
    assert tab.url.endswith(f"?customer_uuid={other}"), "the form of no other customer"
    expect(offer(tab)).to_have_count(0)
    # What is typed on goes into the same draft, the customer too.
    tab.get_by_role("combobox", name="Customer UUID").fill(third := f"cus_{uuid.uuid4()}")
    box(line(tab, 1), "Description").fill("typed on")
    kept(tab, "typed on")
    tab.reload()
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.get_by_role("combobox", name="Customer UUID")).to_have_value(third)
    expect(box(line(tab, 1), "Description")).to_have_value("typed on")


def test_what_is_said_of_a_copy_goes_with_it(tab: Page, customer, call, unique):
    item = {"type": "one_time", "amount_in_cents": 700, "transaction_fees_currency": "EUR"}
    invoice = {"external_id": f"{unique}-a", "date": "2026-01-31", "currency": "USD", "line_items": [item]}
    made = call.make(f"/v1/import/customers/{customer['uuid']}/invoices", {"invoices": [invoice]})["invoices"][0]
    other = begin_for_another(tab, unique)
    said = tab.get_by_text("Filled in from an earlier invoice of this customer.")
    tab.goto(f"{IMPORT}?copy={made['uuid']}")
    expect(said).to_be_visible()
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.locator("#id_external_id")).to_have_value(f"INV-{unique}")
    expect(tab.get_by_role("combobox", name="Customer UUID")).to_have_value(other)
    expect_amounts(tab, "")
    expect(said).to_have_count(0)
    # A draft of the copy is one of it wherever it goes on.
    tab.goto(f"{IMPORT}?copy={made['uuid']}")
    offer(tab).get_by_role("button", name="Discard it").click()
    tab.locator("#id_external_id").fill(f"{unique}-b")
    kept(tab, f"{unique}-b")
    tab.goto(IMPORT)
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.locator("#id_external_id")).to_have_value(f"{unique}-b")
    expect_amounts(tab, "700")
    expect(said).to_be_visible()


def test_a_form_that_comes_back_goes_on_with_its_own_draft(tab: Page, unique):
    begin(tab, unique)
    press(tab, "Review")
    expect(tab.get_by_role("alert")).to_be_visible()
    expect(offer(tab)).to_have_count(0)
    box(line(tab, 1), "Description").fill("after the error")
    expect_empty(tab)
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(box(line(tab, 1), "Description")).to_have_value("after the error")


def test_a_draft_is_one_persons_in_one_connection(tab: Page, unique):
    begin(tab, unique)
    kept(tab, unique)
    drafts = "Object.entries(sessionStorage).filter(([slot]) => slot.startsWith('draft '))"
    mine = tab.evaluate(drafts)
    tab.evaluate("([[, draft]]) => sessionStorage.setItem('draft 999 x invoices.import', draft)", mine)
    expect_empty(tab)
    expect(offer(tab)).to_be_visible()
    assert tab.evaluate(drafts) == mine


def declared(page: Page, address: str) -> None:
    """Open a form as if it were declared to keep drafts."""

    def answer(route) -> None:
        received = route.fetch()
        route.fulfill(
            response=received,
            body=received.text().replace('class="operation"', 'class="operation" data-draft="draft 1 x y"'),
        )

    page.route(f"**{address}", answer, times=1)
    page.goto(address)


def test_keys_are_never_kept(tab: Page, unique):
    declared(tab, "/connections/create/")
    tab.get_by_label("Token").fill("secret-key")
    tab.get_by_label("Connection name").fill(unique)
    kept(tab, unique)
    assert "secret-key" not in tab.evaluate("JSON.stringify(sessionStorage)")


def test_chosen_records_come_back(tab: Page, source, plan, unique):
    address = "/c/main/plan-groups/create/"
    declared(tab, address)
    picker = tab.get_by_role("combobox", name="Plan")
    picker.fill(plan["uuid"])
    tab.get_by_role("option", name=plan["name"]).click()
    picker.fill("and another")
    declared(tab, address)
    offer(tab).get_by_role("button", name=GO_ON).click()
    expect(tab.get_by_role("list", name=re.compile("Selected")).get_by_role("listitem")).to_contain_text([plan["name"]])
    expect(picker).to_have_value("and another")
