"""D4: nothing is accepted from a page that is not ours."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.security.gathering import cases
from tests.security.routes import ROUTES

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for app in ("activity", "chartmogul_admin", "connections", "resources", "sandbox")
    for path in (ROOT / app).rglob("*.py")
]
METHODS = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def strict(client: Client, ada) -> Client:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    return strict


@pytest.mark.parametrize("method", METHODS)
def test_D4_without_a_token_nothing_is_done(method: str, strict: Client, main, recorder):
    with cases() as case:
        for route in ROUTES:
            with case(route.pattern):
                recorder.requests.clear()
                strict.cookies.pop(settings.CSRF_COOKIE_NAME, None)
                answer = strict.generic(method, route.path, b"name=x", content_type="application/x-www-form-urlencoded")
                assert answer.status_code == 403
                assert "The form was not accepted" in answer.content.decode()
                assert recorder.requests == []


def test_D4_with_a_wrong_token_nothing_is_done(strict: Client, main, recorder):
    strict.get("/connections/create/")
    assert settings.CSRF_COOKIE_NAME in strict.cookies
    with cases() as case:
        for route in ROUTES:
            with case(route.pattern):
                recorder.requests.clear()
                for token in ("x" * 64, "", "\0"):
                    assert strict.post(route.path, {"csrfmiddlewaretoken": token}).status_code == 403
                    assert strict.post(route.path, headers={"X-CSRFToken": "y" * 32}).status_code == 403
                assert recorder.requests == []


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "http://testserver:81"]
)
def test_D4_a_right_token_from_a_foreign_origin_is_refused(origin: str, strict: Client, main, recorder):
    page = strict.get("/connections/create/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    with cases() as case:
        for route in ROUTES:
            with case(route.pattern):
                recorder.requests.clear()
                answer = strict.post(route.path, {"csrfmiddlewaretoken": token}, headers={"Origin": origin})
                assert answer.status_code == 403
                assert recorder.requests == []


def test_D4_a_right_token_from_here_is_accepted(strict: Client, main):
    page = strict.get("/connections/create/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    headers = {"Origin": "http://testserver"}
    assert strict.post("/connections/create/", {"csrfmiddlewaretoken": token}, headers=headers).status_code == 422


def test_D4_no_view_is_exempt():
    assert SOURCES
    assert [path for path in SOURCES if "csrf_exempt" in path.read_text()] == []
    assert [route for route in ROUTES if getattr(route.view, "csrf_exempt", False)] == []
