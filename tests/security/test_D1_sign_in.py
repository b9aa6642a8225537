"""D1: nothing but a short list is open to people who are not signed in."""

import pytest
from django.test import Client

from tests.security.gathering import cases
from tests.security.routes import ENTRANCE, PUBLIC, ROUTES

ON_THE_WAY = [route for route in ROUTES if route.path in ENTRANCE]
CLOSED = [route for route in ROUTES if route.path not in PUBLIC | ENTRANCE]


def test_D1_the_list_of_public_addresses_is_short():
    assert len(PUBLIC) <= 5
    assert {route.path for route in ROUTES} >= PUBLIC | ENTRANCE
    assert CLOSED


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch", "head"])
def test_D1_every_address_asks_for_sign_in(method: str, client: Client, main, recorder):
    with cases() as case:
        for route in CLOSED:
            with case(route.pattern):
                recorder.requests.clear()
                answer = getattr(client, method)(route.path)
                assert answer.status_code == 302
                assert answer["Location"].startswith("/accounts/login/?next=")
                assert recorder.requests == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_D1_steps_of_signing_in_lead_a_stranger_to_its_beginning(method: str, client: Client):
    assert {route.path for route in ON_THE_WAY} == ENTRANCE
    for route in ON_THE_WAY:
        answer = getattr(client, method)(route.path)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/"), route.pattern


@pytest.mark.parametrize("method", ["get", "post"])
def test_D1_htmx_is_told_to_go_to_sign_in(method: str, client: Client, main, recorder):
    with cases() as case:
        for route in CLOSED:
            with case(route.pattern):
                recorder.requests.clear()
                answer = getattr(client, method)(route.path, headers={"HX-Request": "true"})
                assert answer.status_code == 401
                assert answer["HX-Redirect"].startswith("/accounts/login/")
                assert answer.content == b""
                assert recorder.requests == []


@pytest.mark.parametrize("path", ["/c/nobody/", "/c/nobody/customers/list/", "/connections/nobody/"])
def test_D1_not_even_whether_a_connection_exists_is_told(path: str, client: Client, main):
    assert client.get(path).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_D1_the_public_ones_answer(path: str, client: Client):
    answer = client.get(path)
    # A link that nobody made opens nothing, and says so.
    assert answer.status_code == (404 if "no-such-token" in path else 200)
    assert b"Main" not in answer.content
