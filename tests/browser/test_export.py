"""Exports in a browser: a counter while loading, whether the file is complete, and Stop."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.xdist_group("browser")
FILE = "**/customers/list/export/?*format=*"


@pytest.fixture
def export(page: Page) -> Page:
    page.goto("/c/main/customers/list/?limit=20&status=Active")
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export customers")
    return page


def said(page: Page) -> Any:
    return page.locator("export-file .counter")


def answered(route: Route, name: str, body: str) -> None:
    route.fulfill(headers={"Content-Disposition": f'attachment; filename="{name}"'}, body=body)


def downloaded(page: Page) -> tuple[str, str]:
    """The name of the file and its text."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes().decode()


@pytest.mark.parametrize(
    ("choice", "ending"),
    [("CSV with the columns of the list", "csv"), ("CSV with all fields", "csv"), ("JSON, as ChartMogul returns it", "json")],
)  # fmt: skip
def test_all_rows_come_and_are_counted(choice: str, ending: str, export: Page, sandbox: Any):
    export.get_by_label("Format").select_option(choice)
    name, text = downloaded(export)
    wanted = {row["uuid"] for row in sandbox.api.store.all("customers") if row["status"] == "Active"}
    if ending == "json":
        found = {record["uuid"] for record in json.loads(text)["entries"]}
    else:
        assert text.startswith("\ufeff")
        found = {row["UUID"] for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))}
    assert found == wanted
    assert name.startswith("main-customers-")
    assert name.endswith(f".{ending}")
    expect(said(export)).to_have_text(f"{len(wanted)} customers in the file, all of them.")
    expect(export.locator("#spoken")).to_have_text(f"{len(wanted)} customers in the file, all of them.")
    expect(export.get_by_role("button", name="Stop")).to_be_hidden()
    expect(export.get_by_role("button", name="Download")).to_be_focused()


@pytest.mark.parametrize(
    ("choice", "body"),
    [
        ("csv", 'Name,UUID\r\n"Line\nbreak ""quoted""",cus_1\r\nB,cus_2\r\n"INCOMPLETE: this file ends, sadly."\r\n'),
        ("json", '{"entries": [\n{"uuid": "cus_1"},\n{"uuid": "cus_2"}\n], "complete": false, "problem": "x"}\n'),
    ],
)
def test_a_file_that_is_not_complete_is_saved_and_told(choice: str, body: str, export: Page):
    export.route(FILE, lambda route: answered(route, f"some.{choice}", f"{body}{mark_in(route)} incomplete 2"))
    export.get_by_label("Format").select_option(choice)
    assert downloaded(export) == (f"some.{choice}", body)
    expect(said(export)).to_have_text("2 customers in the file, which is not complete. Its end says why.")


def mark_in(route: Route) -> str:
    return parse_qs(urlsplit(route.request.url).query)["mark"][0]


def test_a_transfer_that_was_cut_is_no_file(export: Page):
    export.route(FILE, lambda route: answered(route, "some.csv", 'Name,UUID\r\n"Line\nbreak",cus_1\r\nB,cus_2\r\n'))
    export.get_by_role("button", name="Download").click()
    expect(said(export)).to_have_text("The connection broke after 2 customers. No file was saved.")


def test_it_can_be_stopped(export: Page):
    export.route(FILE, lambda route: None)
    export.get_by_role("button", name="Download").click()
    stop = export.get_by_role("button", name="Stop")
    expect(stop).to_be_focused()
    export.keyboard.press("Enter")
    expect(said(export)).to_have_text("Stopped after 0 customers. No file was saved.")
    expect(stop).to_be_hidden()
    expect(export.get_by_role("button", name="Download")).to_be_focused()
    export.unroute(FILE)
    assert downloaded(export)[1]


def test_a_connection_that_breaks_is_told(export: Page):
    export.evaluate("() => { window.fetch = () => Promise.reject(new TypeError()); }")
    export.get_by_role("button", name="Download").click()
    expect(said(export)).to_have_text("The connection broke after 0 customers. No file was saved.")


def test_why_there_is_no_file_is_shown_until_there_is_one(export: Page, sandbox: Any):
    sandbox.faults.add(path="/v1/customers", status=403)
    export.get_by_role("button", name="Download").click()
    alert = export.get_by_role("alert")
    expect(alert).to_contain_text("status 403")
    expect(alert).to_be_focused()
    expect(said(export)).to_be_empty()
    assert downloaded(export)[1]
    expect(alert).to_be_hidden()
