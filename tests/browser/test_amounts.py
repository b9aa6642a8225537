"""Amounts in major units in a browser: the texts shown while typing, and that drafts keep their meaning."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from resources.major_units import NotAnAmount, parse
from tests.browser.test_connection_loss import Wire, own_browser
from tests.browser.test_drafts import IMPORT
from tests.browser.test_drafts import tab as tab
from tests.browser.test_invoices import begin, box, expect_amounts, line, press
from tests.browser.test_invoices import customer as customer
from tests.browser.test_invoices import source as source

pytestmark = pytest.mark.xdist_group("browser")
TEXTS = [
    *("1,234.50", "1.234,50", "1234.5", "1234,5", "1.234", "1,234", "0.500", "0,500", "1234.560", "1234.567"),
    *("1.230", "1,230", "-1,234", "12.345,00", "12,345,678", "12.3456", "12,3456", "999,999", "1000,5"),
    *("12", "-12", "\u22123.10", "+1", "1,23", "12,34,567", ".5", "5.", "1 234", "x", "", "123456789012345"),
]
DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}


@pytest.fixture
def in_units(tab: Page) -> Iterator[Page]:
    """A form in major units; afterwards the person's preference is cents again."""
    page = tab
    page.goto("/c/main/transactions/import/")
    press(page, "Type major units instead")
    yield page
    page.goto("/accounts/preferences/")
    page.get_by_label("Enter amounts in", exact=True).select_option("cents")
    press(page, "Save")


def test_what_will_be_sent_is_said_while_it_is_typed(in_units: Page, customer: dict, unique: str):
    page, currency = in_units, in_units.get_by_label("Currency", exact=True)
    begin(page, customer, unique)
    first = box(line(page, 1), "Amount in Cents")
    first.fill("1,234.50")
    expect(line(page, 1).get_by_text("1,234.50 USD = 123450 will be sent")).to_be_visible()
    expect(first).to_have_accessible_description(re.compile("^typed in major units of USD"))
    press(line(page, 1), "Duplicate")
    box(line(page, 2), "Amount in Cents").fill("0.5")
    total = page.get_by_role("group", name="Line Items")
    expect(total.get_by_text("Sum of 2 line items: 123500 = USD 1,235.00")).to_be_visible()
    currency.select_option("JPY")
    expect(first).to_have_accessible_description(re.compile("^typed in major units of JPY"))
    expect(line(page, 1).get_by_text("JPY has no decimals: enter whole JPY, or type cents instead")).to_be_visible()
    first.fill("1.234,5")
    expect(line(page, 1).get_by_text("Enter an amount in major units, such as 1,234.50.")).to_be_visible()
    first.fill("1,234")
    expect(line(page, 1).get_by_text("“1,234” can be read in two ways. Enter 1234: JPY has no")).to_be_visible()
    first.fill("1234")
    expect(line(page, 1).get_by_text("1,234 JPY = 123400 will be sent, in hundredths; ")).to_be_visible()
    currency.select_option("RSD")
    first.fill("1,234.50")
    expect(line(page, 1).get_by_text("1,234.50 RSD = 123450 will be sent")).to_be_visible()
    currency.select_option("KWD")
    first.fill("1234.500")
    expect(line(page, 1).get_by_text("1,234.50 KWD = 123450 will be sent, in hundredths as")).to_be_visible()
    press(page, "Type cents instead")
    expect_amounts(page, "123450", "50")
    press(page, "Type major units instead")
    expect_amounts(page, "1234.50", "0.50")
    expect(page.locator("#id_external_id")).to_have_value(f"INV-{unique}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12.50", "Enter a whole number of cents without separators, such as 123450 for 1,234.50."),
        ("1,000", "Enter a whole number of cents without separators, such as 123450 for 1,234.50."),
        ("1e5", "Enter a whole number of cents without separators, such as 123450 for 1,234.50."),
        ("9" * 16, "This amount is too large."),
        ("9" * 15, f"{'9' * 15} = 9,999,999,999,999.99"),
        (" −5 ", "-5 = -0.05"),
        (" ", ""),
    ],
)
def test_what_is_no_whole_number_of_cents_is_said_while_it_is_typed(page: Page, typed: str, said: str):
    page.goto(f"{IMPORT}?currency=")
    box(line(page, 1), "Amount in Cents").fill(typed)
    expect(line(page, 1).locator(".cents", has=page.get_by_label("Amount in Cents", exact=True))).to_have_text(said)


