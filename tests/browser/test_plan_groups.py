"""Choosing several plans with scripts, and the parts of a record, which are loaded after the page."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def plans(call, unique):
    """Four plans named one, two, three and four, each with a word that is unique to the test."""
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    body = {"data_source_uuid": source, "interval_count": 1, "interval_unit": "month"}
    return [
        call.make("/v1/plans", {**body, "name": f"{word} {unique}", "external_id": f"{unique}-{word}"})
        for word in ("one", "two", "three", "four")
    ]


@pytest.fixture
def group(call, plans, unique):
    """A group of the first two plans."""
    return call.make("/v1/plan_groups", {"name": unique, "plans": [plan["uuid"] for plan in plans[:2]]})["uuid"]


def box(page: Page):
    return page.get_by_role("combobox", name="Plan", exact=True)


def chips(page: Page):
    return page.get_by_role("list", name="Selected plans").get_by_role("listitem")


def spoken(page: Page):
    return page.locator("#spoken")


def test_adding_and_removing_by_keyboard_and_what_is_sent(page, plans, group, unique, writes):
    page.goto(f"/c/main/plan-groups/update/?uuid={group}")
    expect(chips(page)).to_have_count(2)
    box(page).press_sequentially(f"{unique}-three")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(chips(page)).to_have_count(3)
    expect(chips(page).last).to_contain_text(f"three {unique}")
    expect(chips(page).last).to_contain_text(plans[2]["uuid"])
    expect(spoken(page)).to_have_text(f"Added three {unique}. 3 selected.")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("")
    page.get_by_role("button", name=f"Remove one {unique}").press("Enter")
    expect(spoken(page)).to_have_text(f"Removed one {unique}. 2 selected.")
    # The chip that came after it.
    expect(chips(page).locator("button:focus")).to_have_count(1)
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text(f"+ Added: three {unique} ({plans[2]['uuid']})")).to_be_visible()
    expect(page.get_by_text(f"− Removed: one {unique} ({plans[0]['uuid']})")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Plan group updated")
    (request,) = writes()
    assert json.loads(request.body) == {"plans": [plans[1]["uuid"], plans[2]["uuid"]]}


def test_the_focus_after_the_last_one_was_removed_is_in_the_box(page, group, unique):
    page.goto(f"/c/main/plan-groups/update/?uuid={group}")
    page.get_by_role("button", name=f"Remove two {unique}").press("Delete")
    expect(page.get_by_role("button", name=f"Remove one {unique}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chips(page)).to_have_count(0)
    expect(box(page)).to_be_focused()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_contain_text("at least one plan")


def test_backspace_in_the_empty_box_takes_the_last_one_back(page, group, unique):
    page.goto(f"/c/main/plan-groups/update/?uuid={group}")
    box(page).press_sequentially("x")
    page.keyboard.press("Backspace")
    expect(chips(page)).to_have_count(2)
    last = chips(page).last.locator("bdi").inner_text()
    page.keyboard.press("Backspace")
    expect(chips(page)).to_have_count(1)
    expect(spoken(page)).to_have_text(f"Removed {last}. 1 selected.")
    expect(box(page)).to_be_focused()


def test_a_press_on_the_name_of_a_chosen_one_does_nothing(page, group, unique):
    page.goto(f"/c/main/plan-groups/update/?uuid={group}")
    page.get_by_text(f"two {unique}").click()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    expect(chips(page)).to_have_count(2)


def test_what_is_chosen_is_not_offered_again(page, group, unique):
    page.goto(f"/c/main/plan-groups/update/?uuid={group}")
    box(page).press_sequentially(f"{unique}-two")
    expect(page.get_by_text("All of these are already selected.")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(0)


def test_enter_while_it_is_searched_adds_no_choice_of_earlier_text(page, plans, group, unique):
    page.goto(f"/c/main/plan-groups/update/?uuid={group}")
    page.route("**/pickers/**q=nothing*", lambda route: None)
    box(page).click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.insert_text("nothing")
    expect(page.get_by_text("Searching…")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No plan found for “nothing”")
    expect(chips(page)).to_have_count(2)


def test_a_column_of_uuids_can_be_pasted(open_browser, plans, group):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/c/main/plan-groups/update/?uuid={group}")
    column = "\n".join(plan["uuid"] for plan in plans)
    page.evaluate("text => navigator.clipboard.writeText(text)", column)
    box(page).focus()
    page.keyboard.press("Control+V")
    expect(chips(page)).to_have_count(4)
    expect(box(page)).to_have_value("")


def test_uuids_that_are_pasted_one_after_the_other_all_count(open_browser, plans):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/c/main/plan-groups/create/")
    for plan in plans:
        page.evaluate("text => navigator.clipboard.writeText(text)", plan["uuid"])
        box(page).click()
        page.keyboard.press("ControlOrMeta+v")
        expect(box(page)).to_have_value(plan["uuid"])
        page.get_by_label("Name", exact=True).click()
    # The last one stands in the box still, and is sent with the others.
    expect(chips(page)).to_have_count(len(plans) - 1)
    page.get_by_label("Name", exact=True).fill("Pasted")
    page.get_by_role("button", name="Review").click()
    for plan in plans:
        expect(page.get_by_role("main")).to_contain_text(plan["uuid"])


def test_a_uuid_left_in_the_box_counts(page, plans, unique, writes):
    page.goto("/c/main/plan-groups/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    box(page).fill(plans[3]["uuid"])
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Plan group created")
    assert json.loads(writes()[0].body)["plans"] == [plans[3]["uuid"]]


def test_what_is_still_typed_comes_after_what_is_chosen(either, plans, group, unique, writes):
    either.goto(f"/c/main/plan-groups/update/?uuid={group}")
    box(either).fill(f"{unique}-nothing")
    either.get_by_role("button", name="Review").click()
    # Told, and still there.
    expect(box(either)).to_have_value(f"{unique}-nothing")
    expect(chips(either)).to_have_count(2)
    chosen = chips(either).locator("code").all_inner_texts()
    box(either).fill(plans[2]["uuid"])
    either.get_by_role("button", name="Review").click()
    either.get_by_role("button", name="Send").click()
    expect(either.get_by_role("heading", level=1)).to_have_text(unique)
    assert json.loads(writes()[0].body) == {"plans": [*chosen, plans[2]["uuid"]]}


def test_with_and_without_scripts_a_group_is_changed_and_shown(either, plans, group, unique):
    either.goto(f"/c/main/plan-groups/update/?uuid={group}")
    box(either).fill(plans[2]["uuid"])
    either.get_by_role("button", name="Review").click()
    either.get_by_role("button", name="Send").click()
    expect(either.get_by_role("heading", level=1)).to_have_text(unique)
    either.get_by_role("link", name="Plans", exact=True).click()
    expect(either.get_by_role("table", name="Plans 1–3")).to_contain_text(f"three {unique}")


def test_a_part_loads_by_itself(page, group, unique):
    page.goto(f"/c/main/plan-groups/{group}/")
    expect(page.get_by_role("region", name="Plans", exact=True).get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("link", name=f"two {unique}")).to_be_visible()


def test_without_scripts_a_part_is_a_link_and_does_not_seem_to_load(open_browser, group, unique):
    page = open_browser(java_script_enabled=False)
    page.goto(f"/c/main/plan-groups/{group}/")
    expect(page.get_by_text("Loading…")).to_be_hidden()
    page.get_by_role("link", name="Plans on a separate page").click()
    expect(page.get_by_role("table", name="Plans 1–2")).to_contain_text(f"two {unique}")
    page.goto("/c/main/")
    expect(page.get_by_text("Loading…")).to_be_hidden()
    page.get_by_role("link", name="The account in figures on a separate page").click()
    expect(page).to_have_url("/c/main/figures/")


def test_a_part_that_fails_can_be_tried_again_in_its_place(page, sandbox, group, unique):
    sandbox.faults.add(path=f"/v1/plan_groups/{group}/plans", status=500)
    page.goto(f"/c/main/plan-groups/{group}/")
    section = page.get_by_role("region", name="Plans", exact=True)
    expect(section.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("heading", name=unique, level=1)).to_be_visible()
    section.get_by_role("link", name="Try again").click()
    expect(section.get_by_role("row")).to_have_count(3)
    expect(section.get_by_role("heading", name="Plans")).to_be_focused()


def test_what_a_part_needs_is_loaded_with_it(page, sandbox, group):
    sandbox.faults.add(path=f"/v1/plan_groups/{group}/plans", status=429, retry_after="40")
    page.goto(f"/c/main/plan-groups/{group}/")
    section = page.get_by_role("region", name="Plans", exact=True)
    expect(section.get_by_role("alert")).to_contain_text(re.compile(r"Try again in 3\d s\."))


def test_a_slow_part_holds_up_nothing(page, sandbox, group, unique):
    sandbox.faults.add(path=f"/v1/plan_groups/{group}/plans", latency=2)
    page.goto(f"/c/main/plan-groups/{group}/")
    section = page.get_by_role("region", name="Plans", exact=True)
    expect(section).to_contain_text("Loading…")
    expect(page.get_by_role("link", name="Update a Plan Group").last).to_be_visible()
    expect(section.get_by_role("row")).to_have_count(3)


def test_a_part_that_gets_no_answer_says_so(browser, site, cookies, group):
    # A browser of its own, for htmx notes the failure in the console.
    with browser.new_context(base_url=site, storage_state=cookies) as context:
        page = context.new_page()
        page.route("**/plans/", lambda route: route.abort())
        page.goto(f"/c/main/plan-groups/{group}/")
        expect(page.get_by_role("region", name="Plans", exact=True)).to_contain_text("could not be loaded")


def test_next_goes_on_inside_of_the_section(page, call, unique):
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    body = {"data_source_uuid": source, "interval_count": 1, "interval_unit": "day"}
    uuids = [call.make("/v1/plans", {**body, "name": f"{unique} {number}"})["uuid"] for number in range(25)]
    group = call.make("/v1/plan_groups", {"name": unique, "plans": uuids})["uuid"]
    page.goto(f"/c/main/plan-groups/{group}/")
    section = page.get_by_role("region", name="Plans", exact=True)
    section.get_by_role("link", name="Next").click()
    expect(section.get_by_role("row")).to_have_count(6)
    expect(section.get_by_role("heading", name="Plans")).to_be_focused()
    expect(page).to_have_url(f"/c/main/plan-groups/{group}/")
    section.get_by_role("link", name="Previous").click()
    expect(section.get_by_role("row")).to_have_count(21)
