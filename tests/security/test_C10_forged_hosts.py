"""C10: a forged name of the host is refused, and no link is made of it."""

import json
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.site import Site
from tests.security.production import PROXIED, Visitor

pytestmark = pytest.mark.xdist_group("production")

FORGED = json.loads((Path(__file__).parents[1] / "data" / "forged_hosts.json").read_text())


def test_C10_there_are_enough_inputs():
    assert len(FORGED) >= 5


@pytest.mark.parametrize("forged", FORGED, ids=[" ".join(headers.values()) or "none" for headers in FORGED])
@pytest.mark.parametrize("path", ["/accounts/login/", "/", "/connections/", "/healthz", "/static/img/mark.svg"])
def test_C10_a_forged_host_is_refused_and_in_no_link(forged: dict[str, str], path: str, production: Site):
    # Not by requests, which makes of a host what it takes for better.
    connection = HTTPConnection(urlsplit(production.address).netloc, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in (PROXIED | forged).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 400
    assert "evil" not in text
    assert answer.getheader("Location") is None


def test_C10_our_own_name_is_accepted_from_a_proxy_too(production: Site):
    answer = Visitor(production).ask("GET", "/accounts/login/", headers={"X-Forwarded-Host": "admin.example"})
    assert answer.status_code == 200
