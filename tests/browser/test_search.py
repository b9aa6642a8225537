"""The search box used by keyboard, and everything that can go wrong while typing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import BY_SCHEMES, violations

pytestmark = pytest.mark.xdist_group("browser")
MODIFIERS = ["Control+k", "Meta+k"]


@pytest.fixture
def person(call, unique, page):
    """A customer in its own source, once seen by the product. Its name does not consist of hexadecimal digits, because a
    UUID may contain those of Ada."""
    source = call.make("/v1/data_sources", {"name": f"{unique} source"})["uuid"]
    body = {
        "data_source_uuid": source,
        "external_id": f"{unique}-1",
        "name": f"Otto {unique}",
        "email": f"otto@{unique}.example",
    }
    made = call.make("/v1/customers", body)
    for address in (f"/c/main/customers/{made['uuid']}/", f"/c/main/data-sources/{source}/"):
        assert page.request.get(address).ok
    return made


def box(page: Page):
    return page.get_by_role("combobox", name="Search", exact=True)


def hits(page: Page):
    return page.get_by_role("listbox", name="Results").get_by_role("option")


def search(page: Page, typed: str) -> None:
    page.goto("/c/main/activity/")
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.insert_text(typed)


def searches(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search/?" in request.url else None)
    return asked


def test_the_first_hit_is_opened_by_enter(page, person, unique):
    search(page, f"otto {unique}")
    expect(hits(page)).to_have_count(1)
    expect(hits(page)).to_have_attribute("aria-selected", "true")
    for part in (person["uuid"], f"{unique}-1", person["email"], f"{unique} source"):
        expect(hits(page)).to_contain_text(part)
    assert box(page).get_attribute("aria-activedescendant") == hits(page).get_attribute("id")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/c/main/customers/{person['uuid']}/$"))


def test_enter_waits_for_the_hits_of_what_was_typed_last(page, person):
    search(page, person["uuid"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/c/main/customers/{person['uuid']}/$"))


def test_arrows_go_through_all_groups_and_around(page, person, unique):
    search(page, unique)
    expect(hits(page)).to_have_count(2)
    groups = page.get_by_role("listbox", name="Results").get_by_role("group")
    assert sorted(groups.nth(at).get_attribute("aria-labelledby") for at in range(2)) == [
        "hits-customers",
        "hits-data-sources",
    ]
    expect(page.get_by_role("group", name="Customers").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(hits(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(hits(page).nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(hits(page).nth(1)).to_have_attribute("aria-selected", "true")
    leads_to = hits(page).nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(leads_to) + "$"))


def test_a_module_by_its_name(page):
    search(page, "delete data source")
    expect(hits(page).first).to_contain_text("Delete a Data Source")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Delete a Data Source")).to_be_visible()


@pytest.mark.parametrize("keys", MODIFIERS)
def test_it_opens_from_within_a_box_and_escape_goes_back_there(page, keys):
    page.goto("/c/main/customers/list/")
    there = page.get_by_label("External ID")
    there.focus()
    page.keyboard.type("a/b")
    expect(there).to_have_value("a/b")
    page.keyboard.press(keys)
    expect(box(page)).to_be_focused()
    expect(page.get_by_text("Type a name, email, company")).to_be_visible()
    page.keyboard.press("Escape")
    expect(there).to_be_focused()
    expect(page.get_by_role("listbox", name="Results")).to_be_hidden()
    expect(box(page)).to_have_attribute("aria-expanded", "false")


def test_going_on_by_tab_closes_the_list_after_its_last_link(page):
    search(page, "list plan")
    # What was chosen lately may stand there before them.
    expect(hits(page).first).to_contain_text("List Plan")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ask ChartMogul too")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile("Read the account|Refresh"))).to_be_focused()
    page.keyboard.press("Tab")
    expect(hits(page)).to_have_count(0)


def test_quick_typing_asks_once_and_a_late_answer_is_never_shown(page, person, unique):
    asked = searches(page)
    page.route("**/search/?q=slow*", lambda route: None)
    page.goto("/c/main/activity/")
    box(page).focus()
    with page.expect_request("**/search/?q=slow*"):
        box(page).press_sequentially("slow")
    assert len(asked) == 1
    with page.expect_event("requestfailed", lambda request: "q=slow" in request.url):
        box(page).fill(unique)
    expect(hits(page)).to_have_count(2)
    assert [url.partition("q=")[2] for url in asked] == ["slow", unique]


def test_typing_drops_the_recent_hits_that_are_still_under_way(open_browser):
    """Else they would pass for the answer to what was typed since."""
    # A browser of its own kind: later tests must not get one whose clock stands still.
    page = open_browser(user_agent="with a clock that stands still")
    recent = re.compile(r"/search/\?q=(&|$)")
    page.route(recent, lambda route: None)
    page.clock.install(time=0)
    page.goto("/c/main/activity/")
    with page.expect_request(recent):
        box(page).click()
    # The pause after which what was typed is asked for never ends: they go when it begins.
    page.clock.pause_at(60_000)
    with page.expect_event("requestfailed", lambda request: bool(recent.search(request.url)), timeout=2_000):
        page.keyboard.press("a")


@pytest.fixture
def looked_up(sandbox):
    """A function that counts the searches at ChartMogul, but no other reads: sections of a page that was left may still
    be loading."""

    def count() -> int:
        return sum(not {"email", "external_id", "name"}.isdisjoint(request.query) for request in sandbox.requests)

    return count


def test_what_is_known_costs_no_calls_and_what_is_not_is_looked_up(page, person, unique, call, looked_up):
    before = looked_up()
    search(page, unique)
    expect(hits(page)).to_have_count(2)
    assert looked_up() == before
    body = {"data_source_uuid": person["data_source_uuid"], "external_id": "new-one", "name": f"New {unique}"}
    new = call.make("/v1/customers", body | {"email": f"new@fresh-{unique}.example"})
    box(page).fill(f"new@fresh-{unique}.example")
    expect(page.get_by_text("at ChartMogul: customers by email")).to_be_visible()
    expect(hits(page)).to_contain_text(new["uuid"])
    assert looked_up() - before == 4
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/c/main/customers/{new['uuid']}/$"))


def test_none_and_failed_are_two_things(page, sandbox, unique):
    search(page, f"nobody@{unique}.example")
    expect(page.get_by_text(f"Nothing found for “nobody@{unique}.example”.")).to_be_visible()
    sandbox.faults.add(path="/v1/customers/search*", status=403)
    box(page).fill(f"somebody@{unique}.example")
    expect(page.get_by_text("The search at ChartMogul failed")).to_be_visible()
    expect(page.get_by_text("Nothing found")).to_have_count(0)
    sandbox.faults.clear()
    page.route("**/search/?q=*", lambda route: route.fulfill(status=500))
    box(page).fill(unique)
    expect(page.get_by_text("The search failed, so there may be matches that are not shown.")).to_be_visible()


def test_a_uuid_that_nothing_is_known_of(page, unique):
    uuid = "inv_00000000-1111-4222-8333-444444444444"
    search(page, uuid)
    expect(hits(page)).to_have_count(1)
    expect(hits(page)).to_contain_text(f"Open invoice {uuid}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/c/main/invoices/{uuid}/$"))


def test_it_opens_with_what_was_chosen_lately(page, person):
    page.goto(f"/c/main/customers/get/?uuid={person['uuid']}")
    search(page, "")
    expect(page.get_by_role("group", name="Recent").get_by_role("option").first).to_contain_text(person["uuid"])


def test_a_press_with_the_mouse(page, person, unique):
    page.goto("/c/main/activity/")
    box(page).click()
    box(page).fill(f"otto {unique}")
    hits(page).get_by_text(person["uuid"]).click()
    expect(page).to_have_url(re.compile(f"/c/main/customers/{person['uuid']}/$"))


def test_without_javascript(open_browser, person, unique):
    page = open_browser(java_script_enabled=False)
    page.goto("/c/main/activity/")
    page.get_by_role("search").get_by_label("Search").fill(f"otto {unique}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Search")).to_be_visible()
    page.get_by_role("link", name=f"Otto {unique}").click()
    expect(page.get_by_role("heading", level=1, name=f"Otto {unique}")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("banner").get_by_role("link", name="Search").click()
    page.get_by_label("Search for").fill(f"{unique} source")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    expect(page.get_by_role("main").get_by_role("link", name=f"{unique} source").first).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_the_open_list_is_accessible(open_browser, person, unique, width):
    page = open_browser()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/c/main/activity/")
    if width < 960:
        page.get_by_role("link", name="Search").click()
        expect(box(page)).to_be_focused()
    box(page).fill(unique)
    expect(hits(page)).to_have_count(2)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page, BY_SCHEMES[scheme]) == [], scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        place = page.locator("site-search .popup").bounding_box()
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width
    if width < 960:
        # Full width, and gone again with the focus back on the link.
        assert box(page).bounding_box()["width"] > width * 0.8
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="Search")).to_be_focused()
        expect(box(page)).to_be_hidden()
