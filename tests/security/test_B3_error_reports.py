"""B3: an error is told by a reference to people, and by a report without any key to those who look after the server.

There is no Sentry in the product. Whoever adds it has to leave local variables out there too.
"""

import base64
import logging
import re

import pytest
from django.core import mail
from django.test import Client
from django.utils.log import AdminEmailHandler
from django.views import debug

from connections import services
from connections.client import _Session
from connections.models import Credential
from tests.conftest import make_connection
from tests.connections.conftest import SECRET_KEY, TOKEN
from tests.connections.test_stored_bytes import slices
from tests.overheard import listener
from tests.pages import Browser, page_of
from tests.security.gathering import cases

BASIC = base64.b64encode(f"{TOKEN}:{SECRET_KEY}".encode()).decode()
RUNS = {run.decode() for secret in (TOKEN, SECRET_KEY) for run in slices(secret)} | {BASIC[:16], BASIC[-16:]}
TYPED = {"name": "New", "kind": "live", "token": TOKEN, "secret_key": SECRET_KEY}
VIEWS = {
    "the connections": ("get", "/connections/", {}),
    "a new connection, its key typed": ("post", "/connections/create/", TYPED),
    "a connection": ("get", "/connections/main/", {}),
    "a new key, typed": ("post", "/connections/main/key/", TYPED),
    "the test of a key": ("post", "/connections/main/test/", {}),
    "a list": ("get", "/c/main/customers/list/", {}),
    "a record": ("get", "/c/main/customers/cus_1/", {}),
    "a module": ("get", "/c/main/plans/get/", {"uuid": "pl_1"}),
    "a picker": ("get", "/c/main/pickers/customers/", {"q": "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"}),
    "a call of one's own": ("get", "/c/main/api-call/", {"url": "/v1/plans", "method": "GET"}),
    "a form": ("get", "/c/main/plans/update/", {"uuid": "pl_1"}),
    "a write": ("post", "{review}send/", {}),
}


def broken(*arguments: object, **options: object) -> None:
    token, pair = TOKEN, (TOKEN.encode(), SECRET_KEY)
    nested = {"Authorization": f"Basic {BASIC}", "deep": [{"key": pair}], "given": arguments}
    credential = Credential(token, SECRET_KEY)
    raise RuntimeError(f"broken with {len(nested)} and {credential is not None}")


@pytest.fixture
def review(visitor: Browser, db, recorder) -> str:
    """The address of a prepared write in a connection whose key is the canary."""
    make_connection("Main", token=TOKEN)
    return visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").url


@pytest.fixture
def to_admins(settings) -> None:
    settings.ADMINS = [("Ada", "ada@admin.example")]
    handler = AdminEmailHandler(include_html=True)
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


@pytest.mark.parametrize("debugging", [False, True], ids=["without DEBUG", "with DEBUG"])
def test_B3_no_report_of_an_error_holds_a_key(debugging: bool, review, ada, to_admins, settings, monkeypatch, caplog):
    client = Client(raise_request_exception=False)
    client.force_login(ada)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    settings.DEBUG = debugging
    monkeypatch.setattr(_Session, "send", broken)
    monkeypatch.setattr(services, "is_readable", broken)
    caplog.set_level(logging.INFO)
    with cases() as case:
        for name, (method, address, given) in VIEWS.items():
            with case(name):
                mail.outbox.clear()
                caplog.clear()
                answer = getattr(client, method)(address.format(review=review), given)
                assert answer.status_code == 500
                page = answer.content.decode()
                # Django sends one by itself without DEBUG; ours comes with HTML.
                assert len(mail.outbox) == 1 + (not debugging)
                (letter,) = [letter for letter in mail.outbox if letter.alternatives]
                html = str(letter.alternatives[0][0])
                # They are reports: they say where it broke, and what there was by its name.
                assert "RuntimeError" in letter.body
                assert all(word in html for word in ("RuntimeError", "broken with", "nested", "credential"))
                assert "RuntimeError: broken with" in caplog.text
                if debugging:
                    assert all(word in page for word in ("RuntimeError", "nested"))
                else:
                    assert re.fullmatch("[0-9a-f]{12}", page_of(answer).one("code").text)
                    assert page_of(answer).one("code").text == answer["X-Request-ID"]
                    assert "RuntimeError" not in page
                letters = [text for each in mail.outbox for text in (each.subject, each.body)]
                for text in (page, *letters, html, caplog.text):
                    assert not [run for run in RUNS if run in text]
                    assert session not in text


def test_B3_there_are_enough_views():
    assert len(VIEWS) >= 10


def test_B3_the_check_finds_keys_in_what_django_reports_by_itself(
    review, ada, to_admins, settings, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG, "django.template")
    settings.DEFAULT_EXCEPTION_REPORTER_FILTER = "django.views.debug.SafeExceptionReporterFilter"
    debug.get_default_exception_reporter_filter.cache_clear()
    client = Client(raise_request_exception=False)
    client.force_login(ada)
    monkeypatch.setattr(_Session, "send", broken)
    try:
        client.get("/c/main/customers/list/")
    finally:
        debug.get_default_exception_reporter_filter.cache_clear()
    html = "".join(str(letter.alternatives[0][0]) for letter in mail.outbox if letter.alternatives)
    # At DEBUG its templates log what they are drawn from, which is found too.
    assert listener().found
    listener().found.clear()
    assert [run for run in RUNS if run in html]
