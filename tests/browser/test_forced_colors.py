"""With forced colours, as in Windows' high contrast mode, every state and the focus are still visible: a screenshot of
the control differs from one without the state."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.xdist_group("browser, other half")


@pytest.fixture
def page(open_browser: Callable[..., Page]) -> Page:
    return open_browser(forced_colors="active", color_scheme="dark")


def is_seen(control: Locator, state: str, value: str = "") -> bool:
    """Whether it makes a difference to the eye what an attribute says, or that there is one."""
    # Not by what it is found by: that may be the state.
    handle = control.element_handle()
    with_it = handle.screenshot()
    handle.evaluate("(control, [state, value]) => control.setAttribute(state, value)", [state, value])
    without = handle.screenshot()
    return with_it != without


def shows_its_focus(page: Page, control: Locator) -> bool:
    # What is directly around a box of a form has no place of its own.
    around = control.locator("xpath=ancestor::*[2]")
    control.evaluate("control => control.blur()")
    before = around.screenshot()
    control.focus()
    return before != around.screenshot()


def test_the_page_that_is_shown_and_the_view(page: Page) -> None:
    page.goto("/c/main/customers/list/?limit=3")
    menu = page.get_by_role("navigation", name="Modules").get_by_role("link", name="List Customers")
    for control in (menu, page.get_by_role("button", name="Run"), page.get_by_label("Limit")):
        assert shows_its_focus(page, control)
    page.get_by_role("heading", level=1).click()
    for control in (menu, page.get_by_role("link", name="All", exact=True)):
        control.evaluate("control => control.removeAttribute('aria-current')")
        assert is_seen(control, "aria-current", "page")


def test_the_choice_that_enter_would_take(page: Page) -> None:
    page.goto("/c/main/customers/get/")
    page.get_by_role("combobox", name="Customer").click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert is_seen(page.get_by_role("option", selected=True), "aria-selected", "false")


def test_a_field_with_an_error(page: Page) -> None:
    page.goto("/c/main/data-sources/create/")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert is_seen(page.locator(".field.invalid"), "class", "field")
    assert shows_its_focus(page, page.get_by_label("Name", exact=True))


def test_what_is_chosen_and_what_is_sorted(page: Page) -> None:
    page.goto("/c/main/plans/list/?limit=1000")
    button = page.get_by_role("button", name="Name", exact=True)
    button.click()
    expect(page.get_by_role("columnheader", name="Name", exact=True)).to_have_attribute("aria-sort", "ascending")
    assert is_seen(page.get_by_role("columnheader", name="Name", exact=True), "aria-sort", "none")
