"""The picker with scripts: typing, arrow keys, the mouse, and everything that can go wrong."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def people(call, unique):
    """Two customers with the same name in two sources."""
    found = []
    for letter in "ab":
        source = call.make("/v1/data_sources", {"name": f"{unique} {letter}"})["uuid"]
        body = {"data_source_uuid": source, "external_id": f"{unique}-{letter}", "name": f"Ada {unique}"}
        found.append(call.make("/v1/customers", body))
    return found


@pytest.fixture
def known(page, people):
    """The same customers, once seen by the product, so that they can be found by name."""
    for person in people:
        for address in (f"customers/{person['uuid']}", f"data-sources/{person['data_source_uuid']}"):
            assert page.request.get(f"/c/main/{address}/").ok
    return people


def box(page: Page, label: str = "Customer"):
    return page.get_by_role("combobox", name=label, exact=True)


def test_typing_a_name_and_choosing_by_keyboard(page, known, unique):
    page.goto("/c/main/customers/get/")
    box(page).press_sequentially(f"ada {unique}")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    # Two of the same name are told apart by what stands below it.
    expect(options.nth(0)).to_contain_text(f"{unique}-")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert box(page).get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    page.keyboard.press("ArrowUp")
    chosen = options.nth(0).locator("code").inner_text()
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(f"Ada {unique}")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("p").get_by_text(chosen)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"uuid={chosen}"))
    expect(page.get_by_role("heading", name=f"Ada {unique}", level=2)).to_be_visible()


def test_what_is_known_can_be_read_anew_beside_the_form(page):
    page.goto("/c/main/customers/create/")
    page.get_by_label("Name", exact=True).fill("Ada")

    def read_today(route):
        # No worker reads the account of these tests. What the server says of one that was read: test_page.py of the sync.
        refresh = '<a href="/c/main/directory/" target="_blank">Refresh</a>'
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</p>", f"{refresh}</p>"))

    page.route("**/pickers/**", read_today)
    box(page, "Data Source").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Refresh").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Directory")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada")
    page.bring_to_front()
    box(page, "Data Source").click()
    expect(page.get_by_role("link", name="Refresh")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("External ID", exact=True)).to_be_focused()


def test_what_was_typed_before_the_scripts_came_is_searched_for(page, known, unique):
    held = []
    page.route("**/remote-picker*.js", lambda route: held.append(route))
    page.goto("/c/main/customers/get/", wait_until="domcontentloaded")
    box(page).press_sequentially(unique)
    expect(page.get_by_role("option")).to_have_count(0)
    held[0].continue_()
    expect(page.get_by_role("option")).to_have_count(2)
    expect(box(page)).to_have_value(unique)


def test_choosing_by_mouse_and_clearing_again(page, known, unique):
    page.goto("/c/main/customers/get/")
    box(page).fill(f"{unique}-b")
    page.get_by_role("option", name=f"Ada {unique}").click()
    expect(page.locator("p").get_by_text(known[1]["uuid"])).to_be_visible()
    box(page).fill("")
    # The first choices are offered now, over the button.
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("Customer")


def test_a_pasted_uuid_that_was_never_seen_is_offered_by_name(page, people, unique):
    page.goto("/c/main/customers/get/")
    box(page).fill(people[0]["uuid"])
    page.get_by_role("option", name=f"Ada {unique}").click()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("table")).to_contain_text(people[0]["uuid"])


def test_escape_closes_the_choices_and_keeps_what_was_typed(page, known, unique):
    page.goto("/c/main/customers/get/")
    box(page).fill(unique)
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box(page)).to_have_value(unique)
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(box(page)).to_be_focused()


def test_nothing_found_is_said_with_where_was_looked(page):
    page.goto("/c/main/customers/get/")
    box(page).fill("nobody@nowhere.example")
    expect(page.get_by_text("Nothing found for “nobody@nowhere.example”.")).to_be_visible()
    expect(page.get_by_text("of records seen here before")).to_contain_text("email")


def test_a_failure_at_chartmogul_is_said_and_what_is_known_is_still_offered(page, known, sandbox, unique):
    page.goto("/c/main/customers/get/")
    sandbox.faults.add(path="/v1/customers*", status=403)
    box(page).fill(f"nobody {unique}")
    expect(page.get_by_text("The search at ChartMogul failed")).to_be_visible()
    box(page).fill(unique)
    expect(page.get_by_role("option")).to_have_count(2)
    expect(page.get_by_text("The search at ChartMogul failed")).to_be_hidden()
    sandbox.faults.clear()


def test_a_failure_of_the_network_is_said(page):
    page.goto("/c/main/customers/get/")
    page.route("**/pickers/**", lambda route: route.fulfill(status=500))
    box(page).fill("ada")
    expect(page.get_by_text("The search failed. A pasted UUID still works.")).to_be_visible()


def test_quick_typing_asks_once_and_a_late_answer_to_earlier_text_is_never_shown(page, known, unique):
    page.goto("/c/main/customers/get/")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/pickers/" in request.url else None)
    page.route("**/pickers/**q=slow*", lambda route: None)
    box(page).focus()
    with page.expect_request("**/pickers/**q=slow*"):
        box(page).press_sequentially("slow")
    assert len(asked) == 1
    with page.expect_event("requestfailed", lambda request: "q=slow" in request.url):
        box(page).fill(unique)
    expect(page.get_by_role("option")).to_have_count(2)
    assert [url.partition("q=")[2] for url in asked] == ["slow", unique]


@pytest.mark.parametrize("opened", [True, False], ids=["over the first choices", "in a closed box"])
def test_while_other_text_is_looked_up_no_earlier_choice_can_be_taken(page, known, unique, opened):
    page.goto("/c/main/customers/delete/")
    held = []
    page.route(f"**/pickers/**q={unique}*", lambda route: held.append(route))
    if opened:
        box(page).click()
        expect(page.get_by_role("option").first).to_be_visible()
    with page.expect_request(f"**/pickers/**q={unique}*"):
        box(page).fill(unique)
        page.keyboard.press("ArrowDown")
        expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_text("Searching…")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.get_by_text("type more")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    assert box(page).get_attribute("aria-activedescendant") is None
    held[0].continue_()
    expect(page.get_by_role("option")).to_have_count(2)
    expect(page.get_by_text("Searching…")).to_be_hidden()
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(f"Ada {unique}")


def test_enter_before_the_answer_takes_what_was_typed_and_no_choice_of_earlier_text(page, known, unique):
    page.goto("/c/main/customers/delete/")
    box(page).click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.insert_text("nobody at all")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No customer found for “nobody at all”")
    expect(box(page)).to_have_value("nobody at all")


def test_a_choice_narrows_another_picker_only_where_that_is_declared(page, known, unique):
    page.goto("/c/main/customers/list/")
    with page.expect_request("**/pickers/data-sources/**") as asked:
        box(page, "Data Source").fill(f"{unique} a")
    assert "data_source_uuid" not in asked.value.url
    page.get_by_role("option", name=f"{unique} a").click()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("table")).to_contain_text(known[0]["uuid"])
    expect(page.get_by_role("table")).not_to_contain_text(known[1]["uuid"])
    # What was chosen stands there by its name, not its UUID.
    expect(box(page, "Data Source")).to_have_value(f"{unique} a")


def test_opening_offers_what_was_used_last(page, known, unique):
    page.goto(f"/c/main/customers/get/?uuid={known[1]['uuid']}")
    page.goto("/c/main/customers/get/")
    box(page).click()
    expect(page.get_by_role("option").first).to_contain_text(known[1]["uuid"])


def test_on_the_way_back_what_was_chosen_is_there(page, known, unique):
    page.goto("/c/main/customers/create/")
    box(page, "Data Source").fill(f"{unique} b")
    page.get_by_role("listbox").get_by_role("option").first.click()
    page.get_by_label("Name", exact=True).fill("Grace")
    page.get_by_label("External ID", exact=True).fill(f"{unique}-g")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", name="Review: Create a Customer")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Grace")
    expect(box(page, "Data Source")).to_have_value(f"{unique} b")
    page.get_by_label("Name", exact=True).fill("Grace H.")
    page.get_by_role("button", name="Review").click()
    row = page.get_by_role("row", name="Data Source")
    expect(row).to_contain_text(known[1]["data_source_uuid"])


def test_a_page_that_is_opened_anew_is_empty(page, known, unique):
    page.goto("/c/main/customers/get/")
    box(page).fill(f"ada {unique}")
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name=f"Ada {unique}", level=2)).to_be_visible()
    page.goto("/c/main/customers/get/")
    expect(box(page)).to_have_value("")
