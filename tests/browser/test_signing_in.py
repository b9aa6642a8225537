"""Signing in, and the first page."""

import pytest
from playwright.sync_api import expect

from tests.browser.prepare import PASSWORD, USERNAME

pytestmark = pytest.mark.xdist_group("browser")


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
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
