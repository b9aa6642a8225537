"""Behavior of forms besides filling them in: rows, the Enter key, a second press of Send, back navigation."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.xdist_group("browser")


def test_rows_are_added_and_removed_without_losing_typed_text(either):
    page = either
    page.goto("/c/main/customers/create/")
    page.get_by_label("Email").fill("not yet an address")
    page.get_by_role("group", name="Attribute 1").get_by_label("Value").fill("first")
    page.get_by_role("button", name="Add attribute").click()
    page.get_by_role("group", name="Attribute 2").get_by_label("Value").fill("second")
    page.get_by_role("group", name="Attribute 1").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("group", name="Attribute 2")).to_have_count(0)
    expect(page.get_by_role("group", name="Attribute 1").get_by_label("Value")).to_have_value("second")
    expect(page.get_by_label("Email")).to_have_value("not yet an address")
    # Nothing is complained about while the form is being filled in.
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_was_corrected_is_not_marked_any_more_but_what_was_said_stays(page):
    page.goto("/c/main/customers/create/")
    email, moment = page.get_by_label("Email"), page.get_by_label("Lead Created At")
    source = page.get_by_role("combobox", name="Data Source")
    email.fill("nonsense")
    moment.fill("nonsense")
    page.get_by_role("button", name="Review").click()
    said = page.locator("[data-field=email] .errorlist")
    words = said.inner_text()
    wrong = {box: box.evaluate("box => getComputedStyle(box).borderColor") for box in (email, moment, source)}
    assert len(set(wrong.values())) == 1
    for box in wrong:
        expect(box).to_have_attribute("aria-invalid", "true")
    email.fill("ada@example.com")
    page.locator("[data-field=lead_created_at]").get_by_role("button", name="Now").click()
    source.click()
    page.get_by_role("listbox").locator("visible=true").get_by_role("option").first.click()
    for box, colour in wrong.items():
        expect(box).not_to_have_attribute("aria-invalid", "true")
        expect(box).not_to_have_css("border-color", colour)
    expect(said).to_have_text(words)
    expect(email).to_have_accessible_description(re.compile(re.escape(words)))
    expect(page.get_by_role("alert")).to_contain_text("Email")
    expect(page.get_by_label("External ID").first).to_have_attribute("aria-invalid", "true")


def test_the_keyboard_stays_where_the_rows_are(page):
    page.goto("/c/main/customers/create/")
    page.get_by_role("button", name="Add attribute").click()
    expect(page.get_by_role("group", name="Attribute 2").get_by_label("Type")).to_be_focused()
    page.get_by_role("group", name="Attribute 2").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("group", name="Attribute 1").get_by_role("button", name="Remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name=re.compile("Attribute"))).to_have_count(0)
    expect(page.get_by_role("button", name="Add attribute")).to_be_focused()


def test_enter_in_a_text_box_means_review_and_no_other_button(either, call, unique):
    page = either
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Review: Create a Data Source")).to_be_visible()

    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    page.goto(f"/c/main/customers/create/?data_source_uuid={source}&external_id={unique}")
    page.get_by_role("group", name="Attribute 1").get_by_label("Key").fill("colour")
    page.get_by_role("group", name="Attribute 1").get_by_label("Value").fill("red")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="The request as it will go out")).to_contain_text('"colour"')


def test_a_double_click_on_send_is_one_request(either, unique, writes):
    page = either
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").dblclick()
    expect(page.get_by_role("heading", name=unique, level=1)).to_be_visible()
    assert [request.method for request in writes()] == ["POST"]


def test_two_tabs_with_the_same_review_send_it_once(page, unique, writes):
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_role("button", name="Review").click()
    page.wait_for_url("**/activity/**")
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        tab.get_by_role("button", name="Send").click()
        expect(tab.get_by_role("heading", name=unique, level=1)).to_be_visible()
    assert [request.method for request in writes()] == ["POST"]


def test_the_button_is_off_while_it_sends_and_keeps_the_focus(page, unique):
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_role("button", name="Review").click()
    page.wait_for_url("**/activity/**")
    # Held back here, after the product's own listeners: a page that is being left cannot be looked at.
    page.evaluate(
        """() => {
            window.prevented = [];
            addEventListener("submit", (event) => { prevented.push(event.defaultPrevented); event.preventDefault(); });
        }"""
    )
    send = page.get_by_role("button", name="Send")
    send.click()
    expect(send).to_have_attribute("aria-disabled", "true")
    expect(send).to_be_focused()
    # What is going on is said, to who sees it and to who hears it.
    expect(page.locator(".while-sending")).to_be_visible()
    expect(page.locator("#spoken")).to_contain_text("It is being sent")
    page.keyboard.press("Enter")
    assert page.evaluate("prevented") == [False, True]


def test_going_back_after_sending_cannot_send_again(page, unique, writes):
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Data source created")
    page.go_back()
    # The browser may show the page as it was, or ask for it anew: either way there is nothing to send a second time.
    send = page.get_by_role("button", name="Send")
    if send.count():
        send.click()
    expect(page.get_by_role("main")).to_contain_text(unique)
    assert len(writes()) == 1


def test_an_unknown_outcome_is_looked_up(either, unique, sandbox):
    page = either
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_role("button", name="Review").click()
    sandbox.faults.add(method="POST", path="/v1/data_sources", status=502, applied=True)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Outcome unknown.")
    page.get_by_role("button", name="Check: look it up").click()
    expect(page.get_by_role("note")).to_contain_text(f"ChartMogul has a data source with Name “{unique}”")


def test_a_message_stays_until_it_is_dismissed(page, unique):
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("status")).to_have_count(0)


def test_a_copy_button_copies_and_says_so(open_browser, call, unique):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    uuid = call.make("/v1/data_sources", {"name": unique})["uuid"]
    page.goto(f"/c/main/data-sources/{uuid}/")
    page.get_by_role("button", name=f"Copy {uuid}").click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == uuid


def test_a_row_gets_its_copy_buttons_when_it_comes_near(open_browser):
    """A list of hundreds has no room in the time of its first paint for buttons that nobody sees yet."""
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/c/main/customers/list/?limit=100")
    first, last = page.locator("tbody tr").first, page.locator("tbody tr").last
    expect(first.get_by_role("button", name="Copy").last).to_be_attached()
    expect(last.get_by_role("button")).to_have_count(0)
    width = "document.querySelector('table').scrollWidth"
    before = page.evaluate(width)
    last.get_by_role("link").first.focus()
    expect(last.get_by_role("button", name="Copy").last).to_be_attached()
    # Room was left for them.
    assert page.evaluate(width) == before


def test_the_menu_of_a_small_screen_opens_and_closes(open_browser):
    page = open_browser(viewport={"width": 390, "height": 800})
    page.goto("/c/main/")
    menu = page.get_by_role("navigation", name="Modules")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(menu.get_by_role("link", name="List Customers")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    # It lies below the button that opens it, which closes it too, and however long it is, its end can be reached.
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    last = menu.get_by_role("link").last
    title = last.inner_text()
    last.click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def test_the_keyboard_skips_the_menu(page):
    page.goto("/c/main/customers/create/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link", name="Customers")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Data Source")).to_be_focused()


def test_what_may_have_been_meant_by_a_time_is_written_into_its_box(page):
    page.goto("/c/main/customers/create/")
    box = page.get_by_label("Lead Created At", exact=True)
    said = page.locator("moment-box", has=box).locator("output")
    box.fill("2026-01-31")
    expect(said).to_contain_text("= 2026-01-31 00:00 UTC")
    said.get_by_role("button", name="Midnight in Europe/Berlin instead").click()
    expect(box).to_have_value("2026-01-31 00:00")
    expect(box).to_be_focused()
    expect(said).to_contain_text("2026-01-30 23:00 UTC")
    box.fill("2025-10-26 02:30")
    said.get_by_role("button", name="2025-10-26 02:30+01:00").click()
    expect(box).to_have_value("2025-10-26 02:30+01:00")
    expect(said).to_contain_text("2025-10-26 01:30 UTC")


def test_buttons_beside_a_time_write_it_in_the_zone_that_is_shown(page):
    page.goto("/c/main/transactions/import/")
    box = page.get_by_label("Date", exact=True)
    beside = page.locator("moment-box", has=box)
    beside.get_by_role("button", name="Today 00:00").click()
    expect(box).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d 00:00$"))
    expect(box).to_be_focused()
    expect(beside.locator("output")).to_contain_text("UTC")
    beside.get_by_role("button", name="End of month").click()
    expect(box).to_have_value(re.compile(r"^\d{4}-\d\d-(28|29|30|31) 23:59:59$"))
    beside.get_by_role("button", name="Now").click()
    zone = beside.get_attribute("data-zone")
    now = page.evaluate(
        "zone => new Intl.DateTimeFormat('sv-SE', {dateStyle: 'short', timeStyle: 'short', timeZone: zone}).format()",
        zone,
    )
    assert zone == "Europe/Berlin"
    # The minute may have passed in between.
    assert box.input_value()[:13] == now[:13] or now.endswith(":00")
