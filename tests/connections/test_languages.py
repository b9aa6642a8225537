"""The language of pages: the one that the person chose, else that of the browser's request, else English."""

from contextlib import closing

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client
from django.utils import translation

from connections.models import Connection, StoredPreferences
from tests.pages import Browser, page_of
from tests.people import client_of

SIGN_IN = "/accounts/login/"
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture
def plain(client: Client, ada) -> Browser:
    client.force_login(ada)
    return Browser(client)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr,de;q=0.4,en;q=0.3", "de"),
        ("fr, ja", "en"),
        ("DE", "de"),
        ("*", "en"),
        ("../../etc/passwd", "en"),
        ("de;q=x", "en"),
        ("ä€, \t;;q=,=", "en"),
        ("de-" * 5_000, "en"),
    ],
)
def test_without_a_choice_it_is_as_the_browser_asks(asked: str, language: str, client: Client):
    answer = client.get(SIGN_IN, headers={"Accept-Language": asked} if asked else {})
    page = page_of(answer)
    assert page.one("html")["lang"] == answer["Content-Language"] == language
    assert page.one("h1").text == {"en": "Sign in", "de": "Anmelden"}[language]
    assert "Accept-Language" in answer["Vary"]


def test_a_choice_goes_before_what_the_browser_asks(plain: Browser, ada):
    plain.open("/accounts/preferences/").fill("Language", "de").press("Save")
    assert plain.page.one("html")["lang"] == plain.response["Content-Language"] == "de"
    assert page_of(plain.client.get("/connections/", headers={"Accept-Language": "en"})).one("html")["lang"] == "de"
    # In another browser too.
    assert page_of(client_of(ada).get("/connections/")).one("html")["lang"] == "de"


def test_it_can_be_left_to_the_browser_again(plain: Browser):
    for chosen, language in [("de", "de"), ("en", "en"), ("", "de")]:
        answer = plain.client.post(
            "/accounts/preferences/", {"language": chosen, "density": "comfortable", "amounts_in": "cents"}
        )
        assert answer.status_code == 302
        assert page_of(plain.client.get("/connections/", headers=GERMAN)).one("html")["lang"] == language


@pytest.mark.parametrize("language", ["fr", "de/../en", "x" * 10_000, "de\0"])
def test_a_language_that_is_not_there_is_refused_beside_its_field(language: str, plain: Browser):
    answer = plain.client.post(
        "/accounts/preferences/", {"language": language, "density": "compact", "amounts_in": "cents"}
    )
    assert answer.status_code == 422
    assert not StoredPreferences.objects.exists()


@pytest.mark.parametrize("kept", ["fr", "", None, 7, ["de"], {"de": 1}])
def test_a_choice_of_another_version_breaks_nothing(kept: object, ada):
    StoredPreferences.objects.create(user=ada, values={"language": kept})
    answer = client_of(ada).get("/connections/", headers=GERMAN)
    assert answer.status_code == 200
    assert page_of(answer).one("html")["lang"] == "de"


def test_one_request_leaves_nothing_to_the_next(plain: Browser, client: Client):
    plain.open("/accounts/preferences/").fill("Language", "de").press("Save")
    assert translation.get_language() == "en"
    assert page_of(Client().get(SIGN_IN)).one("html")["lang"] == "en"


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/nowhere/", {}),
        ("/", {"host": "elsewhere.example"}),
        ("/c/main/", {"Content-Length": "99999999", "Expect": "100-continue"}),
    ],
)
def test_errors_and_refusals_are_in_the_language_too(path: str, more: dict[str, str], main: Connection, ada):
    client = client_of(ada)
    client.raise_request_exception = False
    answer = client.get(path, headers=GERMAN | more)
    assert answer.status_code in (400, 404, 413)
    assert page_of(answer).one("html")["lang"] == answer["Content-Language"] == "de"


def test_where_no_session_can_be_read_it_is_that_of_the_browser(ada, monkeypatch: pytest.MonkeyPatch):
    client = client_of(ada)
    client.raise_request_exception = False

    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(Session.objects, "get", away)
    answer = client.get("/connections/", headers=GERMAN)
    assert answer.status_code == 503
    assert page_of(answer).one("html")["lang"] == "de"


@pytest.mark.django_db
def test_what_is_no_page_is_of_no_language(client: Client):
    for path in ("/healthz", "/static/css/app.css"):
        with closing(client.get(path, headers=GERMAN)) as answer:
            assert answer.status_code == 200
            assert "Content-Language" not in answer
            assert "Accept-Language" not in answer.get("Vary", "")
