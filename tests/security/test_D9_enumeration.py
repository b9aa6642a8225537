"""D9: who is known here is not told, neither in words nor by how long an answer takes."""

import time

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chartmogul_admin import settings as shipped
from connections.people import services
from tests.pages import page_of
from tests.people import PASSWORD, sign_in, with_password

pytestmark = pytest.mark.django_db
TRIES = 5
"""Of each kind: what the work itself takes hardly varies."""


def make_people() -> None:
    """One of each kind that a sign-in can be about."""
    with_password("known")
    services.switch_off(with_password("off"))
    User.objects.create_user("by-sso-only")


def said(answer) -> tuple[int, list[str], str]:
    page = page_of(answer)
    return answer.status_code, sorted(answer.headers), page.one("main").text


def test_D9_the_same_is_said_to_whoever_is_known_and_to_whoever_is_not(client: Client):
    make_people()
    tries = {"known": "wrong", "off": PASSWORD, "by-sso-only": "!", "nobody": "wrong"}
    answers = {name: said(sign_in(client, name, password)) for name, password in tries.items()}
    assert len({repr(answer) for answer in answers.values()}) == 1, answers
    assert answers["nobody"][0] == 200
    assert "correct username and password" in answers["nobody"][2]


def test_D9_it_takes_as_long(client: Client, settings):
    """Computing time, with the shipped hasher: what a stranger can measure from outside is this and noise."""
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    make_people()
    spent: dict[str, list[float]] = {"known": [], "nobody": [], "by-sso-only": []}
    for number in range(TRIES):
        for name, times in spent.items():
            # An address of its own, for nobody is to be locked out meanwhile.
            address = f"203.0.{number}.{len(name)}"
            before = time.process_time()
            sign_in(client, name, "wrong", address=address)
            times.append(time.process_time() - before)
    # The least of each: whatever else the machine does only adds to what the work itself takes.
    least = {name: min(times) for name, times in spent.items()}
    assert max(least.values()) < 1.2 * min(least.values()), least
