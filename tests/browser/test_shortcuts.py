"""Keyboard shortcuts, their list, and the switch that turns single-character ones off."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from resources.registry import OPERATIONS
from tests.browser.looking import BY_SCHEMES, violations

pytestmark = pytest.mark.xdist_group("browser")
SWITCH = "Single-key shortcuts"


@pytest.fixture
def page(open_browser: Callable[..., Page]) -> Iterator[Page]:
    page = open_browser()
    yield page
    # The next test gets a browser that holds nothing.
    page.evaluate("localStorage.clear()")


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Keyboard shortcuts")


def search_box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search", exact=True)


def test_the_list_opens_by_key_and_by_button_and_the_focus_comes_back(page: Page):
    page.goto("/c/main/customers/list/?limit=3")
    next_to = page.get_by_role("link", name="Columns")
    next_to.focus()
    page.keyboard.press("?")
    expect(dialog(page)).to_be_visible()
    expect(dialog(page).get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    expect(next_to).to_be_focused()
    page.get_by_role("button", name="Keyboard").click()
    for words in ("Search", "This list", "Close anything that is open", "List Customers", "Activity"):
        expect(dialog(page).get_by_text(words, exact=True)).to_be_visible()
    # What is behind it hears nothing.
    for keys in ("/", "Control+k", "g", "c"):
        page.keyboard.press(keys)
    expect(page).to_have_url(re.compile("/customers/list/"))
    dialog(page).get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Keyboard")).to_be_focused()
    expect(page.get_by_role("listbox", name="Results")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 320])
def test_the_list_is_accessible(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/c/main/")
    page.get_by_role("button", name="Keyboard").click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page, BY_SCHEMES[scheme]) == [], scheme
    place = dialog(page).bounding_box()
    assert place
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_keys_lead_to_a_page(page: Page):
    page.goto("/c/main/directory/")
    for key, title in {
        "c": "List Customers",
        "p": "List Plans",
        "i": "List Invoices",
        "a": "Activity",
        "h": "Main",
    }.items():
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        # The heading may be there before the keys are listened to.
        page.wait_for_load_state()


def test_a_letter_alone_leads_nowhere_nor_one_after_a_while(open_browser: Callable[..., Page]):
    # A browser of its own kind: later tests must not get one whose clock is set.
    page = open_browser(user_agent="with a clock that is set")
    page.clock.install()
    page.goto("/c/main/")
    led: list[str] = []
    page.on("request", lambda request: led.append(request.url) if request.is_navigation_request() else None)
    for keys in ("c", "gx", "c", "Gc", "g"):
        for key in keys:
            page.keyboard.press(key)
    page.clock.fast_forward(1600)
    page.keyboard.press("c")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1, name="List Plans")).to_be_visible()
    assert [url.partition("/c/main/")[2] for url in led] == ["plans/list/"]


def test_letters_are_letters_in_a_box(page: Page):
    page.goto("/c/main/customers/create/")
    for box in (page.get_by_label("Company"), page.get_by_role("combobox", name="Data Source"), search_box(page)):
        box.focus()
        page.keyboard.type("g c?/")
        expect(box).to_have_value("g c?/")
    expect(dialog(page)).to_be_hidden()


def test_single_keys_can_be_switched_off_and_on(page: Page):
    page.goto("/c/main/")
    expect(search_box(page)).to_have_attribute("aria-keyshortcuts", "/ Control+K Meta+K")
    page.keyboard.press("?")
    dialog(page).get_by_label(SWITCH).uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):
        expect(search_box(page)).to_have_attribute("aria-keyshortcuts", "Control+K Meta+K")
        for key in ("/", "?", "g", "c"):
            page.keyboard.press(key)
        expect(search_box(page)).not_to_be_focused()
        expect(dialog(page)).to_be_hidden()
        expect(page.get_by_role("heading", level=1, name="Main")).to_be_visible()
        # The same in the next page.
        page.reload()
    page.keyboard.press("Control+k")
    expect(search_box(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard").click()
    dialog(page).get_by_label(SWITCH).check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(search_box(page)).to_be_focused()


def test_pages_of_no_connection_have_what_makes_sense_there(page: Page):
    page.goto("/people/")
    page.keyboard.press("?")
    expect(dialog(page).get_by_text("This list")).to_be_visible()
    expect(dialog(page).get_by_text("Search", exact=True)).to_have_count(0)


def test_without_javascript_there_is_no_button(open_browser: Callable[..., Page]):
    page = open_browser(java_script_enabled=False)
    page.goto("/c/main/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Keyboard")).to_have_count(0)


def test_each_letter_leads_to_one_place():
    letters = [operation.shortcut for operation in OPERATIONS.values() if operation.shortcut]
    assert sorted(letters) == ["c", "i", "p"]
