"""Creating, replacing and deleting a connection, with and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")


def fill_in(page: Page, name: str, token: str = "sandbox") -> None:
    page.goto("/connections/create/")
    page.get_by_label("Connection name").fill(name)
    page.get_by_label("Kind").select_option(label="Sandbox")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Continue").click()


def test_a_connection_is_created_used_and_deleted(either, unique):
    page = either
    fill_in(page, unique)
    expect(page.get_by_role("status")).to_contain_text("The connection has been established")
    expect(page.get_by_role("status")).to_contain_text("Sandbox Ltd, EUR, Europe/Berlin")
    expect(page.get_by_role("table")).to_contain_text("Europe/Berlin")
    page.get_by_role("link", name=f"Go to {unique}").click()
    expect(page).to_have_url(re.compile(f"/c/{unique}/$"))
    page.goto(f"/connections/{unique}/delete/")
    page.get_by_role("button", name="Delete the connection").click()
    expect(page.get_by_role("status")).to_contain_text(f"The connection {unique} has been deleted")
    expect(page.get_by_role("table")).not_to_contain_text(unique)


def test_a_wrong_key_is_told_beside_its_field_and_the_name_is_kept(either, unique):
    page = either
    fill_in(page, unique, token="wrong")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("does not accept this key")
    expect(page.get_by_label("Token")).to_have_accessible_description(re.compile("does not accept this key"))
    expect(page.get_by_label("Connection name")).to_have_value(unique)
    expect(page.get_by_label("Token")).to_have_value("")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_name_takes_no_room_from_the_other_columns(page, unique, width):
    fill_in(page, f"{unique} {'N' * (99 - len(unique))}")
    expect(page.get_by_role("status")).to_contain_text("The connection has been established")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/connections/")
    scroller = page.get_by_role("region", name="Connections: rows")
    assert scroller.evaluate("each => each.scrollWidth - each.clientWidth") == 0
    page.get_by_role("link", name=re.compile(f"^Settings for {unique}")).click()
    page.goto(f"{page.url}delete/")
    page.get_by_role("button", name="Delete the connection").click()
    expect(page.get_by_role("status")).to_contain_text("has been deleted")
