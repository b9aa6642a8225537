"""The browser cannot reach this server: a notice says so, no input is lost, and failed requests are repeated."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import TIMEOUT
from tests.browser.test_accessibility import is_fine

pytestmark = pytest.mark.xdist_group("browser, other half")
CREATE = "/c/main/data-sources/create/"
LOST = "No connection to ChartMogul Admin. What you typed is kept."
BACK = "The connection to ChartMogul Admin is back."


class Wire:
    """What lies between the browser and the server."""

    def __init__(self, context: BrowserContext) -> None:
        self.is_cut = False
        self.asked: list[str] = []
        context.route("**/*", self._pass)

    def _pass(self, route: Route) -> None:
        self.asked.append(route.request.url)
        if self.is_cut:
            route.abort("connectionrefused")
        else:
            route.continue_()


@contextlib.contextmanager
def own_browser(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser of its own: in the console of this one stands what failed."""
    with browser.new_context(reduced_motion="reduce", **options) as context:
        context.set_default_timeout(TIMEOUT)
        refused: list[str] = []
        context.on("console", lambda message: refused.append(message.text) if "Policy" in message.text else None)
        context.on("weberror", lambda error: refused.append(str(error.error)))
        yield context
        for routed in (context, *context.pages):
            routed.unroute_all(behavior="ignoreErrors")
        assert refused == []


@pytest.fixture
def context(browser: Browser, site: str, cookies: Any, _no_grudge: None) -> Iterator[BrowserContext]:
    with own_browser(browser, base_url=site, storage_state=cookies) as context:
        yield context


@pytest.fixture
def wire(context: BrowserContext) -> Wire:
    return Wire(context)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def notice(page: Page) -> Locator:
    return page.locator(".connection")


def goes_on(page: Page) -> None:
    """It would look by itself after a pause."""
    page.evaluate("dispatchEvent(new Event('online'))")


def test_it_is_said_without_moving_the_page_or_the_focus(page: Page, context: BrowserContext):
    page.goto(CREATE)
    name = page.get_by_role("main").get_by_label("Name", exact=True)
    name.fill("New")
    button = page.get_by_role("button", name="Review").last
    before = button.bounding_box()
    context.set_offline(True)
    expect(notice(page)).to_have_text(LOST)
    assert button.bounding_box() == before
    expect(name).to_be_focused()
    context.set_offline(False)
    expect(notice(page)).to_have_text(BACK)
    expect(name).to_be_focused()
    expect(name).to_have_value("New")
    expect(notice(page)).to_be_hidden(timeout=TIMEOUT)


def test_what_is_said_is_accessible(browser: Browser, site: str, cookies: Any):
    with own_browser(browser, base_url=site, storage_state=cookies) as context:
        page = context.new_page()
        page.goto(CREATE)
        context.set_offline(True)
        page.get_by_role("main").get_by_label("Name", exact=True).press("Enter")
        expect(page.locator("main form .held")).to_contain_text("nothing was sent")
        expect(notice(page)).to_have_text(LOST)
        is_fine(page, "no connection")
        context.set_offline(False)
        expect(notice(page)).to_have_text(BACK)
        is_fine(page, "the connection is back")


def test_nothing_is_said_of_a_request_that_failed_alone(page: Page):
    page.route("**/pickers/**", lambda route: route.abort())
    page.goto("/c/main/customers/get/")
    page.get_by_role("combobox", name="Customer", exact=True).press_sequentially("ada")
    expect(page.get_by_text("The search failed. A pasted UUID still works.")).to_be_visible()
    expect(page.get_by_role("combobox", name="Customer", exact=True)).not_to_have_attribute("aria-busy", "true")
    expect(notice(page)).to_have_count(0)


