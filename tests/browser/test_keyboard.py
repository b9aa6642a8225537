"""The Tab key reaches everything in the order of the page, and the focus is restored when the focused part is replaced.
That each control of each page can be focused, shows it and is then in view: see test_every_page.py."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser, other half")
CONTROLS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((control) => !control.disabled && control.checkVisibility({ visibilityProperty: true }))
    .map((control) => control.outerHTML)"""
HEARD = "() => { window.heard = []; addEventListener('focusin', ({ target }) => heard.push(target.outerHTML)); }"


@pytest.mark.parametrize("address", ["customers/create/", "customers/list/?limit=2"])
def test_tab_comes_to_everything_and_back(page: Page, address: str):
    for key, step in (("Tab", 1), ("Shift+Tab", -1)):
        page.goto(f"/c/main/{address}")
        # Buttons that copy come once a frame was drawn.
        expect(page.locator("copy-text:not(:has(button))")).to_have_count(0)
        controls = page.evaluate(CONTROLS)[::step]
        assert len(controls) > 50
        page.evaluate(HEARD)
        for _ in controls:
            page.keyboard.press(key)
        assert [first_tag(each) for each in page.evaluate("heard")] == [first_tag(each) for each in controls]


def first_tag(html: str) -> str:
    """What names a control, without what having the focus does to it."""
    changed = r' (?:aria-expanded|aria-activedescendant|title)="[^"]*"| aria-describedby="moment-tip"'
    return re.sub(changed, "", html.partition(">")[0])


def test_the_focus_stays_on_a_section_that_comes_late(page: Page, call, sandbox, unique: str):
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    body = {"data_source_uuid": source, "external_id": unique, "name": unique}
    customer = call.make("/v1/customers", body)["uuid"]
    sandbox.faults.add(path=f"/v1/customers/{customer}/subscriptions", latency=1)
    page.goto(f"/c/main/customers/{customer}/", wait_until="domcontentloaded")
    heading = page.get_by_role("region", name="Subscriptions", exact=True).get_by_role("link", name="Subscriptions")
    heading.focus()
    expect(page.locator("#part-subscriptions[aria-busy]")).to_have_count(0)
    expect(heading).to_be_focused()


def test_the_focus_stays_while_the_account_is_read(page: Page):
    page.goto("/c/main/directory/")
    page.get_by_role("button", name=re.compile("^(Read the account|Refresh)$")).click()
    stop = page.get_by_role("button", name="Stop")
    stop.focus()
    for _ in "twice":
        with page.expect_response(re.compile("/directory/$")):
            pass
    expect(stop).to_be_focused()
    stop.click()
    expect(stop).to_be_hidden()


def test_the_tabs_of_an_account_are_one_line_in_which_the_focus_comes_into_sight(open_browser):
    page = open_browser(viewport={"width": 320, "height": 800})
    page.goto("/accounts/second-factor/")
    tabs = page.get_by_role("navigation", name="Your account").get_by_role("link")
    expect(tabs.last).not_to_be_in_viewport()
    assert len({tab.bounding_box()["y"] for tab in tabs.all()}) == 1
    tabs.first.focus()
    for tab in tabs.all()[1:]:
        page.keyboard.press("Tab")
        expect(tab).to_be_focused()
        expect(tab).to_be_in_viewport(ratio=0.9)
    tabs.last.click()
    expect(tabs.last).to_have_attribute("aria-current", "page")
    expect(tabs.last).to_be_in_viewport(ratio=0.9)
    expect(tabs.first).not_to_be_in_viewport()
