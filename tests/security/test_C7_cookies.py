"""C7: cookies go back to this very host by https alone, and scripts and other sites do not get them."""

import re

import pytest

from tests.browser.site import Site
from tests.security.production import Visitor

pytestmark = pytest.mark.xdist_group("production")


def test_C7_every_cookie_is_kept_to_this_host(production: Site):
    visitor = Visitor(production)
    page = visitor.sign_in()
    for address in ("/c/main/customers/create/", "/connections/main/", "/c/main/activity/", "/nowhere"):
        page.open(address)
    page.open("/connections/").press("Sign out")
    lines = [line for answer in visitor.seen for line in answer.raw.headers.getlist("Set-Cookie")]
    names = {line.partition("=")[0] for line in lines}
    assert {"__Host-session", "__Host-csrf"} <= names
    for line in lines:
        pair, *words = re.split(r"; *", line)
        attributes = {word.partition("=")[0].lower(): word.partition("=")[2] for word in words}
        assert pair.startswith("__Host-"), pair
        assert len(line) < 4_096
        assert attributes["path"] == "/"
        assert "domain" not in attributes
        assert attributes["samesite"] in ("Lax", "Strict")
        # What deletes a cookie carries no flag in Django; the cookie that it deletes had them.
        if attributes.get("max-age") != "0":
            assert {"secure", "httponly"} <= set(attributes), line
