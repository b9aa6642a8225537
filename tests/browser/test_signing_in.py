"""Signing in, the first page, and forms whose session ends while they are being filled in."""

import contextlib
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page, expect

from tests.browser.prepare import PASSWORD, USERNAME

pytestmark = pytest.mark.xdist_group("browser")
CHOSEN = "ds_00000000-0000-4000-8000-000000000001"


def test_signing_in_leads_to_the_page_that_was_asked_for(open_browser):
    page = open_browser(storage_state=None)
    page.goto("/c/main/customers/get/")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    expect(page.get_by_label("Username")).to_have_value(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Get a Customer", level=1)).to_be_visible()


def test_signing_out(open_browser):
    page = open_browser(storage_state=None)
    page.goto("/accounts/login/")
    sign_in(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


HALF_AN_HOUR = 30 * 60


@pytest.fixture
def let_half_an_hour_pass(site: str, site_folder: Path) -> Callable[[Page], None]:
    """A function that ages the session of a page by half an hour."""

    def let_pass(page: Page) -> None:
        key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "session")
        with contextlib.closing(sqlite3.connect(site_folder / "site.sqlite3", timeout=20)) as database, database:
            row = "FROM django_session WHERE session_key = ?"
            (text,) = database.execute(f"SELECT session_data {row}", [key]).fetchone()
            session = SessionStore().decode(text)
            session["seen_at"] -= HALF_AN_HOUR + 1
            database.execute(
                "UPDATE django_session SET session_data = ? WHERE session_key = ?",
                [SessionStore().encode(session), key],
            )

    return let_pass


def sign_in(page: Page) -> None:
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    # Whoever goes on before the answer is there takes it back.
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()


def test_single_sign_on_is_there_by_settings_alone(open_browser, provider, unique: str):
    """From the sign-in page to the provider and back, past the content security policy; an invitation is the way in."""
    address = f"{unique}@example.com"
    provider.says({"sub": unique, "email": address, "email_verified": True, "preferred_username": unique})
    page = open_browser(storage_state=None)
    page.goto("/accounts/login/?next=/accounts/sessions/")
    page.get_by_role("link", name="Continue with Example").click()
    expect(page.get_by_text("Ask for an invitation")).to_be_visible()
    owner = open_browser()
    owner.goto("/people/")
    owner.get_by_label("Email").fill(address)
    owner.get_by_role("button", name="Create an invitation").click()
    expect(owner.get_by_text("Here is the link")).to_be_visible()
    page.goto("/accounts/login/?next=/accounts/sessions/")
    page.get_by_role("link", name="Continue with Example").click()
    expect(page.get_by_role("heading", name="Sessions", level=1)).to_be_visible()


@pytest.mark.parametrize("asks_by", ["a picker", "a moment"])
def test_D11_a_page_that_asks_for_something_keeps_what_was_typed(open_browser, let_half_an_hour_pass, asks_by: str):
    page = open_browser(storage_state=None)
    page.goto("/c/main/customers/create/")
    sign_in(page)
    page.get_by_label("External ID").fill("typed-before")
    let_half_an_hour_pass(page)
    if asks_by == "a picker":
        page.get_by_role("combobox", name="Data Source").press_sequentially("x")
    else:
        page.get_by_label("Lead Created At").press_sequentially("2026-01-01")
    expect(page.locator("main").get_by_text("Your session has ended")).to_be_visible()
    expect(page.get_by_label("External ID")).to_have_value("typed-before")
    page.get_by_role("button", name="Review").click()
    sign_in(page)
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_label("External ID")).to_have_value("typed-before")


def test_D11_load_all_leads_to_sign_in_and_back_to_the_list(open_browser, let_half_an_hour_pass):
    page = open_browser(storage_state=None)
    page.goto("/c/main/customers/list/?limit=20")
    sign_in(page)
    let_half_an_hour_pass(page)
    page.get_by_role("button", name=re.compile("Load all")).click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    expect(page.get_by_text("signed out because of inactivity")).to_be_visible()
    sign_in(page)
    expect(page).to_have_url(re.compile(r"/c/main/customers/list/\?limit=20$"))
    page.get_by_role("button", name=re.compile("Load all")).click()
    expect(page.locator("caption")).to_contain_text("all loaded")


def test_D11_what_was_chosen_counts_as_typed(open_browser, let_half_an_hour_pass):
    page = open_browser(storage_state=None)
    page.goto("/c/main/customers/create/")
    sign_in(page)
    source = page.get_by_role("combobox", name="Data Source")
    source.fill(CHOSEN)
    source.press("Tab")
    let_half_an_hour_pass(page)
    page.get_by_role("combobox", name="Search").press_sequentially("somebody")
    expect(page.locator("main").get_by_text("Your session has ended")).to_be_visible()
    expect(source).to_have_value(CHOSEN)


def test_D11_a_page_where_nothing_was_typed_leads_to_sign_in(open_browser, let_half_an_hour_pass):
    page = open_browser(storage_state=None)
    page.goto("/c/main/customers/get/")
    sign_in(page)
    let_half_an_hour_pass(page)
    page.get_by_role("combobox", name="Customer").press_sequentially("x")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("heading", name="Get a Customer", level=1)).to_be_visible()


def test_what_was_typed_outlives_a_sign_out_in_another_tab(open_browser):
    page = open_browser(storage_state=None)
    page.goto("/c/main/customers/create/")
    sign_in(page)
    page.get_by_label("External ID").fill("typed-before")
    other = page.context.new_page()
    other.goto("/connections/")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.get_by_role("combobox", name="Data Source").press_sequentially("x")
    with page.expect_popup() as opened:
        page.locator("main").get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("link", name="Continue where you left off").click()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_label("External ID")).to_have_value("typed-before")
