"""D10, D11: a session gets another id whenever it may do more, and ends when it should; what was typed does not."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from chartmogul_admin.sign_in import sessions
from chartmogul_admin.sign_in.browsers import browser
from connections.models import Connection
from tests.pages import Browser, page_of
from tests.people import PASSWORD, code_of, sign_in, with_app, with_password
from tests.security.routes import ROUTES

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return with_password("bob")


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("olga", password=PASSWORD)


def sid(client: Client) -> str:
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def holder_of(session_id: str) -> Client:
    """Somebody who knows a session's id."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_id
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/connections/").status_code == 200


def signed_in_as(name: str) -> Client:
    client = Client()
    assert sign_in(client, name).status_code == 302
    return client


def test_D10_signing_in_gives_a_new_id_and_the_old_one_is_dead(bob):
    client = Client()
    # A session that somebody else has planted, with something in it.
    planted = client.session
    planted["planted"] = 1
    planted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    sign_in(client, "bob")
    assert sid(client) not in ("", planted.session_key)
    assert is_signed_in(client)
    assert not is_signed_in(holder_of(planted.session_key))
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_D10_each_step_of_the_second_factor_gives_a_new_id(bob):
    client = Client()
    secret = with_app(bob)
    ids = [client.session.session_key or ""]
    sign_in(client, "bob")
    ids.append(sid(client))
    assert not is_signed_in(holder_of(ids[-1]))
    client.post("/accounts/login/code/", {"code": code_of(secret)})
    ids.append(sid(client))
    assert is_signed_in(client)
    assert len(set(ids)) == 3
    assert set(Session.objects.values_list("session_key", flat=True)) == {ids[-1]}


def test_D10_a_confirmation_gives_a_new_id_and_the_list_of_sessions_follows(bob):
    client = signed_in_as("bob")
    before = sid(client)
    client.post("/accounts/confirm/", {"password": PASSWORD})
    assert sid(client) != before
    assert is_signed_in(client)
    assert not is_signed_in(holder_of(before))
    page = Browser(client).open("/accounts/sessions/")
    assert [row["Session"] for row in page.table("Your sessions")] == ["This one"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36",
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, macOS"),
        ("curl/8.5 Linux", "curl/8.5 Linux"),
        ("<b>Chrome/</b>", "<b>Chrome/</b>"),
    ],
)
def test_D10_a_browser_is_known_by_its_name(said, words):
    assert browser(said) == words


def test_D10_a_wrong_password_changes_nothing(bob):
    client = signed_in_as("bob")
    before = sid(client)
    client.post("/accounts/confirm/", {"password": "wrong"})
    assert sid(client) == before
    assert is_signed_in(client)


def test_D11_signing_out_kills_the_session(bob):
    client = signed_in_as("bob")
    before = sid(client)
    client.post("/accounts/logout/")
    assert not is_signed_in(holder_of(before))
    assert not Session.objects.filter(session_key=before).exists()