def test_a_section_that_did_not_load_is_loaded_once_the_server_is_back(page: Page, wire: Wire, call, unique):
    plan = call.make("/v1/plan_groups", {"name": unique, "plans": [a_plan(call, unique)]})
    page.route("**/plan-groups/*/plans/", lambda route: cut(wire, route))
    page.goto(f"/c/main/plan-groups/{plan['uuid']}/")
    expect(notice(page)).to_have_text(LOST)
    section = page.get_by_role("region", name="Plans")
    expect(section).to_contain_text("This could not be loaded.")
    wire.is_cut = False
    page.unroute_all()
    goes_on(page)
    expect(section.get_by_role("table")).to_contain_text(unique)
    expect(notice(page)).to_have_text(BACK)


def a_plan(call: Any, unique: str) -> str:
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    plan = {"data_source_uuid": source, "name": unique, "interval_count": 1, "interval_unit": "month"}
    return call.make("/v1/plans", plan)["uuid"]


def cut(wire: Wire, route: Route) -> None:
    """The server goes away while this is asked for."""
    wire.is_cut = True
    route.abort("connectionrefused")


def test_a_picker_asks_again_for_what_is_typed(page: Page, context: BrowserContext, call, unique):
    call.make("/v1/data_sources", {"name": unique})
    assert context.request.get("/c/main/data-sources/list/").ok
    page.goto("/c/main/customers/create/")
    box = page.get_by_role("combobox", name="Data Source", exact=True)
    context.set_offline(True)
    box.press_sequentially(unique)
    expect(page.get_by_text("The search failed. A pasted UUID still works.")).to_be_visible()
    expect(notice(page)).to_have_text(LOST)
    context.set_offline(False)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text(unique)
    expect(box).to_have_value(unique)
    expect(box).to_be_focused()


def test_the_search_box_asks_again_too(page: Page, context: BrowserContext):
    page.goto(CREATE)
    context.set_offline(True)
    page.keyboard.press("Control+k")
    page.keyboard.type("list plans")
    expect(page.get_by_text("The search failed, so there may be matches")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_role("option", name="List Plans")).to_be_visible()


def test_load_all_goes_on_and_can_be_stopped(page: Page, wire: Wire, sandbox: Any):
    total = len(sandbox.api.store.all("customers"))
    page.goto("/c/main/customers/list/?limit=20")
    page.route("**/rows/**at=*", lambda route: cut(wire, route))
    loader = page.locator("load-all")
    page.get_by_role("button", name=re.compile("Load all")).click()
    expect(loader).to_contain_text("200 loaded; no connection, continues when it is back")
    page.get_by_role("button", name="Stop").click()
    expect(loader).to_contain_text("Stopped: 200 loaded")
    page.get_by_role("button", name="Resume").click()
    expect(loader).to_contain_text("200 loaded; no connection, continues when it is back")
    wire.is_cut = False
    page.unroute_all()
    goes_on(page)
    expect(page.locator("caption")).to_contain_text(f"{total} customers, all loaded")


@pytest.mark.parametrize("how", ["by the button", "by Enter"])
def test_a_form_is_held_back_with_all_that_was_typed_and_never_sent_by_itself(page: Page, wire: Wire, unique, how):
    page.goto(CREATE)
    name = page.get_by_role("main").get_by_label("Name", exact=True)
    # What is found out when somebody begins to type is that all is well.
    with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
        name.fill(unique)
    wire.is_cut = True
    send = page.get_by_role("button", name="Review").last
    # On the way to it is found out, what while somebody types is found out after some seconds.
    send.hover()
    expect(notice(page)).to_have_text(LOST)
    send.click() if how == "by the button" else name.press("Enter")
    beside = page.locator("main form .held")
    expect(beside).to_have_text("No connection to ChartMogul Admin. What you typed is kept, and nothing was sent.")
    expect(send if how == "by the button" else name).to_be_focused()
    wire.is_cut = False
    goes_on(page)
    expect(beside).to_have_text("The connection is back. Nothing has been sent yet: press the button again.")
    expect(name).to_have_value(unique)
    assert not [url for url in wire.asked if url.endswith(CREATE)][1:]
    send.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review: Create a Data Source")
    expect(page.get_by_role("table").first).to_contain_text(unique)
