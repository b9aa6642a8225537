"""D1: nothing but a short list is open to people who are not signed in."""

import pytest
from django.test import Client

from tests.security.gathering import cases
from tests.security.routes import PUBLIC, ROUTES

CLOSED = [route for route in ROUTES if route.path not in PUBLIC]


def test_D1_the_list_of_public_addresses_is_short():
    assert len(PUBLIC) <= 5
    assert {route.path for route in ROUTES} >= PUBLIC
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
    assert answer.status_code == 200
    assert b"Main" not in answer.content