def test_a_draft_in_cents_comes_back_as_the_same_amounts(in_units: Page, customer: dict, unique: str):
    page = in_units
    begin(page, customer, unique)
    press(page, "Type cents instead")
    box(line(page, 1), "Amount in Cents").fill("12345")
    page.wait_for_function("text => JSON.stringify(sessionStorage).includes(text)", arg="12345")
    page.goto("/c/main/transactions/import/")
    press(page, "Type major units instead")
    page.goto("/c/main/invoices/import/")
    page.get_by_role("button", name=re.compile("^Continue with the draft")).click()
    expect_amounts(page, "123.45")
    expect(line(page, 1).get_by_text("123.45 USD = 12345 will be sent")).to_be_visible()
    expect(page.locator("#id_external_id")).to_have_value(f"INV-{unique}")
    expect(page.get_by_role("region", name="Draft", exact=True)).to_have_count(0)


def test_a_draft_in_the_other_unit_waits_for_the_connection_as_it_is(browser: Browser, site: str, cookies: Any, unique):
    """Only the server converts amounts, and none of a draft may stand in a box that would be read as another."""
    with own_browser(browser, base_url=site, storage_state=cookies) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(IMPORT)
        page.locator("#id_external_id").fill(f"INV-{unique}")
        box(line(page, 1), "Amount in Cents").fill("12345")
        page.wait_for_function("text => JSON.stringify(sessionStorage).includes(text)", arg="12345")
        drafts = "JSON.stringify(Object.entries(sessionStorage).filter(([slot]) => slot.startsWith('draft ')))"
        kept = page.evaluate(drafts)
        # The page is in major units, as if that had been chosen elsewhere meanwhile.
        page.goto("/c/main/transactions/import/")
        press(page, "Type major units instead")
        page.goto(IMPORT)
        page.get_by_label("Currency", exact=True).select_option("EUR")
        wire = Wire(context)
        wire.is_cut = True
        go_on = page.get_by_role("button", name=re.compile("^Continue with the draft"))
        go_on.click()
        draft = page.get_by_role("region", name="Draft", exact=True)
        expect(draft).to_contain_text("There is no connection to ChartMogul Admin, which this draft needs")
        expect(page.locator("#id_external_id")).to_have_value("")
        expect_amounts(page, "")
        expect(page.get_by_label("Currency", exact=True)).to_have_value("EUR")
        assert page.evaluate(drafts) == kept
        wire.is_cut = False
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.get_by_text("The connection to ChartMogul Admin is back.")).to_be_visible()
        go_on.click()
        expect_amounts(page, "123.45")
        expect(page.locator("#id_external_id")).to_have_value(f"INV-{unique}")
        press(page, "Type cents instead")
        expect_amounts(page, "12345")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_script_reads_as_the_server_does_and_says_the_same(open_browser: Callable[..., Page], language: str):
    page = open_browser(locale=language)
    page.goto("/connections/")
    script = """async ([texts, currencies]) => {
      const { read } = await import("/static/js/major-units.js");
      const said = ({ number, problem }) => problem ?? number.toString();
      return texts.map((text) => currencies.map(([code, decimals]) => said(read(text, decimals, code))));
    }"""
    read = page.evaluate(script, [TEXTS, list(DECIMALS.items())])
    with translation.override(language):
        assert read == [[as_server(text, currency) for currency in DECIMALS] for text in TEXTS]


def as_server(text: str, currency: str) -> str:
    try:
        return str(parse(text, currency))
    except NotAnAmount as refusal:
        return str(refusal)
