"""D13: passwords after ASVS 5.0, 6.2.1 to 6.2.9, held at each place where one is chosen; and a fresh installation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection as database
from django.test import Client

from chartmogul_admin import settings as shipped
from connections.people import services
from tests.pages import Browser
from tests.people import PASSWORD, sign_in, with_password

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db
PLACES = ["an invitation", "a link", "a change", "a first one"]
NEW = {"a change": "New password"}
AGAIN = {"a change": "Repeat new password"}


def choose(place: str, password: str, again: str | None = None, *, name: str = "bob") -> Browser:
    """The page after somebody chose this password at this place."""
    page = form_at(place, name)
    page.fill(NEW.get(place, "Password"), password)
    page.fill(AGAIN.get(place, "Repeat password"), password if again is None else again)
    return page.press("Create account" if place == "an invitation" else "Set password")


def form_at(place: str, name: str = "bob") -> Browser:
    page = Browser(Client())
    if place == "an invitation":
        _, token = services.invite(None)
        return page.open(f"/people/join/{token}/").fill("Username", name)
    user = User.objects.filter(username=name).first() or with_password(name)
    if place == "a link":
        _, token = services.bring_back(None, user)
        return page.open(f"/people/join/{token}/")
    if place == "a first one":
        user.set_unusable_password()
        user.save()
    page.client.force_login(user)
    page.open("/accounts/password/")
    return page.fill("Current password", PASSWORD) if place == "a change" else page


def can_sign_in(password: str, name: str = "bob") -> bool:
    return sign_in(Client(), name, password).status_code == 302


@pytest.mark.parametrize("place", PLACES)
class TestWhereverOneIsChosen:
    def test_D13_6_2_1_eleven_characters_are_too_few_and_twelve_are_enough(self, place: str):
        page = choose(place, "abcdefghijk")
        assert "at least 12 characters" in page.problem(NEW.get(place, "Password"))
        assert page.alert
        assert not can_sign_in("abcdefghijk")
        choose(place, "kqzvwxjhgfyp")
        assert can_sign_in("kqzvwxjhgfyp")

    @pytest.mark.parametrize("common", ["1qaz2wsx3edc", "Q1W2E3R4T5Y6"])
    def test_D13_6_2_4_what_thousands_use_is_refused(self, place: str, common: str):
        page = choose(place, common)
        assert "too common" in page.problem(NEW.get(place, "Password"))
        assert not can_sign_in(common)

    @pytest.mark.parametrize(
        "plain",
        ["onlysmallletters", " a b c d e f ", "000111222333444555", "пароль-пароль-пароль", "🦄🐴🐎🦓🫏🐐🐑🐏🐄🐂🐃🦬"],
    )
    def test_D13_6_2_5_nothing_is_asked_of_what_it_is_made_of(self, place: str, plain: str):
        choose(place, plain)
        assert can_sign_in(plain)

    def test_D13_6_2_6_and_6_2_7_it_is_hidden_and_can_be_pasted_and_kept_by_a_manager(self, place: str):
        page = form_at(place)
        boxes = [box for box in page.page.all("input") if "assword" in box.get("name")]
        assert len(boxes) == (3 if place == "a change" else 2)
        for box in boxes:
            assert box["type"] == "password"
            assert box["autocomplete"] == ("current-password" if box["name"] == "oldpassword" else "new-password")
            assert not {"onpaste", "readonly", "value"} & set(box.attributes)
            assert int(box.get("maxlength") or 1000) >= 128

    def test_D13_6_2_8_and_6_2_9_it_counts_as_it_is_all_of_it(self, place: str):
        password = f" Ab{'x' * 90}yZ "
        choose(place, password)
        assert can_sign_in(password)
        for other in (password.strip(), password.lower(), password[:-1], password[:64], password[:72], password + "x"):
            assert not can_sign_in(other), other

    def test_D13_both_must_be_the_same(self, place: str):
        page = choose(place, "kqzvwxjhgfyp", "kqzvwxjhgfyq")
        assert "same" in page.problem(AGAIN.get(place, "Repeat password"))
        assert not can_sign_in("kqzvwxjhgfyp")

    def test_D13_the_name_is_no_password(self, place: str):
        page = choose(place, "bartholomew-1", name="bartholomew-")
        assert "too similar" in page.problem(NEW.get(place, "Password"))


def test_D13_6_2_2_and_6_2_3_a_change_takes_the_present_password(client: Client):
    client.force_login(with_password("bob"))
    page = Browser(client).open("/accounts/password/")
    page.fill("Current password", "wrong").fill("New password", "kqzvwxjhgfyp").fill(
        "Repeat new password", "kqzvwxjhgfyp"
    )
    page.press("Set password")
    assert "current password" in page.problem("Current password")
    assert not can_sign_in("kqzvwxjhgfyp")
    page = Browser(client).open("/accounts/password/").fill("Current password", PASSWORD)
    page.fill("New password", "kqzvwxjhgfyp").fill("Repeat new password", "kqzvwxjhgfyp").press("Set password")
    assert "The password has been saved" in page.notice
    assert can_sign_in("kqzvwxjhgfyp")
    assert not can_sign_in(PASSWORD)


def test_D13_the_sign_in_page_lets_managers_work(client: Client):
    page = Browser(client).open("/accounts/login/")
    assert page.field("Username")["autocomplete"] == "username"
    box = page.field("Password")
    assert (box["type"], box["autocomplete"], "maxlength" in box) == ("password", "current-password", False)


@pytest.mark.parametrize("place", ["an invitation", "a first one"])
def test_D13_the_database_holds_argon2id(place: str, settings):
    if place == "a first one":
        with_password("bob")
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    choose(place, "kqzvwxjhgfyp")
    with database.cursor() as cursor:
        cursor.execute("SELECT password FROM auth_user WHERE username = 'bob'")
        (kept,) = cursor.fetchone()
    assert kept.startswith("argon2$argon2id$")
    assert "kqzvwxjhgfyp" not in kept


def test_D13_an_old_hash_is_made_new_at_the_next_sign_in(settings):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    # As another release of Django made it; with one iteration, for how many there are is told by the hash.
    bob = User.objects.create(username="bob", password=PBKDF2PasswordHasher().encode(PASSWORD, "a" * 22, iterations=1))
    assert can_sign_in(PASSWORD)
    bob.refresh_from_db()
    assert bob.password.startswith("argon2$argon2id$")


class TestAFreshInstallation:
    def test_D13_nobody_is_there_and_nobody_can_make_themselves_an_account(self, client: Client):
        assert not User.objects.exists()
        for name, password in (("admin", "admin"), ("admin", "password"), ("admin", ""), ("root", "root")):
            assert sign_in(client, name, password).status_code == 200
        for path in ("/accounts/signup/", "/accounts/password/reset/", "/admin/"):
            assert client.get(path).status_code == 404
            assert client.post(path, {"username": "x"}).status_code == 404
        assert not User.objects.exists()

    def test_D13_the_first_owner_comes_by_command(self, monkeypatch):
        for name, value in {"USERNAME": "first", "PASSWORD": PASSWORD, "EMAIL": "first@admin.example"}.items():
            monkeypatch.setenv(f"DJANGO_SUPERUSER_{name}", value)
        call_command("createsuperuser", interactive=False, verbosity=0)
        page = (
            Browser(Client())
            .open("/accounts/login/")
            .fill("Username", "first")
            .fill("Password", PASSWORD)
            .press("Sign in")
        )
        assert page.url == "/connections/"
        assert page.open("/people/").table("")[0]["Access"] == "Owner"

    def test_D13_debug_is_off(self):
        assert shipped.DEBUG is False
        assert os.environ["DEBUG"] == "False"
        assert 'DEBUG = configuration.boolean(env, "DEBUG", False)' in Path(shipped.__file__).read_text()

    @pytest.mark.parametrize("key", ["", "   ", "short"])
    def test_D13_without_a_secret_it_does_not_start(self, key: str):
        result = subprocess.run(
            [sys.executable, "-c", "import chartmogul_admin.settings"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SECRET_KEY": key},
        )
        assert result.returncode != 0
        (line,) = result.stderr.splitlines()
        assert line.startswith("Configuration error: SECRET_KEY")
