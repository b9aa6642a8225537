"""C6: what somebody saw while signed in is not in the browser any more once they signed out."""

import pytest
from playwright.sync_api import expect

from tests.browser.prepare import PASSWORD, USERNAME

pytestmark = pytest.mark.xdist_group("browser")


def test_C6_the_way_back_leads_to_sign_in(open_browser):
    page = open_browser(storage_state=None)
    page.goto("/c/main/activity/")
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    cleared = []
    page.on("console", lambda message: cleared.append(message.text))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    assert [text for text in cleared if text.endswith('Cleared data types: "cache", "storage".')]
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_have_count(0)
