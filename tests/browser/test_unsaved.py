"""The browser asks before a page with unsent input is left, and never otherwise."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser, other half")
CREATE = "/c/main/customers/create/"


def box(page: Page, label: str):
    return page.get_by_role("main").get_by_label(label, exact=True)


def open_form(page: Page, address: str = CREATE) -> None:
    page.goto(address)
    # A browser asks nobody who has not touched the page.
    page.get_by_role("heading", level=1).click()


def stays(page: Page, asked: list[str], leave: Callable[[], object]) -> bool:
    """Whether the person is asked when they leave, and still there after the answer."""
    before, address = len(asked), page.url
    with page.expect_event("dialog"):
        leave()
    assert page.url == address
    return asked[before:] == ["beforeunload"]


def by_link(page: Page) -> Callable[[], None]:
    return lambda: page.get_by_role("navigation", name="Modules").get_by_role("link", name="List Plans").click()


def leaves(page: Page) -> None:
    by_link(page)()
    expect(page.get_by_role("heading", name="List Plans", level=1)).to_be_visible()


def test_whatever_way_it_is_left(tab: Page, asked):
    open_form(tab)
    box(tab, "Email").fill("ada@")
    assert stays(tab, asked, by_link(tab))
    assert stays(tab, asked, lambda: tab.evaluate("location.reload()"))
    assert stays(tab, asked, lambda: tab.close(run_before_unload=True))
    assert stays(tab, asked, lambda: tab.get_by_role("button", name="Sign out").click())
    expect(box(tab, "Email")).to_have_value("ada@")


def test_what_was_put_back_to_what_it_was_is_nothing_to_lose(tab: Page, asked, call, unique):
    call.make("/v1/data_sources", {"name": unique})
    open_form(tab)
    box(tab, "Email").fill("ada@")
    box(tab, "Email").fill("")
    kind = tab.get_by_role("group", name="Attribute 1").get_by_label("Type")
    kind.select_option("Integer")
    assert stays(tab, asked, by_link(tab))
    kind.select_option(index=0)
    tab.get_by_role("button", name="Add attribute").click()
    assert stays(tab, asked, by_link(tab))
    tab.get_by_role("group", name="Attribute 2").get_by_role("button", name="Remove").click()
    picker = tab.get_by_role("combobox", name="Data Source")
    picker.fill(unique)
    tab.get_by_role("option", name=unique).click()
    assert stays(tab, asked, by_link(tab))
    picker.fill("")
    leaves(tab)
    assert len(asked) == 3


def test_what_came_with_the_page_is_not_typed(tab: Page, asked, call, unique):
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    record = {"data_source_uuid": source, "external_id": unique, "name": f"two\nlines of {unique} ", "city": " Berlin"}
    uuid = call.make("/v1/customers", record)["uuid"]
    for address in (
        "/c/main/invoices/import/",
        f"{CREATE}?data_source_uuid={source}&name=Ada",
        f"/c/main/customers/update/?uuid={uuid}",
    ):
        open_form(tab, address)
        leaves(tab)
    assert asked == []


def test_sending_asks_nothing_and_what_comes_back_counts_as_unsaved(tab: Page, asked, unique):
    open_form(tab, "/c/main/data-sources/create/")
    tab.get_by_role("button", name="Review").click()
    # Nothing was typed, so nothing can be lost.
    expect(tab.get_by_role("alert")).to_be_visible()
    leaves(tab)
    open_form(tab, CREATE)
    box(tab, "Email").fill("not an address")
    tab.get_by_role("button", name="Review").click()
    expect(tab.get_by_role("alert")).to_be_visible()
    assert stays(tab, asked, by_link(tab))
    assert asked == ["beforeunload"]


def test_a_draft_is_unsaved_and_the_way_back_to_what_was_sent_is_not(tab: Page, asked, unique):
    open_form(tab, "/c/main/data-sources/create/")
    box(tab, "Name").fill(unique)
    tab.get_by_role("button", name="Review").click()
    expect(tab.get_by_role("heading", name="Review: Create a Data Source")).to_be_visible()
    tab.go_back()
    expect(box(tab, "Name")).to_have_value(unique)
    tab.get_by_role("heading", level=1).click()
    tab.go_forward()
    tab.get_by_role("link", name="Edit").click()
    expect(box(tab, "Name")).to_have_value(unique)
    assert asked == []
    assert stays(tab, asked, by_link(tab))
    tab.get_by_role("button", name="Review").click()
    expect(tab.get_by_role("heading", name="Review: Create a Data Source")).to_be_visible()
    tab.get_by_text("Add a reason").click()
    box(tab, "Reason").fill("As agreed")
    assert stays(tab, asked, lambda: tab.get_by_role("link", name="Edit").click())
    tab.get_by_role("button", name="Send").click()
    expect(tab.get_by_role("status")).to_contain_text("Data source created")
    assert len(asked) == 2


def test_a_page_that_stays_after_it_was_sent(tab: Page, asked):
    """As one does that the browser brings back as it was, or when somebody presses Stop."""
    open_form(tab)
    box(tab, "Email").fill("ada@")
    tab.route(f"**{CREATE}", lambda route: route.fulfill(status=204), times=1)
    with tab.expect_response(f"**{CREATE}"):
        tab.get_by_role("button", name="Review").click()
    box(tab, "Company").fill("Example")
    assert stays(tab, asked, by_link(tab))
    box(tab, "Company").fill("")
    leaves(tab)
    assert len(asked) == 1


def test_loading_a_record_asks_nothing(tab: Page, asked, call, unique):
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    uuid = call.make("/v1/customers", {"data_source_uuid": source, "external_id": unique, "name": unique})["uuid"]
    open_form(tab, "/c/main/customers/update/")
    tab.get_by_role("combobox", name="Customer", exact=True).fill(uuid)
    tab.get_by_role("button", name="Load").click()
    expect(box(tab, "Name")).to_have_value(unique)
    leaves(tab)
    assert asked == []


def test_filters_and_searches_are_left_freely(tab: Page, asked):
    open_form(tab, "/c/main/customers/list/?limit=3")
    box(tab, "External ID").fill("somebody")
    leaves(tab)
    open_form(tab, "/c/main/search/")
    box(tab, "Search for").fill("somebody")
    tab.get_by_role("combobox", name="Search").fill("somebody")
    leaves(tab)
    assert asked == []


def test_signing_in_is_left_freely(browser, site):
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.goto("/accounts/login/")
        page.get_by_label("Username").click()
        page.get_by_label("Username").fill("ada")
        page.get_by_role("link", name="ChartMogul Admin").click()
        expect(page.get_by_label("Username")).to_have_value("")
        assert asked == []
