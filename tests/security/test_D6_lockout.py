"""D6, D7, D8: who guesses is locked out for an hour, whatever is guessed, from wherever it seems to come."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from activity.models import Event
from tests.browser.site import Site
from tests.pages import Browser
from tests.people import PASSWORD, code_of, sign_in, with_app, with_password
from tests.security.production import PROXIED, Visitor

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LIMIT = 5
OF_ADDRESS = 20
HERE, THERE = "198.51.100.1", "198.51.100.2"

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return with_password("bob")


def statuses(client: Client, *tries: tuple[str, str], address: str = HERE) -> list[int]:
    return [sign_in(client, name, password, address=address).status_code for name, password in tries]


def test_D6_the_fifth_failure_and_all_that_follows_is_429_also_with_the_right_password(client: Client, bob):
    wrong = [("bob", f"wrong {number}") for number in range(LIMIT)]
    assert statuses(client, *wrong) == [200, 200, 200, 200, 429]
    assert statuses(client, ("bob", "wrong"), ("bob", PASSWORD), ("bob", PASSWORD)) == [429] * 3
    answer = sign_in(client, "bob", address=HERE)
    assert answer["Retry-After"] == "3600"
    assert "Too many failed attempts" in answer.content.decode()
    assert "blocked for 1 hour." in answer.content.decode()
    assert client.get("/").status_code == 302
    assert {"sign_in.refused", "sign_in.locked"} <= set(Event.objects.values_list("kind", flat=True))


def test_D6_nobody_else_is_locked_out_nor_the_person_elsewhere(client: Client, bob):
    with_password("mia")
    statuses(client, *[("bob", "wrong")] * LIMIT)
    assert statuses(Client(), ("bob", PASSWORD)) == [429]
    assert statuses(Client(), ("mia", PASSWORD)) == [302]
    assert statuses(Client(), ("bob", PASSWORD), address=THERE) == [302]


def test_D6_it_lasts_an_hour_and_trying_meanwhile_does_not_make_it_longer(client: Client, bob):
    with time_machine.travel(NOON, tick=False) as clock:
        statuses(client, *[("bob", "wrong")] * LIMIT)
        clock.shift(timedelta(minutes=59))
        assert statuses(client, ("bob", "wrong"), ("bob", PASSWORD)) == [429, 429]
        clock.shift(timedelta(minutes=1, seconds=1))
        assert statuses(client, ("bob", PASSWORD)) == [302]


def test_D6_signing_in_wipes_the_count_of_that_person_alone(client: Client, bob):
    with_password("mia")
    statuses(client, *[("mia", "wrong")] * (LIMIT - 1), *[("bob", "wrong")] * (LIMIT - 1))
    assert statuses(Client(), ("bob", PASSWORD)) == [302]
    assert statuses(client, *[("bob", "wrong")] * (LIMIT - 1)) == [200] * (LIMIT - 1)
    assert statuses(client, ("mia", "wrong")) == [429]


@pytest.mark.xdist_group("production")
def test_D6_it_holds_over_a_restart_and_in_other_processes(production: Site):
    visitor = Visitor(production)
    # A connection that is kept open would end with the process that it leads to.
    visitor.session.headers.update({"X-Forwarded-For": HERE, "Connection": "close"})

    def statuses(*passwords: str) -> list[int]:
        page = Browser(visitor)  # type: ignore[arg-type]
        answers = []
        for password in passwords:
            page.open("/accounts/login/").fill("Username", "ada").fill("Password", password).press("Sign in")
            answers.append(page.status)
        return answers

    assert statuses(*["wrong"] * LIMIT) == [200, 200, 200, 200, 429]
    production.kill_workers()
    assert statuses("wrong", PASSWORD) == [429, 429]
    # D7: what the client itself writes into the header does not help, what the proxy writes does.
    for forged in (f"{THERE}, {HERE}", f"127.0.0.1, {HERE}", f"{HERE}, {HERE}"):
        visitor.session.headers["X-Forwarded-For"] = forged
        assert statuses(PASSWORD) == [429]
    visitor.session.headers["X-Forwarded-For"] = PROXIED["X-Forwarded-For"]
    assert statuses(PASSWORD) == [200]
    assert "ada" in visitor.seen[-1].text


def test_D6_an_owner_lets_somebody_in_again(visitor: Browser, client: Client, bob):
    guesser = Client()
    statuses(guesser, *[("bob", "wrong")] * LIMIT)
    page = visitor.open(f"/people/{bob.pk}/")
    assert page.facts()["Sign-in"] == "blocked after failed attempts"
    page.press("Unblock")
    assert "bob can try to sign in again" in page.notice
    assert "Sign-in" not in page.facts()
    assert Event.objects.filter(kind="person.let_in_again", facts={"person": "bob"}).count() == 1
    assert statuses(guesser, ("bob", PASSWORD)) == [302]


def test_D7_twenty_people_from_one_address_close_it_for_everybody(client: Client, bob):
    answers = statuses(client, *[(f"person {number}", "wrong") for number in range(OF_ADDRESS)])
    assert answers == [200] * (OF_ADDRESS - 1) + [429]
    assert statuses(Client(), ("bob", PASSWORD)) == [429]
    assert statuses(Client(), ("bob", PASSWORD), address=THERE) == [302]


def test_D7_a_forged_address_does_not_help(client: Client, bob):
    for number in range(LIMIT):
        forged = {
            "X-Forwarded-For": f"192.0.2.{number}",
            "X-Real-IP": f"192.0.2.{number}",
            "Forwarded": "for=192.0.2.9",
        }
        client.post("/accounts/login/", {"username": "bob", "password": "wrong"}, headers=forged, REMOTE_ADDR=HERE)
    form = {"username": "bob", "password": PASSWORD}
    answer = client.post("/accounts/login/", form, headers={"X-Forwarded-For": "192.0.2.77"}, REMOTE_ADDR=HERE)
    assert answer.status_code == 429
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {HERE}


CODE = "/accounts/login/code/"


def test_D8_five_wrong_codes_lock_out(client: Client, bob):
    secret = with_app(bob)
    assert sign_in(client, "bob")["Location"] == CODE
    answers = [client.post(CODE, {"code": code_of(secret, wrong=True)}).status_code for _ in range(LIMIT)]
    assert answers == [200, 200, 200, 200, 429]
    assert client.post(CODE, {"code": code_of(secret)}).status_code == 429
    # The password, which was right each time, opens nothing meanwhile, and wiped no count.
    assert sign_in(Client(), "bob").status_code == 429
    assert client.get("/connections/")["Location"].startswith("/accounts/login/")


def test_D8_starting_over_with_the_password_does_not_wipe_the_count(client: Client, bob):
    secret = with_app(bob)
    answers = []
    for _ in range(LIMIT):
        sign_in(client, "bob")
        answers.append(client.post(CODE, {"code": code_of(secret, wrong=True)}).status_code)
    assert answers[-1] == 429


def test_D8_passwords_and_codes_that_confirm_or_change_something_count_too(client: Client, bob):
    secret = with_app(bob)
    client.force_login(bob)
    guesses = [
        ("/accounts/confirm/", {"password": "wrong"}),
        ("/accounts/confirm/code/", {"code": code_of(secret, wrong=True)}),
        ("/accounts/password/", {"oldpassword": "wrong 1", "password1": "x" * 12, "password2": "x" * 12}),
        ("/accounts/password/", {"oldpassword": "wrong 2", "password1": "x" * 12, "password2": "x" * 12}),
        ("/accounts/confirm/", {"password": "wrong"}),
    ]
    assert [client.post(*guess).status_code for guess in guesses] == [200, 200, 200, 200, 429]
    new = {"oldpassword": PASSWORD, "password1": "a brand new pass-phrase", "password2": "a brand new pass-phrase"}
    assert client.post("/accounts/password/", new).status_code == 429
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert json.dumps(list(AccessAttempt.objects.values_list("post_data", flat=True))).count("wrong") == 0


@pytest.mark.parametrize("forgets", [False, True], ids=["the same process", "another one, or an emptied cache"])
def test_D8_a_code_works_once(client: Client, bob, forgets: bool):
    with time_machine.travel(NOON, tick=False) as clock:
        secret = with_app(bob)
        code = code_of(secret)
        sign_in(client, "bob")
        assert client.post(CODE, {"code": code}).status_code == 302
        if forgets:
            cache.clear()
        thief = Client()
        sign_in(thief, "bob")
        assert thief.post(CODE, {"code": code}).status_code == 200
        if forgets:
            cache.clear()
        clock.shift(timedelta(seconds=29))
        assert thief.post("/accounts/login/code/", {"code": code}).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert thief.post(CODE, {"code": code}).status_code == 200
        assert thief.post(CODE, {"code": code_of(secret)}).status_code == 302


def test_D8_the_code_that_set_up_the_app_does_not_sign_in(client: Client, bob):
    with time_machine.travel(NOON, tick=False):
        client.force_login(bob)
        page = Browser(client).open("/accounts/second-factor/app/")
        code = code_of(page.page.one("code", class_="identifier").text)
        page.fill("Code", code).press("Set up")
        assert page.status == 200
        thief = Client()
        assert sign_in(thief, "bob")["Location"] == CODE
        assert thief.post(CODE, {"code": code}).status_code == 200
        assert thief.get("/connections/").status_code == 302
