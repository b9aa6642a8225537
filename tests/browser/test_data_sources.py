"""The four modules of data sources, with and without scripts."""

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.xdist_group("browser")


def test_create_list_get_and_delete(either, unique, writes, call):
    page = either
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(f"{unique} & Söhne")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text(f"Data source created: {unique} & Söhne.")
    assert [json.loads(request.body) for request in writes()] == [{"name": f"{unique} & Söhne"}]

    page.goto("/c/main/data-sources/list/")
    page.get_by_label("Filter by Name").fill(f"{unique} & Söhne")
    page.get_by_label("Filter by System").select_option("Custom")
    page.get_by_role("button", name="Run").click()
    page.wait_for_url("**/list/?**")
    row = page.get_by_role("row").filter(has_text=f"{unique} & Söhne")
    uuid = re.search(r"ds_[0-9a-f-]+", row.inner_text())[0]

    page.goto("/c/main/data-sources/get/")
    # A name that is known and belongs to one record only does as well as a UUID.
    page.get_by_role("combobox", name="Data Source").fill(f"{unique} & Söhne")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("table")).to_contain_text(uuid)
    page.get_by_role("main").get_by_role("link", name="Delete a Data Source").click()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("main")).to_contain_text("Deleting a data source is permanent.")
    page.get_by_label("Type the name to confirm").fill(f"{unique} & Söhne")
    page.get_by_label("Reason").fill("Imported twice")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Data source deleted")
    assert call("GET", f"/v1/data_sources/{uuid}").status_code == 404


def test_a_taken_name_is_told_beside_its_field(either, unique, call):
    page = either
    call.make("/v1/data_sources", {"name": unique})
    page.goto("/c/main/data-sources/create/")
    page.get_by_label("Name", exact=True).fill(unique)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Has already been taken.")
    expect(page.get_by_label("Name", exact=True)).to_have_accessible_description(re.compile("already been taken"))
    expect(page.get_by_label("Name", exact=True)).to_have_value(unique)


def test_cutting_the_list_here_gives_next_and_previous(either):
    page = either
    page.goto("/c/main/data-sources/list/?limit=2")
    expect(page.get_by_role("table")).to_contain_text("Data Sources 1–2, more follow")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("table")).to_contain_text("Data Sources 3–4")
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("table")).to_contain_text("Data Sources 1–2")
