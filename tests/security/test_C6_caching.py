"""C6: no browser and no proxy keeps what somebody saw, and signing out takes away what a browser keeps all the same."""

import pytest
from django.test import Client

from tests.browser.site import Site
from tests.pages import Browser
from tests.security.gathering import cases
from tests.security.production import Visitor
from tests.security.routes import every_route


def test_C6_no_page_is_stored(signed_in: Client, box, sandbox):
    with cases() as case:
        for route in every_route(slug="box"):
            for headers in ({}, {"HX-Request": "true"}):
                with case(route, headers):
                    answer = signed_in.get(route.path, headers=headers)
                    assert "no-store" in answer["Cache-Control"]


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
