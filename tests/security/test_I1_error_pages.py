"""I1: errors are pages of ours that tell people what to do and strangers nothing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as loaded
from django.test import Client

from connections.roles import Role
from resources.views import pages
from tests.pages import page_of
from tests.people import client_of, person

CANARY = "canary-in-a-local-variable"


def check(answer, status: int, *, alone: bool = True) -> None:
    html = answer.content.decode()
    page = page_of(answer)
    assert answer.status_code == status
    assert page.one("h1").text
    assert page.one(role="alert").text
    assert re.search(r"[0-9a-f]{12}", page.one("code").text), "a reference for the log"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Traceback" not in html
    assert CANARY not in html
    assert ".py" not in html
    assert bool(page.all("script")) is not alone
    assert bool(page.all("nav", id="menu")) is not alone


@pytest.fixture
def forgiving(ada) -> Client:
    """A client that returns an error page for an exception, like a server, instead of raising it."""
    client = Client(raise_request_exception=False)
    client.force_login(ada)
    return client


def test_I1_the_errors_are_tried_without_debug():
    assert loaded.DEBUG is False


@pytest.mark.parametrize(
    "path", ["/nowhere", "/c/nobody/", "/c/main/nowhere/", "/connections/nobody/", "/static/../x", "/.env"]
)
def test_I1_not_found(path: str, forgiving: Client, main):
    check(forgiving.get(path), 404, alone=False)


@pytest.mark.parametrize("path", ["/nowhere", "/c/main/nowhere/", "/.env"])
def test_I1_not_found_for_a_stranger(path: str, main):
    check(Client().get(path), 404)


@pytest.mark.parametrize("asks", [{"HX-Request": "true"}, {"Sec-Fetch-Dest": "empty"}, {"Sec-Fetch-Dest": "image"}])
def test_I1_what_nobody_sees_holds_no_message(asks: dict[str, str], forgiving: Client, main):
    forgiving.post("/connections/main/safety/", {"read_only": "on", "read_only_reason": "Audit"})
    check(forgiving.get("/c/main/nowhere/", headers=asks), 404)
    assert "Safety settings saved" in page_of(forgiving.get("/connections/")).text


def test_I1_not_found_once_the_session_is_over(forgiving: Client, main):
    forgiving.get("/c/main/")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=loaded.SESSION_IDLE_SECONDS + 1)):
        answer = forgiving.get("/c/main/nowhere/")
    check(answer, 404)
    assert main.name not in answer.content.decode()


def test_I1_not_allowed(main):
    answer = client_of(person("vera", main, Role.VIEWER)).get("/c/main/customers/create/")
    check(answer, 403, alone=False)
    assert page_of(answer).one("a", class_="here").text.startswith(main.name), "it is said where one is"


def test_I1_a_form_from_elsewhere(ada, main):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    check(client.post("/connections/create/", {}), 403)


@pytest.mark.parametrize("path", ["/c/main/", "/c/main/?x=%00"])
def test_I1_a_view_that_raises(path: str, forgiving: Client, main, monkeypatch, caplog):
    def broken(*args: object, **kwargs: object) -> None:
        secret = CANARY
        raise RuntimeError(f"something {secret[:6]}")

    monkeypatch.setattr(pages, "render", broken)
    answer = forgiving.get(path)
    check(answer, 500)
    reference = page_of(answer).one("code").text
    assert reference in caplog.text


def test_I1_too_many_fields(forgiving: Client, main):
    data = {f"name-{number}": "x" for number in range(10_002)}
    check(forgiving.post("/c/main/customers/create/", data), 400)


def test_I1_an_address_that_only_takes_forms(forgiving: Client, main):
    """Enter in the address bar after a form was sent in vain."""
    answer = forgiving.get("/connections/main/test/")
    check(answer, 405, alone=False)
    assert answer.headers["Allow"] == "POST"
    assert forgiving.get("/connections/main/test/", headers={"Sec-Fetch-Dest": "empty"}).content == b""


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_I1_a_wrong_method_is_refused(method: str, forgiving: Client, main):
    assert getattr(forgiving, method)("/c/main/").status_code == 405
