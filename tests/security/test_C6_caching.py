"""C6: no browser and no proxy keeps what somebody saw, and signing out takes away what a browser keeps all the same.

That no answer may be kept is looked at on the walk of test_B1_C6_D2_D5_walk.py."""

import pytest

from tests.browser.site import Site
from tests.pages import Browser
from tests.security.production import Visitor


@pytest.mark.xdist_group("production")
def test_C6_signing_out_clears_what_the_browser_keeps(production: Site):
    visitor = Visitor(production)
    page: Browser = visitor.sign_in()
    assert not [answer for answer in visitor.seen if "Clear-Site-Data" in answer.headers]
    before = len(visitor.seen)
    page.press("Sign out")
    told = [answer.headers.get("Clear-Site-Data") for answer in visitor.seen[before:]]
    assert told.count('"cache", "storage"') == 1
    assert set(told) <= {'"cache", "storage"', None}
    assert page.open("/connections/").h1 == "Sign in"
