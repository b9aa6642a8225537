"""Boxes for dates and times: the text below them takes no more room than was reserved."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_invoices import box, line, press

pytestmark = pytest.mark.xdist_group("browser")
WIDTHS = pytest.mark.parametrize("width", [390, 1440])
PAGES = pytest.mark.parametrize(
    ("address", "label"),
    [
        ("customers/create", "Lead Created At"),
        ("transactions/import", "Date"),
        ("invoices/import", "Date"),
        ("invoices/import", "Service Period Start"),
        ("subscriptions/cancel", "Canceled At"),
    ],
)
ORDINARY = {"2026-01-31 14:30": "2026-01-31 13:30 UTC", "2026-01-31": "2026-01-31 00:00 UTC"}


def review_at(page: Page) -> float:
    return page.get_by_role("button", name="Review").bounding_box()["y"] + page.evaluate("scrollY")


@PAGES
@WIDTHS
def test_what_stands_below_a_time_stays_where_it_is(open_browser, width: int, address: str, label: str):
    page = open_browser(viewport={"width": width, "height": 900})
    page.goto(f"/c/main/{address}/")
    beside = page.locator("moment-box", has=page.get_by_label(label, exact=True)).first
    said = beside.locator("output")
    expect(said).to_contain_text("A date alone means 00:00 UTC.")
    before = review_at(page)
    moved = {}
    for typed, words in ORDINARY.items():
        beside.get_by_role("textbox").fill(typed)
        expect(said).to_contain_text(words)
        moved[typed] = review_at(page) - before
    beside.get_by_role("textbox").fill("")
    expect(said).to_contain_text("A date alone means 00:00 UTC.")
    assert {**moved, "": review_at(page) - before} == dict.fromkeys([*ORDINARY, ""], 0)


def test_it_stays_in_german_too_whose_words_are_longer(open_browser):
    page = open_browser(viewport={"width": 1440, "height": 900}, locale="de-DE")
    page.goto("/c/main/subscriptions/cancel/")
    before = page.evaluate("document.documentElement.scrollHeight")
    page.locator("moment-box input").first.fill("2026-01-31")
    expect(page.locator("moment-box output").first).to_contain_text("31.01.2026, 00:00 UTC")
    assert page.evaluate("document.documentElement.scrollHeight") == before > 900


@WIDTHS
def test_a_box_is_as_high_before_its_scripts_have_come(open_browser, width: int):
    page = open_browser(viewport={"width": width, "height": 900})
    heights = []
    for _ in range(2):
        page.goto("/c/main/transactions/import/")
        heights.append(page.locator("moment-box").bounding_box()["height"])
        page.add_init_script("customElements.define = () => {}")
    assert heights[0] == heights[1] > 0


def test_a_narrow_box_says_its_zone_and_takes_one_line_more_at_most(open_browser):
    page = open_browser(viewport={"width": 1440, "height": 900})
    page.goto("/c/main/invoices/import/")
    wide = page.locator("moment-box", has=page.locator("#id_date"))
    narrow = page.locator("moment-box", has=page.locator("[name$='-service_period_start']:visible"))
    zone = re.compile("Europe/Berlin")
    for typed in ("", "2026-01-31 14:30", "2026"):
        narrow.get_by_role("textbox").fill(typed)
        expect(narrow.locator("output")).to_contain_text({"": "00:00 UTC", "2026": "as"}.get(typed, "13:30 UTC"))
        expect(narrow).to_have_text(zone, use_inner_text=True)
        if typed != "2026":
            assert narrow.bounding_box()["height"] - wide.bounding_box()["height"] < 20


def test_a_time_that_the_page_comes_with_is_said_at_once(either):
    either.goto("/c/main/transactions/import/?date=2026-01-31+14:30")
    expect(either.locator("moment-box output")).to_have_text("2026-01-31 14:30 Europe/Berlin = 2026-01-31 13:30 UTC")


def test_buttons_that_need_scripts_are_not_shown_without_them(open_browser):
    page = open_browser(java_script_enabled=False)
    page.goto("/c/main/transactions/import/?date=2026-01-31")
    expect(page.locator("moment-box output")).to_contain_text("2026-01-31 00:00 UTC")
    expect(page.locator("moment-box").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "label", "ways"),
    [
        ("customers/create", "Lead Created At", ["Now", "Today 00:00"]),
        ("customers/create", "Free Trial Started At", ["Now", "Today 00:00"]),
        ("subscriptions/cancel", "Canceled At", ["Now", "Today 00:00"]),
        ("transactions/import", "Date", ["Now", "Today 00:00", "End of month"]),
    ],
)
def test_the_end_of_the_month_is_offered_where_a_time_may_be_ahead(page, address: str, label: str, ways: list[str]):
    page.goto(f"/c/main/{address}/")
    beside = page.locator("moment-box", has=page.get_by_label(label, exact=True))
    expect(beside.locator("[data-way]")).to_have_text(ways)


def test_it_is_not_offered_for_a_date_of_the_history_of_cancellations(page):
    page.goto("/c/main/subscriptions/cancel/")
    press(page, "Add cancellation date")
    row = page.get_by_role("group", name="Cancellation Dates").locator("moment-box")
    expect(row.locator("[data-way]")).to_have_text(["Now", "Today 00:00"])


def test_a_box_that_is_opened_later_has_its_buttons(page):
    page.goto("/c/main/invoices/import/")
    box(line(page, 1), "Type").select_option("one_time")
    press(line(page, 1), "Duplicate")
    expect(line(page, 2).get_by_role("button", name="Now")).to_have_count(0)
    box(line(page, 2), "Type").select_option("subscription")
    start = box(line(page, 2), "Service Period Start")
    beside = line(page, 2).locator("moment-box", has=page.locator("[name$=service_period_start]"))
    expect(beside.get_by_role("button")).to_have_text(["Now", "Today 00:00", "End of month"])
    beside.get_by_role("button", name="Today 00:00").click()
    expect(start).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d 00:00$"))
    expect(beside.locator("output")).to_contain_text("UTC")
    expect(box(line(page, 1), "Service Period Start")).to_have_value("")
