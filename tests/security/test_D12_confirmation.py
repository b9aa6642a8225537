"""D12: what does lasting harm is done only by who proved within the last half hour that it is them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from activity.models import Event
from connections.models import Access, Connection
from connections.roles import Role
from tests.pages import Browser
from tests.people import PASSWORD, code_of, sign_in, with_app
from tests.security.routes import ROUTES, every_route
from tests.servers import RecordingServer, reply

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ABOUT_CONNECTIONS = {"key", "delete", "people", "safety"}
ABOUT_PEOPLE = {"list", "person"}
ABOUT_FACTORS = {
    "account_set_password",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
}
CONFIRM = "/accounts/confirm/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def olga() -> User:
    return User.objects.create_superuser("olga", password=PASSWORD)


@pytest.fixture
def client(olga) -> Client:
    client = Client()
    sign_in(client, "olga")
    return client


def half_an_hour(clock: time_machine.Traveller, client: Client) -> None:
    """More than that, but not without a request."""
    for minutes in (16, 15):
        clock.shift(timedelta(minutes=minutes))
        assert client.get("/connections/").status_code == 200


def everything() -> tuple[object, ...]:
    return (
        list(User.objects.order_by("pk").values()),
        list(Connection.objects.order_by("pk").values()),
        list(Authenticator.objects.order_by("pk").values()),
        Access.objects.count(),
    )


def test_D12_these_are_the_addresses_that_want_it():
    wanting = {route.name for route in ROUTES if getattr(route.view, "confirmed", False)}
    assert wanting == ABOUT_CONNECTIONS | ABOUT_PEOPLE | ABOUT_FACTORS


def test_D12_after_half_an_hour_each_of_them_asks_first(clock, client: Client, olga, main, recorder: RecordingServer):
    with_app(olga)
    routes = [route for route in every_route(pk=str(olga.pk)) if getattr(route.view, "confirmed", False)]
    half_an_hour(clock, client)
    before = everything()
    for route in routes:
        for answer in (
            client.get(route.path),
            client.post(route.path, {"token": "new-key-0000", "action": "sign_out"}),
        ):
            assert answer.status_code == 302, route.pattern
            assert answer["Location"].startswith(f"{CONFIRM}?next="), route.pattern
    assert everything() == before
    assert recorder.requests == []
    client.post(CONFIRM, {"password": PASSWORD})
    for route in routes:
        assert not client.get(route.path).get("Location", "").startswith(CONFIRM), route.pattern


@pytest.mark.parametrize(
    "path", ["/connections/main/key/", "/connections/main/people/", "/people/", "/accounts/passkeys/add/"]
)
def test_D12_a_wrong_password_opens_nothing_and_the_right_one_leads_back(clock, client: Client, main, path: str):
    half_an_hour(clock, client)
    page = Browser(client).open(path)
    assert page.h1 == "Confirm your identity"
    page.fill("Password", "wrong").press("Confirm")
    assert page.h1 == "Confirm your identity"
    assert "Incorrect password" in page.problem("Password")
    page.fill("Password", PASSWORD).press("Confirm")
    assert page.url == path
    assert page.status == 200
    assert Event.objects.filter(kind="person.confirmed", username="olga", facts={"by": "password"}).count() == 1
    clock.shift(timedelta(minutes=29))
    assert client.get(path).status_code == 200
    clock.shift(timedelta(minutes=1))
    assert client.get(path)["Location"].startswith(CONFIRM)


def test_D12_a_code_of_the_app_or_a_recovery_code_does_too(clock, client: Client, olga, main):
    secret = with_app(olga)
    half_an_hour(clock, client)
    page = Browser(client).open("/connections/main/key/").follow("Use a code")
    page.fill("Code", code_of(secret, wrong=True)).press("Confirm")
    assert page.h1 == "Confirm your identity"
    page.fill("Code", code_of(secret)).press("Confirm")
    assert page.url == "/connections/main/key/"


def test_D12_who_has_neither_signs_in_anew(clock, main):
    """As people do who come by single sign-on alone."""
    sue = User.objects.create_user("sue")
    Access.objects.create(user=sue, connection=main, role=Role.ADMINISTRATOR)
    client = Client()
    client.force_login(sue)
    assert client.get("/connections/main/key/").status_code == 200
    half_an_hour(clock, client)
    for path in ("/connections/main/key/", "/accounts/password/set/", "/accounts/second-factor/app/"):
        client.force_login(sue)
        half_an_hour(clock, client)
        page = Browser(client).open(path)
        assert page.url == f"/accounts/login/?next={path}"
        assert "sign in again" in page.notice


def test_D12_a_deletion_that_was_typed_is_sent_after_it(clock, client: Client, main, recorder: RecordingServer):
    source = {"uuid": "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46", "name": "Old one", "status": "idle"}
    path = f"/v1/data_sources/{source['uuid']}"
    recorder.routes = {
        f"GET {path}": reply(200, source),
        f"DELETE {path}": reply(204),
        "/v1/data_sources": reply(200, {"data_sources": [source]}),
    }
    page = Browser(client).open(f"/c/main/data-sources/delete/?uuid={source['uuid']}").press("Review")
    review = page.url
    half_an_hour(clock, client)
    page.open(review).confirm()
    assert page.h1 == "Confirm your identity"
    assert [request.method for request in recorder.requests].count("DELETE") == 0
    page.fill("Password", PASSWORD).press("Confirm")
    assert page.url == review
    page.confirm()
    assert [request.method for request in recorder.requests].count("DELETE") == 1
    assert "Data source deleted" in page.notice


def test_D12_another_deletion_and_other_writes_do_not_ask(clock, client: Client, main, recorder: RecordingServer):
    recorder.routes = {"POST /v1/data_sources": reply(201, {"uuid": "ds_1", "name": "New"})}
    page = Browser(client).open("/c/main/data-sources/create/").fill("Name", "New").press("Review")
    half_an_hour(clock, client)
    page.press("Send")
    assert [request.method for request in recorder.requests].count("POST") == 1


@pytest.mark.parametrize(
    "place", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_D12_it_leads_back_to_no_other_site(client: Client, main, place: str):
    answer = client.post(CONFIRM, {"password": PASSWORD, "next": place})
    assert answer.status_code == 302
    assert answer["Location"] == "/"