def test_D11_a_new_password_kills_the_others(bob):
    mine, other = signed_in_as("bob"), signed_in_as("bob")
    new = "a brand new pass-phrase"
    answer = mine.post("/accounts/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert is_signed_in(mine)
    assert not is_signed_in(other)
    assert [sign_in(Client(), "bob", password).status_code for password in (PASSWORD, new)] == [200, 302]


@pytest.mark.parametrize("press", ["Switch off", "Sign out everywhere"])
def test_D11_an_owner_kills_all_of_somebodys_sessions(bob, owner, press: str):
    theirs, others = [signed_in_as("bob"), signed_in_as("bob")], signed_in_as("olga")
    page = Browser(others).open(f"/people/{bob.pk}/").press(press)
    assert "bob" in page.notice
    assert [is_signed_in(client) for client in theirs] == [False, False]
    assert is_signed_in(others)
    assert sign_in(Client(), "bob").status_code == (200 if press == "Switch off" else 302)


@pytest.mark.parametrize("press", ["Sign out everywhere", "Create a link to set a new password"])
def test_D11_an_owner_does_it_to_themselves(owner, press: str):
    client, other = signed_in_as("olga"), signed_in_as("olga")
    page = Browser(client).open(f"/people/{User.objects.get(username='olga').pk}/").press(press)
    if press != "Sign out everywhere":
        new = "a brand new pass-phrase"
        page.open(urlsplit(page.page.one("code", class_="identifier").text).path)
        page.fill("Password", new).fill("Repeat password", new).press("Set password")
    assert page.h1 == "Sign in"
    assert [is_signed_in(each) for each in (client, other)] == [False, False]


def test_D11_who_is_switched_off_without_the_page_is_out_too(bob):
    client = signed_in_as("bob")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert not is_signed_in(client)


def test_D11_a_link_to_a_new_password_kills_all_sessions(bob, owner):
    theirs, others = signed_in_as("bob"), Browser(signed_in_as("olga"))
    others.open(f"/people/{bob.pk}/").press("Create a link to set a new password")
    link = others.page.one("code", class_="identifier").text
    assert is_signed_in(theirs)
    page = Browser(Client()).open(link)
    page.fill("Password", "a brand new pass-phrase").fill("Repeat password", "a brand new pass-phrase")
    assert "Sign in with it" in page.press("Set password").notice
    assert not is_signed_in(theirs)


def test_D11_half_an_hour_without_a_request_ends_it(bob):
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in_as("bob")
        for _ in range(4):
            clock.shift(HALF_AN_HOUR - timedelta(seconds=61))
            assert is_signed_in(client)
        clock.shift(HALF_AN_HOUR + timedelta(seconds=1))
        assert not is_signed_in(client)
        page = Browser(client).open("/accounts/login/")
        assert "You were signed out because of inactivity" in page.notice


def test_D11_twelve_hours_end_it_whatever_is_done_meanwhile(bob):
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in_as("bob")
        for _ in range(36):
            clock.shift(timedelta(minutes=20))
            client.post("/accounts/confirm/", {"password": PASSWORD})
            assert is_signed_in(client)
        clock.shift(timedelta(seconds=1))
        assert not is_signed_in(client)


def test_D11_a_session_that_does_not_say_how_old_it_is_ends(bob):
    client = signed_in_as("bob")
    session = client.session
    del session[sessions.SIGNED_IN_AT]
    session.save()
    assert not is_signed_in(client)


@pytest.mark.parametrize("away", [timedelta(minutes=31), timedelta(hours=13), timedelta(hours=62)])
def test_D11_what_was_typed_is_there_after_signing_in_again(bob, owner, main: Connection, away: timedelta):
    with time_machine.travel(NOON, tick=False) as clock:
        page = Browser(signed_in_as("olga")).open("/c/main/customers/create/")
        page.fill("Name", "Ünïcode & <b>\r\n").fill("External ID", "typed-before")
        clock.shift(away)
        page.press("Review")
        assert page.h1 == "Sign in"
        assert "signed out because of inactivity" in page.notice
        page.fill("Username", "olga").fill("Password", PASSWORD).press("Sign in")
        assert page.h1 == "Continue where you left off"
        assert main.writes.count() == 0
        # It is there until it is sent.
        page.open("/connections/").open("/accounts/login/go-on/")
        page.press("Send it now")
        assert page.h1 == "Create a Customer"
        assert page.value("External ID") == "typed-before"
        assert page.value("Name") == "Ünïcode & <b>"
        assert page.open("/accounts/login/go-on/").url == "/connections/"


def test_D11_it_is_kept_also_when_something_else_met_the_end_of_the_session_first(owner, main: Connection):
    """As a picker does, or another tab."""
    with time_machine.travel(NOON, tick=False) as clock:
        page = Browser(signed_in_as("olga")).open("/c/main/customers/create/").fill("External ID", "typed-before")
        clock.shift(HALF_AN_HOUR * 2)
        asked = page.client.get("/c/main/pickers/data-sources/?q=x", headers={"HX-Request": "true"})
        assert asked.status_code in (401, 404)
        page.press("Review").fill("Username", "olga").fill("Password", PASSWORD).press("Sign in")
        assert page.press("Send it now").value("External ID") == "typed-before"


def test_D11_it_is_kept_over_a_second_factor(owner, main: Connection):
    with time_machine.travel(NOON, tick=False) as clock:
        page = Browser(signed_in_as("olga")).open("/c/main/customers/create/").fill("External ID", "typed-before")
        secret = with_app(owner)
        clock.shift(HALF_AN_HOUR * 2)
        page.press("Review").fill("Username", "olga").fill("Password", PASSWORD).press("Sign in")
        page.fill("Code", code_of(secret)).press("Continue")
        assert page.press("Send it now").value("External ID") == "typed-before"


def test_D11_it_is_kept_where_the_page_is_older_than_the_sign_in(owner, main: Connection):
    """In a second tab, whose form carries the token of the session before."""
    client = Client(enforce_csrf_checks=True)
    page = Browser(client).open("/accounts/login/").fill("Username", "olga").fill("Password", PASSWORD).press("Sign in")
    tab = Browser(client).open("/c/main/customers/create/").fill("External ID", "typed-before")
    page.press("Sign out").fill("Username", "olga").fill("Password", PASSWORD).press("Sign in")
    refused = tab.page.one("form", class_="operation")
    form = dict(tab.successful(refused))
    for origin in ("https://evil.example", "null", None):
        answer = client.post(tab.url, form, headers={"Origin": origin} if origin else {})
        assert (answer.status_code, sessions.KEPT in client.session) == (403, False), origin
    answer = client.post(tab.url, form, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
    assert page_of(answer).one("a").text == "Continue where you left off"
    page.open(page_of(answer).one("a")["href"]).press("Send it now")
    assert page.value("External ID") == "typed-before"


def test_D11_nobody_else_gets_it(bob, owner, main: Connection):
    with time_machine.travel(NOON, tick=False) as clock:
        page = Browser(signed_in_as("olga")).open("/c/main/customers/create/").fill("External ID", "typed-before")
        clock.shift(HALF_AN_HOUR * 2)
        page.press("Review").fill("Username", "bob").fill("Password", PASSWORD).press("Sign in")
        assert page.h1 != "Continue where you left off"
        assert "typed-before" not in page.open("/accounts/login/go-on/").html
        assert sessions.KEPT not in page.client.session
        page.client.post("/accounts/logout/")
        sign_in(page.client, "olga")
        assert "typed-before" not in page.open("/accounts/login/go-on/").html


def test_D11_it_can_be_thrown_away(owner, main: Connection):
    with time_machine.travel(NOON, tick=False) as clock:
        page = Browser(signed_in_as("olga")).open("/c/main/customers/create/").fill("External ID", "typed-before")
        clock.shift(HALF_AN_HOUR * 2)
        page.press("Review").fill("Username", "olga").fill("Password", PASSWORD).press("Sign in")
        page.press("Discard it")
        assert page.url == "/connections/"
        assert sessions.KEPT not in page.client.session


def test_D11_a_stranger_cannot_leave_a_form_for_somebody(owner, main: Connection):
    """Neither one who was never signed in here, nor a page of another site."""
    client = Client(enforce_csrf_checks=True)
    client.post("/c/main/customers/create/", {"name": "planted"})
    assert sessions.KEPT not in client.session
    plain = Client()
    plain.post("/c/main/customers/create/", {"name": "planted"})
    assert sign_in(plain, "olga")["Location"] == "/"
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in_as("olga")
        client.handler.enforce_csrf_checks = True
        clock.shift(HALF_AN_HOUR * 2)
        assert client.post("/c/main/customers/create/", {"name": "planted"}).status_code == 403
        assert sessions.KEPT not in client.session


def test_D11_secrets_are_never_kept(owner, main: Connection):
    """Of no form of the product: whatever a browser hides while it is typed, and whatever is a key or a code."""
    hidden = set()
    client = signed_in_as("olga")
    for route in ROUTES:
        answer = client.get(route.path)
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            for control in page_of(answer).all("input"):
                if control.get("type") == "password" or control.get("autocomplete") in (
                    "one-time-code",
                    "new-password",
                ):
                    hidden.add(control["name"])
    assert {"token", "secret_key", "oldpassword", "password1", "password2", "code"} <= hidden
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in_as("olga")
        clock.shift(HALF_AN_HOUR * 2)
        names = {*hidden, "password", "credential", "csrfmiddlewaretoken", "curl"}
        answer = client.post("/connections/create/", dict.fromkeys(names, "canary") | {"name": "Kept"})
        assert answer.status_code == 302
        assert client.session[sessions.KEPT]["fields"] == [["name", "Kept"]]


def test_D11_what_is_sent_on_the_way_in_or_out_is_not_kept(owner):
    for path in ("/accounts/logout/", "/accounts/login/", "/people/join/no-such-token/"):
        with time_machine.travel(NOON, tick=False) as clock:
            client = signed_in_as("olga")
            clock.shift(HALF_AN_HOUR * 2)
            client.post(path, {"username": "x", "note": "y"})
            assert sessions.KEPT not in client.session, path


class TestTheListOfSessions:
    def test_it_shows_what_lives_and_signs_out_the_others(self, bob):
        with time_machine.travel(NOON, tick=False) as clock:
            dead, other = signed_in_as("bob"), Client()
            clock.shift(HALF_AN_HOUR + timedelta(minutes=1))
            form = {"username": "bob", "password": PASSWORD}
            other.post("/accounts/login/", form, headers={"User-Agent": "Another/1.0"}, REMOTE_ADDR="203.0.113.9")
            clock.shift(timedelta(minutes=5))
            mine = Browser(signed_in_as("bob")).open("/accounts/sessions/")
            rows = mine.table("Your sessions")
            assert [(row["Session"], row["Address"]) for row in rows] == [
                ("Another one", "203.0.113.9"),
                ("This one", "127.0.0.1"),
            ]
            assert rows[0]["Browser"] == "Another/1.0"
            assert rows[0]["Last used"] == "2026-03-04 12:31 UTC"
            mine.press("Sign out the other sessions")
            assert [row["Session"] for row in mine.table("Your sessions")] == ["This one"]
            assert [is_signed_in(client) for client in (dead, other, mine.client)] == [False, False, True]

    def test_looking_at_it_ends_no_other_browser_before_that_could_keep_its_form(self, owner, main: Connection):
        with time_machine.travel(NOON, tick=False) as clock:
            idle = signed_in_as("olga")
            clock.shift(HALF_AN_HOUR + timedelta(minutes=1))
            Browser(signed_in_as("olga")).open("/accounts/sessions/")
            idle.post("/c/main/data-sources/create/", {"name": "Kept"})
            assert idle.session[sessions.KEPT]["fields"] == [["name", "Kept"]]
            assert "inactivity" in Browser(idle).open("/accounts/login/").text

    def test_nobody_sees_those_of_others(self, bob, owner):
        signed_in_as("bob")
        page = Browser(signed_in_as("olga")).open("/accounts/sessions/")
        assert len(page.table("Your sessions")) == 1
        assert not re.search("bob", page.text)
