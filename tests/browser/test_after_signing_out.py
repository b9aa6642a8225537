"""C6: what somebody saw while signed in is not in the browser any more once they signed out."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.prepare import PASSWORD, USERNAME

pytestmark = pytest.mark.xdist_group("browser")


def sign_in(page: Page) -> None:
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_C6_the_way_back_leads_to_sign_in(open_browser):
    page = open_browser(storage_state=None)
    page.goto("/c/main/activity/")
    sign_in(page)
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    with page.expect_console_message(lambda message: message.text.endswith('Cleared data types: "cache", "storage".')):
        page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_have_count(0)


def test_C6_what_was_typed_is_not_offered_after_signing_out(browser, site):
    # A browser of its own: it asks whether to leave what was typed.
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/c/main/invoices/import/")
        sign_in(page)
        expect(page.get_by_role("heading", name="Import an Invoice", level=1)).to_be_visible()
        page.wait_for_load_state()
        page.locator("#id_external_id").fill("INV-1")
        page.reload()
        expect(page.get_by_role("region", name="Draft", exact=True)).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
        page.goto("/c/main/invoices/import/")
        sign_in(page)
        expect(page.get_by_role("heading", name="Import an Invoice", level=1)).to_be_visible()
        expect(page.get_by_role("region", name="Draft", exact=True)).to_have_count(0)
