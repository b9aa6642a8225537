"""Lists in a browser: loading a whole list, Stop, failures meanwhile, sorting, columns and saved views."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import FRAME, is_fine

pytestmark = pytest.mark.xdist_group("browser")
LIST = "/c/main/customers/list/?limit=20"
NO_SHADE = "rgba(0, 0, 0, 0)"


def load_button(page: Page) -> Any:
    return page.get_by_role("button", name=re.compile("Load all"))


def column(page: Page, name: str) -> list[str]:
    """The texts of a column, those of rows out of view too."""
    index = [words.strip() for words in page.locator("thead th").all_text_contents()].index(name)
    cells = page.locator(f"tbody td:nth-child({index + 1})")
    return list(cells.all_text_contents())


@pytest.fixture
def total(sandbox: Any) -> int:
    return len(sandbox.api.store.all("customers"))


@pytest.fixture
def loaded(page: Page, total: int) -> Page:
    page.goto(LIST)
    load_button(page).click()
    expect(page.locator("caption")).to_contain_text(f"{total} customers, all loaded")
    return page


def test_all_rows_are_loaded_and_counted(loaded: Page, total: int):
    assert len(set(column(loaded, "UUID"))) == total
    expect(loaded.locator("load-all")).to_contain_text(f"{total} customers, all loaded")
    expect(load_button(loaded)).to_be_hidden()
    expect(loaded.get_by_role("link", name="Next")).to_be_hidden()
    expect(loaded.get_by_role("table")).to_have_attribute("aria-busy", "false")


def test_amounts_are_sorted_by_their_value_with_what_is_not_set_last(loaded: Page):
    loaded.get_by_role("button", name="MRR").click()
    expect(loaded.get_by_role("columnheader", name="MRR")).to_have_attribute("aria-sort", "ascending")
    rising = column(loaded, "MRR")
    amounts = [float(words.split()[-1].replace(",", "")) for words in rising if words != "—"]
    assert amounts == sorted(amounts)
    assert max(amounts) > 100
    assert "—" not in rising[: len(amounts)]
    loaded.get_by_role("button", name="MRR").click()
    expect(loaded.get_by_role("columnheader", name="MRR")).to_have_attribute("aria-sort", "descending")
    falling = [float(words.split()[-1].replace(",", "")) for words in column(loaded, "MRR") if words != "—"]
    assert falling == amounts[::-1]
    assert column(loaded, "MRR")[len(falling) :] == rising[len(amounts) :]


def test_dates_are_sorted_and_the_keyboard_does_it(loaded: Page):
    loaded.get_by_role("button", name="Customer since").focus()
    loaded.keyboard.press("Enter")
    dates = [words for words in column(loaded, "Customer since") if words != "—"]
    assert dates == sorted(dates)
    expect(loaded.get_by_role("button", name="Customer since")).to_be_focused()
    expect(loaded.locator("#spoken")).to_have_text("Sorted by Customer since, ascending")


def test_rows_that_are_equal_keep_their_order(loaded: Page):
    loaded.get_by_role("button", name="Name", exact=True).click()
    loaded.get_by_role("button", name="Status", exact=True).click()
    names = column(loaded, "Name")
    by_status: dict[str, list[str]] = {}
    for status, name in zip(column(loaded, "Status"), names, strict=True):
        by_status.setdefault(status, []).append(name)
    loaded.get_by_role("button", name="Name", exact=True).click()
    loaded.get_by_role("button", name="Status", exact=True).click()
    again: dict[str, list[str]] = {}
    for status, name in zip(column(loaded, "Status"), column(loaded, "Name"), strict=True):
        again.setdefault(status, []).append(name)
    assert again == by_status
    assert column(loaded, "Status") == sorted(column(loaded, "Status"))


def test_stop_keeps_what_came_and_it_goes_on_from_there(page: Page, sandbox: Any, total: int):
    page.goto(LIST)
    page.route("**/rows/**at=*", lambda route: None)
    load_button(page).click()
    expect(page.locator("load-all")).to_contain_text("200 loaded")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("load-all")).to_contain_text("Stopped: 200 loaded; more follow")
    expect(page.locator("caption")).to_contain_text("200 customers loaded, more follow")
    expect(page.locator("tbody tr")).to_have_count(200)
    page.get_by_role("button", name="Name", exact=True).click()
    page.unroute_all()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("caption")).to_contain_text(f"{total} customers, all loaded")
    assert len(set(column(page, "UUID"))) == total
    # What came later is put in the order that the column says.
    names = column(page, "Name")
    page.get_by_role("button", name="Name", exact=True).click()
    page.get_by_role("button", name="Name", exact=True).click()
    assert column(page, "Name") == names


def test_on_the_way_back_the_order_is_as_it_was_once_all_is_loaded_again(loaded: Page, total: int):
    mrr = loaded.get_by_role("columnheader", name="MRR")
    for order in ("ascending", "descending"):
        loaded.get_by_role("button", name="MRR").click()
        expect(mrr).to_have_attribute("aria-sort", order)
    falling = column(loaded, "MRR")
    loaded.locator("tbody a").first.click()
    expect(loaded.get_by_role("heading", name="List Customers")).to_have_count(0)
    loaded.go_back()
    expect(load_button(loaded)).to_be_visible()
    expect(mrr).not_to_have_attribute("aria-sort", "descending")
    load_button(loaded).click()
    expect(loaded.locator("caption")).to_contain_text(f"{total} customers, all loaded")
    expect(mrr).to_have_attribute("aria-sort", "descending")
    assert column(loaded, "MRR") == falling
    expect(loaded.locator("#spoken")).to_contain_text("all loaded")
    # Another list, or this one opened anew, begins in its own order.
    loaded.goto("/c/main/plans/list/?limit=1000")
    expect(loaded.locator("[aria-sort]")).to_have_count(0)


def test_the_focus_goes_from_load_all_to_stop_and_then_to_the_table(page: Page, total: int):
    held: list[Any] = []
    page.goto(LIST)
    page.route("**/rows/**at=*", lambda route: route.continue_() if held else held.append(route))
    load_button(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator("load-all")).to_contain_text("200 loaded")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    held[0].continue_()
    expect(page.locator("caption")).to_contain_text(f"{total} customers, all loaded")
    expect(page.get_by_role("region", name="List Customers: rows")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.sort')")


def test_an_error_keeps_what_came_and_offers_to_try_again(page: Page, sandbox: Any, total: int):
    page.goto(LIST)
    page.route("**/rows/**at=*", lambda route: route.fulfill(status=424, json={"message": "ChartMogul is away."}))
    load_button(page).click()
    expect(page.locator("load-all")).to_contain_text("Incomplete: 200 loaded. ChartMogul is away.")
    expect(page.locator("tbody tr")).to_have_count(200)
    page.unroute_all()
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("caption")).to_contain_text(f"{total} customers, all loaded")


def test_an_error_at_once_leaves_the_page_as_it_was(page: Page):
    page.goto(LIST)
    page.route("**/rows/**", lambda route: route.fulfill(status=500, body="<h1>Oops</h1>"))
    load_button(page).click()
    expect(page.locator("load-all")).to_contain_text("Incomplete: 0 loaded. The server returned 500.")
    expect(page.locator("tbody tr")).to_have_count(20)
    expect(page.get_by_role("link", name="Next")).to_be_visible()


def test_a_rate_limit_is_waited_for(page: Page, total: int):
    page.goto(LIST)
    answers = [{"message": "Busy", "retry_after": 1.2, "reason": "ChartMogul is limiting requests"}]

    def refuse_once(route: Any) -> None:
        if answers:
            route.fulfill(status=429, json=answers.pop())
        else:
            route.continue_()

    page.route("**/rows/**at=*", refuse_once)
    load_button(page).click()
    expect(page.locator("load-all")).to_contain_text("200 loaded; ChartMogul is limiting requests, continues in 2 s")
    expect(page.locator("caption")).to_contain_text(f"{total} customers, all loaded")


def in_order(name: str) -> list[tuple[int, int, str]]:
    """Numbers in a name by their value, and before letters."""
    return [
        (0, int(piece), "") if piece.isdigit() else (1, 0, piece.casefold())
        for piece in re.split(r"(\d+)", name)
        if piece
    ]


def test_a_list_that_is_all_there_can_be_sorted_at_once(page: Page):
    page.goto("/c/main/plans/list/?limit=1000")
    page.get_by_role("button", name="Name", exact=True).click()
    names = column(page, "Name")
    assert len(names) > 2
    # As people count: 3x comes before 10x.
    assert names == sorted(names, key=in_order)
    page.goto(LIST)
    expect(page.locator("thead button")).to_have_count(0)


def test_foreign_data_in_loaded_rows_stays_text(loaded: Page):
    assert "<script>alert(1)</script>" in column(loaded, "Name")


def test_columns_and_a_saved_view(page: Page, unique: str):
    page.goto("/c/main/customers/list/?limit=7&status=Active")
    page.get_by_role("link", name="Columns").click()
    page.get_by_label("Email", exact=True).uncheck()
    page.get_by_role("button", name="Move MRR up").click()
    expect(page.get_by_role("button", name="Move MRR up")).to_be_focused()
    page.get_by_label("City", exact=True).check()
    page.get_by_role("button", name="Show", exact=True).click()
    heads = page.locator("thead th")
    expect(heads.nth(1)).to_have_text("MRR")
    expect(heads.last).to_have_text("City")
    page.get_by_role("link", name="Save as a view").click()
    page.get_by_label("Name").fill(unique)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name=unique)).to_have_attribute("aria-current", "true")
    expect(page.locator("tbody tr")).to_have_count(7)
    expect(heads.nth(1)).to_have_text("MRR")
    page.get_by_role("link", name="Change this view").click()
    page.get_by_role("button", name="Delete this view").click()
    expect(page.get_by_role("link", name=unique)).to_have_count(0)


def test_columns_and_views_without_scripts(open_browser: Callable[..., Page], unique: str):
    page = open_browser(java_script_enabled=False)
    page.goto(LIST)
    expect(page.get_by_text("Without JavaScript, a list shows at most")).to_be_visible()
    expect(load_button(page)).to_have_count(0)
    page.get_by_role("link", name="Columns").click()
    page.get_by_label("Email", exact=True).uncheck()
    page.get_by_role("button", name="Move MRR up").click()
    expect(page.get_by_label("Email", exact=True)).not_to_be_checked()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("thead th").nth(1)).to_have_text("MRR")
    expect(page.locator("thead th", has_text="Email")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_filters_are_folded_on_a_narrow_screen_and_open_on_a_wide_one(open_browser: Callable[..., Page], scripts: bool):
    page = open_browser(viewport={"width": 390, "height": 844}, java_script_enabled=scripts)
    page.goto(f"{LIST}&status=Active")
    status = page.get_by_label("Status")
    expect(page.locator("tbody tr").first).to_be_in_viewport()
    expect(status).to_be_hidden()
    page.get_by_text("Filters (1 in use)").click()
    status.select_option("")
    page.get_by_label("Limit").fill("0")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Limit")).to_be_visible()
    page.get_by_role("link", name="Reset").click()
    expect(page.get_by_text("Filters", exact=True)).to_be_visible()
    expect(status).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_text("Filters", exact=True)).to_be_hidden()
    status.select_option("Active")
    page.goto("/c/main/activity/?outcome=accepted")
    expect(page.get_by_label("Outcome")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_text("Filters (1 in use)")).to_be_visible()
    expect(page.get_by_label("Outcome")).to_be_hidden()


def test_they_are_accessible(open_browser: Callable[..., Page], total: int):
    page = open_browser()
    page.goto("/c/main/customers/list/?limit=20&status=Past_Due")
    if load_button(page).count():
        load_button(page).click()
        expect(page.locator("caption")).to_contain_text("all loaded")
    page.get_by_role("button", name="MRR").click()
    is_fine(page, "a sorted list")
    page.get_by_role("link", name="Columns").click()
    expect(page.get_by_role("button", name="Show", exact=True)).to_be_visible()
    is_fine(page, "the columns of a list", but=FRAME)
    page.goto("/c/main/customers/list/?limit=20&status=Past_Due")
    page.get_by_role("link", name="Save as a view").click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    is_fine(page, "a view to be saved", but=FRAME)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["1,234,567", "-1,234.50", "2026-11-06 13:30", "13:30"]),
        ("de", ["1.234.567", "-1.234,50", "06.11.2026, 13:30", "13:30"]),
    ],
)
def test_scripts_write_numbers_and_times_as_the_pages_do(page: Page, language: str, written: list[str]):
    page.goto("/connections/")
    script = """async (language) => {
      document.documentElement.lang = language;
      const { count, amount, moment, time } = await import(`/static/js/localized.js?${language}`);
      const noon = new Date(2026, 10, 6, 13, 30);
      return [count(1234567), amount(-123450n), moment(noon), time(noon)];
    }"""
    assert page.evaluate(script, language) == written


def test_a_time_says_at_the_focus_what_it_is_in_utc_and_how_long_ago(page: Page):
    page.goto(LIST)
    times, tip = page.locator("table time"), page.get_by_role("tooltip")
    # One of them is on the way of Tab.
    expect(page.locator("table time[tabindex='0']")).to_have_count(1)
    page.locator("table time[tabindex='0']").focus()
    expect(tip).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC · (\d+ \w+ ago|last \w+|yesterday)$"))
    expect(times.first).to_have_accessible_description(re.compile("UTC · "))
    page.keyboard.press("ArrowDown")
    expect(times.first).not_to_be_focused()
    expect(page.locator("table tbody tr:nth-child(2) time:focus")).to_have_count(1)
    expect(page.locator("table time[tabindex='0']")).to_have_count(1)
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    # Without the script, and when it is done, the browser's own words are there.
    assert times.first.get_attribute("title").endswith(" UTC")
    times.nth(3).hover()
    expect(tip).to_be_visible()
    is_fine(page, "a list with the words of a time", but=FRAME)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_ends_in_a_shade_where_it_goes_on_whoever_wants_no_motion_too(scheme: Any, page: Page):
    page.set_viewport_size({"width": 700, "height": 500})
    page.emulate_media(color_scheme=scheme)
    page.goto(LIST)
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    rows = page.locator(".scroller").first
    for shade, end in (("--goes-right", "left: each.scrollWidth"), ("--goes-below", "top: each.scrollHeight")):
        expect(rows).not_to_have_css(shade, NO_SHADE)
        rows.evaluate(f"each => each.scrollTo({{ {end} }})")
        expect(rows).to_have_css(shade, NO_SHADE)
