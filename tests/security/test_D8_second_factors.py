"""Second factors, from setting up an app to losing it: D8, and B5, B9 and B11 for their secrets. Passkeys take a browser,
tests/browser/test_passkeys.py has those."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from activity.models import Event
from chartmogul_admin.sign_in import views
from connections import sealing
from tests.pages import Browser
from tests.people import PASSWORD, code_of, sign_in, with_app, with_password

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PERIOD = timedelta(seconds=30)
CODE = "/accounts/login/code/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return with_password("bob")


@pytest.fixture
def his(bob) -> Browser:
    client = Client()
    sign_in(client, "bob")
    return Browser(client)


def set_up(page: Browser) -> tuple[str, list[str]]:
    """The secret and the recovery codes of somebody who has just set up an app."""
    page.open("/accounts/second-factor/").follow("Set up an app")
    secret = page.page.one("code", class_="identifier").text
    page.fill("Code", code_of(secret)).press("Set up")
    assert page.h1 == "Recovery codes"
    return secret, page.page.one("pre").raw_text.split()


def enter(code: str, name: str = "bob") -> Browser:
    """The page that this code leads to, after the right password."""
    page = Browser(Client()).open("/accounts/login/").fill("Username", name).fill("Password", PASSWORD).press("Sign in")
    assert page.h1 == "Second factor"
    return page.fill("Code", code).press("Continue")


def test_an_app_is_set_up_by_its_first_code_and_asked_for_from_then_on(
    his: Browser, bob, monkeypatch, django_capture_on_commit_callbacks
):
    drawn = []
    monkeypatch.setattr(views, "picture_of", lambda text, draw=views.picture_of: drawn.append(text) or draw(text))
    with time_machine.travel(NOON, tick=False) as clock:
        his.open("/accounts/second-factor/app/")
        secret = his.page.one("code", class_="identifier").text
        assert re.fullmatch("[A-Z2-7]{32}", secret)
        scanned = urlsplit(drawn[-1])
        assert (scanned.scheme, scanned.netloc, scanned.path) == ("otpauth", "totp", "/bob")
        assert parse_qs(scanned.query) == {"secret": [secret], "issuer": ["ChartMogul Admin"]}
        assert his.page.one(role="img").all("path")
        # A slip of the finger does not change the secret.
        his.fill("Code", code_of(secret, wrong=True)).press("Set up")
        assert "Incorrect code" in his.problem("Code")
        assert "Incorrect code" in his.alert
        assert his.page.one("code", class_="identifier").text == secret
        assert not Authenticator.objects.exists()
        assert sign_in(Client(), "bob")["Location"] == "/"
        his.fill("Code", code_of(secret)).press("Set up")
        clock.shift(PERIOD)
        assert sign_in(Client(), "bob")["Location"] == CODE
        assert enter(code_of(secret)).url == "/connections/"
        assert "Set up on 2026-03-04" in his.open("/accounts/second-factor/").text


def test_recovery_codes_are_shown_once_and_each_opens_the_door_once(his: Browser):
    _, codes = set_up(his)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"\d{8}", code) for code in codes)
    for again in (
        "/accounts/second-factor/codes/",
        "/accounts/second-factor/codes/download/",
        "/accounts/second-factor/",
    ):
        his.open(again)
        assert not [code for code in codes if code in his.html], again
    assert his.open("/accounts/second-factor/codes/download/").status == 403
    assert enter(codes[3]).url == "/connections/"
    assert "Incorrect code" in enter(codes[3]).alert
    assert "9 of 10 are left" in his.open("/accounts/second-factor/").text
    for code in codes[:3] + codes[4:]:
        assert enter(code).url == "/connections/"
    assert "0 of 10 are left" in his.open("/accounts/second-factor/").text


def test_new_recovery_codes_kill_the_old_ones(his: Browser):
    _, old = set_up(his)
    his.open("/accounts/second-factor/").follow("Generate new codes")
    assert "The 10 remaining codes will stop working" in his.text
    his.press("Generate new codes")
    new = his.page.one("pre").raw_text.split()
    assert not set(old) & set(new)
    assert "Incorrect code" in enter(old[0]).alert
    assert enter(new[0]).url == "/connections/"


def test_a_removed_app_is_not_asked_for_and_its_recovery_codes_are_gone(his: Browser):
    set_up(his)
    his.open("/accounts/second-factor/").follow("Remove the app").press("Remove the app")
    assert "Authenticator app removed" in his.notice
    assert not Authenticator.objects.exists()
    assert sign_in(Client(), "bob")["Location"] == "/"


def test_who_has_not_entered_the_code_is_nobody(bob):
    with_app(bob)
    client = Client()
    sign_in(client, "bob")
    for path in ("/connections/", "/accounts/second-factor/", "/accounts/second-factor/app/remove/"):
        assert client.get(path)["Location"].startswith("/accounts/login/"), path
        assert client.post(path).status_code == 302
    assert Authenticator.objects.count() == 1
    # And the step is open for a quarter of an hour.
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert client.get(CODE)["Location"] == "/accounts/login/"


def test_an_owner_helps_somebody_who_lost_it(his: Browser, bob, visitor: Browser):
    set_up(his)
    visitor.open(f"/people/{bob.pk}/")
    assert visitor.facts()["Second factor"] == "Authenticator app, Recovery codes"
    visitor.press("Remove the second factor")
    assert visitor.facts()["Second factor"] == "none"
    assert his.client.get("/connections/").status_code == 302
    assert sign_in(Client(), "bob")["Location"] == "/"
    assert Event.objects.filter(kind="person.second_factors_removed", facts={"person": "bob"}).count() == 1


def test_B5_the_database_and_the_session_hold_no_secret(his: Browser, bob):
    """Of the raw bytes of the file, tests/connections/test_stored_bytes.py."""
    his.open("/accounts/second-factor/app/")
    secret = his.page.one("code", class_="identifier").text
    assert secret not in json.dumps(his.client.session.load())
    his.fill("Code", code_of(secret)).press("Set up")
    codes = his.page.one("pre").raw_text.split()
    kept = json.dumps([*Authenticator.objects.values_list("data", flat=True), his.client.session.load()])
    assert not [each for each in (secret, *codes) if each in kept]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))


def test_B9_rotation_seals_second_factors_anew(his: Browser, settings):
    old, new = settings.CREDENTIAL_KEYS[0], Fernet.generate_key().decode()
    with time_machine.travel(NOON, tick=False) as clock:
        secret, codes = set_up(his)
        assert enter(codes[0]).url == "/connections/"
        settings.CREDENTIAL_KEYS = [new, old]
        call_command("rotate_credentials")
        settings.CREDENTIAL_KEYS = [new]
        clock.shift(PERIOD)
        assert enter(code_of(secret)).url == "/connections/"
        assert enter(codes[1]).url == "/connections/"
        assert "Incorrect code" in enter(codes[0]).alert, "a used one stays used"
    before = list(Authenticator.objects.order_by("pk").values())
    call_command("rotate_credentials")
    assert list(Authenticator.objects.order_by("pk").values()) == before


def test_B9_rotation_names_the_second_factor_that_it_cannot_read(bob, settings):
    lost, new = settings.CREDENTIAL_KEYS[0], Fernet.generate_key().decode()
    with_app(bob)
    settings.CREDENTIAL_KEYS = [new]
    with pytest.raises(CommandError, match="the second factor of 'bob'"):
        call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = [lost]
    assert not sealing.is_current("x")
    assert Authenticator.objects.get().wrap()


def test_B11_with_a_wrong_key_the_pages_say_so(his: Browser, settings):
    secret, codes = set_up(his)
    waiting = Browser(his.client).open("/accounts/second-factor/codes/new/")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    for code in (code_of(secret), codes[0]):
        answer = enter(code)
        assert "missing from CREDENTIAL_KEYS" in answer.alert
        assert answer.h1 == "Second factor"
    his.open("/accounts/second-factor/")
    assert his.status == 200
    assert "missing from CREDENTIAL_KEYS" in his.alert
    assert his.open("/accounts/second-factor/codes/").status == 503
    assert "missing from CREDENTIAL_KEYS" in his.alert
    assert his.open("/accounts/second-factor/codes/new/").status == 503
    waiting.press("Generate new codes")
    assert len(waiting.page.one("pre").raw_text.split()) == 10
    his.open("/accounts/second-factor/app/remove/").press("Remove the app")
    assert not Authenticator.objects.exists()


def test_B11_a_secret_that_waits_in_the_session_of_another_key_is_replaced(his: Browser, settings):
    his.open("/accounts/second-factor/app/")
    before = his.page.one("code", class_="identifier").text
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    his.fill("Code", code_of(before)).press("Set up")
    assert "Incorrect code" in his.problem("Code")
    assert his.page.one("code", class_="identifier").text != before
