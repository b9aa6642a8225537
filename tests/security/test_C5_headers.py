"""C5: every answer carries the headers that a browser needs to protect it, whichever part of the server gave it."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.browser.site import Site
from tests.pages import parse
from tests.security.observatory import score
from tests.security.production import HOST, Visitor

pytestmark = pytest.mark.xdist_group("production")

ANSWERS = json.loads((Path(__file__).parents[1] / "data" / "every_kind_of_answer.json").read_text())
EXACT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 365 * 24 * 60 * 60


def check(answer: requests.Response, *, by_https: bool = True) -> None:
    headers = answer.headers
    assert {name: headers.get(name) for name in EXACT} == EXACT
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "nonce" not in headers["Content-Security-Policy"]
    permissions = headers["Permissions-Policy"]
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"} <= set(permissions.split(", "))
    assert "Access-Control-Allow-Origin" not in headers
    if by_https:
        lasts = re.fullmatch(r"max-age=(\d+); includeSubDomains; preload", headers["Strict-Transport-Security"])
        assert lasts
        assert int(lasts[1]) >= YEAR
    assert re.fullmatch("[0-9a-f]{12}", headers["X-Request-ID"])


@pytest.mark.parametrize("asked", ANSWERS, ids=[asked["kind"] for asked in ANSWERS])
def test_C5_every_kind_of_answer_has_all_of_them(asked: dict, production: Site, sent_by_https: Visitor):
    visitor = sent_by_https if asked.get("signed_in", True) else Visitor(production)
    token = visitor.cookies["__Host-csrf"].value if "__Host-csrf" in visitor.cookies else ""
    headers = {"X-CSRFToken": token, **asked.get("headers", {})}
    path = asked["path"].format(static=static_file(sent_by_https))
    # A body that is announced as too large is refused before any of it came.
    answer = visitor.ask(asked["method"], path, headers=headers)
    assert answer.status_code == asked["status"], answer.text[:500]
    check(answer, by_https=headers.get("X-Forwarded-Proto") != "http")


def static_file(visitor: Visitor) -> str:
    return re.findall(r"/static/(css/app\.[0-9a-f]+\.css)", visitor.ask("GET", "/connections/").text)[0]


def test_C5_the_score_after_the_observatorys_table(production: Site):
    visitor = Visitor(production)
    answer = visitor.ask("GET", "/accounts/login/")
    scripts = [script.get("src") for script in parse(answer.text).all("script")]
    plain = visitor.ask("GET", "/", headers={"X-Forwarded-Proto": "http"}).headers["Location"]
    assert urlsplit(plain).netloc == HOST
    total, modifiers = score(answer.headers, visitor.cookies.values(), scripts, redirect=plain)
    assert total >= 115, modifiers


@pytest.mark.parametrize(
    ("change", "total"),
    [
        ({"Content-Security-Policy": ""}, 75),
        ({"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}, 80),
        ({"Strict-Transport-Security": "max-age=60"}, 115),
        ({"X-Frame-Options": "", "Content-Security-Policy": "default-src 'none'"}, 80),
        ({"Referrer-Policy": "unsafe-url"}, 115),
        ({"Access-Control-Allow-Origin": "*"}, 50),
    ],
)
def test_C5_the_scorer_takes_points_off(change: dict, total: int, production: Site):
    answer = Visitor(production).ask("GET", "/accounts/login/")
    assert score({**answer.headers, **change}, [], [], redirect="https://admin.example/")[0] <= total
