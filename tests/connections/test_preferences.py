"""A person's preferences: stored for this person only, wherever they sign in."""

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Connection, StoredPreferences
from connections.people.preferences import Preferences
from connections.roles import Role
from tests.pages import Browser
from tests.people import client_of, somebody
from tests.servers import RecordingServer, reply

CUSTOMER = {"uuid": "cus_1", "name": "Acme", "customer-since": "2026-01-01T12:00:00+00:00"}


@pytest.fixture
def plain(client: Client, ada) -> Browser:
    client.force_login(ada)
    return Browser(client)


def test_a_zone_of_ones_own_is_that_of_every_connection(plain: Browser, ada, main: Connection, recorder):
    recorder.routes = {"/v1/customers": reply(200, {"entries": [CUSTOMER], "has_more": False})}
    assert "2026-01-01 13:00" in plain.open("/c/main/customers/list/").text
    plain.open("/accounts/preferences/").fill("Time zone", "Asia/Tokyo").press("Save")
    assert plain.value("Time zone") == "Asia/Tokyo"
    assert "2026-01-01 21:00" in plain.open("/c/main/customers/list/").text
    words = plain.client.get("/c/main/moment/?x=2026-01-02 09:00").content.decode()
    assert "2026-01-02 09:00 Asia/Tokyo = 2026-01-02 00:00 UTC" in words
    # In another browser too, and for nobody else.
    assert "2026-01-01 21:00" in Browser(client_of(ada)).open("/c/main/customers/list/").text
    assert "2026-01-01 13:00" in somebody(Role.VIEWER, main).open("/c/main/customers/list/").text


def test_times_of_our_own_are_in_it_too_and_else_in_utc_where_there_is_no_connection(plain: Browser, ada):
    assert plain.open("/people/").table("1 person")[0]["Last sign-in"].endswith(" UTC")
    plain.open("/accounts/preferences/").fill("Time zone", "Asia/Tokyo").press("Save")
    assert plain.open("/people/").table("1 person")[0]["Last sign-in"].endswith(" JST")
    # The thread goes on to serve others.
    assert timezone.get_current_timezone_name() == "UTC"


def test_what_is_typed_in_it_is_sent_as_utc(plain: Browser, main: Connection, recorder: RecordingServer):
    plain.open("/accounts/preferences/").fill("Time zone", "Asia/Tokyo").press("Save")
    form = plain.open("/c/main/customers/create/").fill("Data Source", "ds_1").fill("External ID", "acme")
    form.fill("Lead Created At", "2026-01-02 09:00").press("Review")
    assert '"lead_created_at":"2026-01-02T00:00:00Z"' in form.page.one("pre", id="request-body").text.replace(" ", "")


def test_compact_pages_are_marked_for_the_style_sheet(plain: Browser, main: Connection):
    assert "data-density" not in plain.open("/c/main/").page.one("body")
    plain.open("/accounts/preferences/").fill("Density", "compact").press("Save")
    assert plain.open("/c/main/").page.one("body")["data-density"] == "compact"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_that_of_the_system_or_the_one_that_was_chosen(theme: str, plain: Browser, main: Connection):
    assert "data-theme" not in plain.open("/c/main/").page.one("html")
    plain.open("/accounts/preferences/").fill("Theme", theme).press("Save")
    assert plain.open("/c/main/").page.one("html")["data-theme"] == theme


@pytest.mark.parametrize("zone", ["Middle/Earth", "../../etc/passwd", "UTC\0"])
def test_a_zone_that_nobody_knows_is_refused_beside_its_field(zone: str, plain: Browser, ada):
    answer = plain.client.post(
        "/accounts/preferences/", {"time_zone": zone, "density": "compact", "amounts_in": "cents"}
    )
    assert answer.status_code == 422
    assert not StoredPreferences.objects.exists()


@pytest.mark.parametrize("kept", [None, [], {"time_zone": "Middle/Earth"}, {"of_a_later_version": True}])
def test_what_an_other_version_kept_breaks_nothing(kept: object):
    assert Preferences.read(kept).zone is None
