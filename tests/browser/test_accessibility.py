"""Pages with something open or gone wrong are checked with axe, in light and dark, wide and narrow, and do not scroll
sideways. Every page in its initial state: see test_every_page.py.

The frame is checked here: whole pages with each kind of frame, with and without a connection, for people and for guests.
States that concern only the content are checked without the frame."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from resources.operations import WriteOperation
from resources.registry import OPERATIONS
from tests.browser.every_page import records
from tests.browser.looking import BY_SCHEME, BY_SCHEMES, FRAME, is_fine, prepare, set_look, violations
from tests.browser.prepare import PASSWORD
from tests.people import code_of

pytestmark = pytest.mark.xdist_group("browser, other half")

states = {
    "a search without hits": "/c/main/search/?q=nobody@nowhere.example",
    "hits": "/c/main/search/?q=e",
    "not found": "/c/nowhere/",
    "no such record": "/c/main/customers/cus_00000000-0000-4000-8000-000000000000/",
    "an empty list": "/c/main/customers/list/?external_id=nobody",
    "nothing chosen yet": "/c/main/customers/get/",
    "signed out by the provider": "/accounts/oidc/sso/login/callback/",
}


@pytest.fixture
def page(open_browser: Callable[..., Page]) -> Page:
    page = open_browser()
    prepare(page)
    return page


@pytest.mark.parametrize("where", states)
def test_I6_what_is_not_there(page: Page, where: str) -> None:
    page.goto(states[where])
    is_fine(page, where)


# The forms of all writes, the console among them, with whatever they complain about and a choice that is open. Their colours
# are those of the form further below.
FORMS = [key for key, operation in OPERATIONS.items() if isinstance(operation, WriteOperation)]


@pytest.mark.parametrize("key", FORMS)
def test_I6_every_form_with_errors(page: Page, key: str) -> None:
    set_look(page, "light", 1440)
    page.goto(f"/c/main/{OPERATIONS[key].address}")
    page.get_by_role("main").locator("button.primary:visible").first.click()
    expect(page.get_by_role("alert")).to_be_focused()
    for link in page.get_by_role("alert").get_by_role("link").all():
        # Each leads to its field or its rows, which say what is wrong.
        field = page.locator(link.get_attribute("href") or "")
        link.press("Enter")
        expect(field).to_be_in_viewport()
        expect(field).to_have_accessible_description(re.compile("."))
    picker = page.get_by_role("main").get_by_role("combobox", expanded=False).locator("visible=true").first
    if picker.count():
        picker.click()
        expect(page.get_by_role("listbox").locator("visible=true")).to_be_visible()
    but_colours = {"rules": {rule: {"enabled": False} for rule in BY_SCHEME}}
    assert violations(page, but_colours, but=FRAME) == []


def test_I6_signing_in(open_browser: Callable[..., Page]) -> None:
    page = open_browser(storage_state=None)
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    is_fine(page, "sign-in, refused")


def test_I6_joining_and_a_second_factor(page: Page, open_browser: Callable[..., Page], unique: str) -> None:
    page.goto("/people/")
    page.get_by_label("Email").fill(f"{unique}@{'long' * 12}.example")
    page.get_by_role("button", name="Create an invitation").click()
    link = page.locator("code.identifier").inner_text()
    is_fine(page, "a link that was made, and those that are open")
    guest = open_browser(storage_state=None)
    guest.goto(link)
    guest.get_by_role("button", name="Create account").click()
    expect(guest.get_by_role("alert")).to_be_visible()
    is_fine(guest, "joining, with errors")
    guest.get_by_label("Username").fill(unique)
    for box in ("Password", "Repeat password"):
        guest.get_by_label(box, exact=True).fill(PASSWORD)
    guest.get_by_role("button", name="Create account").click()
    expect(guest.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    sign_in(guest, unique)
    guest.goto("/accounts/second-factor/app/")
    secret = guest.locator("code.identifier").inner_text()
    guest.get_by_role("textbox", name="Code").fill("1")
    guest.get_by_role("button", name="Set up").click()
    expect(guest.get_by_role("alert")).to_be_visible()
    is_fine(guest, "an app, with a wrong code", but=FRAME)
    guest.get_by_role("textbox", name="Code").fill(code_of(secret))
    guest.get_by_role("button", name="Set up").click()
    expect(guest.get_by_role("heading", name="Recovery codes")).to_be_visible()
    is_fine(guest, "recovery codes", but=FRAME)
    guest.get_by_role("button", name="Account").click()
    guest.get_by_role("button", name="Sign out").click()
    expect(guest.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    sign_in(guest, unique)
    guest.get_by_role("textbox", name="Code").fill("1")
    guest.get_by_role("button", name="Continue").click()
    expect(guest.get_by_role("alert")).to_be_visible()
    is_fine(guest, "the second step of signing in, with a wrong code", but=FRAME)


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    # Whoever goes on before the answer is there takes it back.
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()


def test_I6_errors_choices_and_rows(page: Page) -> None:
    page.goto("/c/main/customers/create/")
    page.get_by_role("button", name="Add attribute").click()
    page.get_by_label("Lead Created At").fill("nonsense")
    page.get_by_label("Email").fill("nonsense")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_be_visible()
    is_fine(page, "a form with errors", but=FRAME)
    page.get_by_role("combobox", name="Data Source").click()
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    is_fine(page, "an open picker", but=FRAME)


def test_I6_a_form_as_json(page: Page) -> None:
    page.goto("/c/main/invoices/import/")
    page.get_by_role("button", name="Edit as JSON").click()
    page.get_by_label("Request body").fill("{")
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not JSON")
    is_fine(page, "JSON with an error", but=FRAME)


def test_I6_the_review_of_a_record_and_its_outcome(page: Page, call: Any, sandbox: Any, unique: str) -> None:
    known = records(call, unique)
    uuid = known["customers"]
    page.goto(f"/c/main/customers/update/?uuid={uuid}")
    page.get_by_label("City").fill("w" * 200)
    page.get_by_label("Company").fill("")
    is_fine(page, "an update", but=FRAME)
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    is_fine(page, "a review", but=FRAME)
    sandbox.faults.add(method="PATCH", status=502)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    is_fine(page, "an unknown outcome", but=FRAME)
    page.get_by_role("button", name="Check: look it up").click()
    expect(page.get_by_role("note")).to_contain_text("does not show the effect of this yet")
    is_fine(page, "a look-up", but=FRAME)
    page.goto(f"/c/main/data-sources/delete/?uuid={known['data_sources']}")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    is_fine(page, "the review of a deletion that was not typed", but=FRAME)
    page.goto(f"/c/main/customers/delete/?uuid={uuid}")
    page.get_by_role("button", name="Review").click()
    page.get_by_text("Add a reason").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Customer deleted")
    is_fine(page, "a deletion")


def test_I6_the_menus_of_a_small_screen(open_browser: Callable[..., Page]) -> None:
    page = open_browser(viewport={"width": 390, "height": 800})
    for menu, entry in (("Menu", "List Customers"), ("Account", "Your account")):
        page.goto("/c/main/")
        page.get_by_role("button", name=menu).click()
        expect(page.get_by_role("link", name=entry).first).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page, BY_SCHEMES[scheme]) == []


def test_I6_the_offer_of_a_draft(page: Page) -> None:
    page.goto("/c/main/invoices/import/")
    draft = """() => {
        const { draft } = document.querySelector("[data-draft]").dataset;
        sessionStorage.setItem(draft, JSON.stringify({ id: "1", at: Date.now(), rows: {}, values: [] }));
    }"""
    page.evaluate(draft)
    page.reload()
    expect(page.get_by_role("region", name="Draft", exact=True)).to_be_visible()
    is_fine(page, "the offer of a draft", but=FRAME)


def test_I6_a_failure_upstream(page: Page, sandbox: Any) -> None:
    sandbox.faults.add(path="/v1/customers", status=429, retry_after="40")
    page.goto("/c/main/customers/list/")
    expect(page.get_by_role("alert")).to_contain_text("Try again in")
    is_fine(page, "a busy ChartMogul", but=FRAME)
