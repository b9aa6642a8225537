"""Loading a record into an update form: input is kept, or discarded only after a question, and the focus moves on."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_plan_groups import chips
from tests.browser.test_plan_groups import group as group
from tests.browser.test_plan_groups import plans as plans
from tests.browser.test_unsaved import box, by_link, stays

pytestmark = pytest.mark.xdist_group("browser, other half")
UPDATE = "/c/main/customers/update/"


@pytest.fixture
def customers(call, unique):
    """The customers Ada and Bob, which pickers can find."""
    source = call.make("/v1/data_sources", {"name": unique})["uuid"]
    return [
        call.make("/v1/customers", {"data_source_uuid": source, "external_id": f"{unique}-{name}", "name": name})
        for name in ("Ada", "Bob")
    ]


def choose(page: Page, label: str, text: str) -> None:
    """By the keyboard alone."""
    page.get_by_role("combobox", name=label, exact=True).fill(text)
    expect(page.locator("[role=option]:visible")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def sent(page: Page) -> dict[str, object]:
    """The body that Review shows."""
    page.get_by_role("button", name="Review").click()
    return json.loads(
        page.get_by_role("region", name="The request as it will go out").locator("#request-body").inner_text()
    )


def test_a_plan_comes_to_the_group_that_is_chosen_for_it(page: Page, plans, group, unique):
    page.goto(f"/c/main/plans/{plans[3]['uuid']}/")
    page.get_by_role("main").get_by_role("link", name="Update a Plan Group").click()
    expect(chips(page)).to_have_count(1)
    choose(page, "Plan Group", group)
    expect(chips(page)).to_have_count(3)
    expect(box(page, "Name")).to_be_focused()
    expect(page.locator("#spoken")).to_have_text("Nothing has been sent yet. What you had filled in was kept: Plan.")
    for plan in (*plans[:2], plans[3]):
        expect(chips(page).filter(has_text=plan["uuid"])).to_have_count(1)
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text(f"+ Added: four {unique}")).to_be_visible()
    expect(page.get_by_text("− Removed:")).to_have_count(0)


def test_what_was_typed_stays_on_every_way_back_to_it(tab: Page, asked, customers):
    tab.goto(UPDATE)
    box(tab, "City").fill("Paris")
    choose(tab, "Customer", customers[0]["uuid"])
    expect(box(tab, "Name")).to_be_focused()
    expect(box(tab, "Name")).to_have_value("Ada")
    expect(box(tab, "City")).to_have_value("Paris")
    assert tab.url.endswith(UPDATE)
    assert stays(tab, asked, by_link(tab))
    box(tab, "Lead Created At").fill("2026-01-31")
    assert sent(tab)["city"] == "Paris"
    tab.go_back()
    expect(tab.get_by_role("button", name="Load again")).to_be_visible()
    assert tab.url.endswith(f"{UPDATE}?uuid={customers[0]['uuid']}")
    expect(box(tab, "City")).to_have_value("Paris")
    expect(box(tab, "Lead Created At")).to_have_value("2026-01-31")
    box(tab, "Zip").fill("75001")
    assert sent(tab) == {"city": "Paris", "zip": "75001", "lead_created_at": "2026-01-31T00:00:00Z"}
    assert asked == ["beforeunload"]


def test_reloading_loads_the_record_again_and_what_was_typed_stays(tab: Page, asked, customers):
    tab.goto(UPDATE)
    box(tab, "City").fill("Paris")
    choose(tab, "Customer", customers[0]["uuid"])
    expect(box(tab, "Name")).to_be_focused()
    asked.staying = False
    tab.reload()
    expect(box(tab, "Name")).to_have_value("Ada")
    expect(box(tab, "City")).to_have_value("Paris")


def test_another_record_does_not_take_the_place_of_changes_by_itself(tab: Page, asked, customers):
    ada, bob = (customer["uuid"] for customer in customers)
    tab.goto(f"{UPDATE}?uuid={ada}")
    box(tab, "City").fill("Paris")
    choose(tab, "Customer", bob)
    expect(tab.get_by_role("alert")).to_be_focused()
    expect(tab.get_by_role("alert")).to_contain_text("Loading would discard your changes to Ada")
    expect(box(tab, "City")).to_have_value("Paris")
    choose(tab, "Customer", ada)
    choose(tab, "Customer", bob)
    tab.get_by_role("button", name="Discard the changes and load").click()
    expect(box(tab, "Name")).to_have_value("Bob")
    expect(box(tab, "Name")).to_be_focused()
    expect(box(tab, "City")).to_have_value("")
    assert asked == []


def test_choosing_the_record_that_is_loaded_leaves_the_form_as_it_is(page: Page, customers):
    page.goto(f"{UPDATE}?uuid={customers[0]['uuid']}")
    box(page, "City").fill("Paris")
    choose(page, "Customer", customers[0]["uuid"])
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert sent(page) == {"city": "Paris"}


def test_the_way_back_to_a_form_that_was_wrong_has_its_record_still(page: Page, customers):
    page.goto(f"{UPDATE}?uuid={customers[0]['uuid']}")
    box(page, "Email").fill("not an address")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_be_focused()
    box(page, "Email").fill("ada@example.com")
    assert sent(page) == {"email": "ada@example.com"}
    page.go_back()
    expect(box(page, "Email")).to_have_value("ada@example.com")
    box(page, "Name").fill("")
    assert sent(page) == {"name": None, "email": "ada@example.com"}


def test_a_form_that_a_link_opens_moves_no_focus(page: Page, customers):
    page.goto(f"/c/main/customers/{customers[0]['uuid']}/")
    page.get_by_role("main").get_by_role("link", name="Update a Customer").click()
    expect(box(page, "Name")).to_have_value("Ada")
    expect(page.locator("body")).to_be_focused()


def test_without_scripts_what_was_typed_stays_too(open_browser, customers):
    page = open_browser(java_script_enabled=False)
    page.goto(UPDATE)
    box(page, "City").fill("Paris")
    box(page, "Customer").fill(customers[0]["uuid"])
    page.get_by_role("button", name="Load").click()
    expect(box(page, "Name")).to_have_value("Ada")
    expect(box(page, "City")).to_have_value("Paris")
