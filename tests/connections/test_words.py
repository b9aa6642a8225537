"""Limits in texts are those of the settings."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from connections.words import lasting
from tests.german import german
from tests.pages import Browser
from tests.people import PASSWORD, sign_in


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (60, "1 minute"),
        (30 * 60, "30 minutes"),
        (3_600, "1 hour"),
        (timedelta(hours=12), "12 hours"),
        (timedelta(minutes=90), "90 minutes"),
    ],
)
def test_a_time_is_told_in_hours_where_these_are_whole(time: timedelta | float, said: str):
    assert lasting(time) == said


def test_in_another_language_it_is_translated():
    with german({}):
        assert (lasting(60), lasting(7_200)) == ("1 Minute", "2 Stunden")


def test_pages_tell_the_limits_that_are_set(db: None, client: Client, settings):
    User.objects.create_superuser("olga", password=PASSWORD)
    sign_in(client, "olga")
    page = Browser(client)
    settings.SESSION_IDLE_SECONDS, settings.SESSION_LONGEST_SECONDS = 45 * 60, 8 * 3_600
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 20 * 60
    said = "A session ends after 45 minutes of inactivity, and after 8 hours in any case."
    assert said in page.open("/accounts/sessions/").text
    assert "you signed in more than 20 minutes ago." in page.open("/accounts/confirm/").text
