"""B1: the key of a connection is on no page and in no fragment, whoever looks, and in no address that is logged."""

import base64
import logging

import pytest
from django.test import Client

from connections.models import Access, Connection
from connections.roles import Role
from tests.conftest import make_connection
from tests.connections.conftest import TOKEN
from tests.connections.test_stored_bytes import slices
from tests.pages import Browser
from tests.people import client_of, person
from tests.security.crawling import crawl, first_records
from tests.security.routes import every_route

BASIC = base64.b64encode(f"{TOKEN}:".encode())
RUNS = [*slices(TOKEN), *(BASIC[at : at + 12] for at in range(len(BASIC) - 11))]


@pytest.fixture
def canary(monkeypatch, db, sandbox) -> Connection:
    """A connection to a sandbox that answers to the canary alone."""
    monkeypatch.setattr("sandbox.server.API_KEY", TOKEN)
    return make_connection("Box", kind="sandbox", token=TOKEN, account_name="Sandbox Ltd")


def found_in(content: bytes) -> list[bytes]:
    return [run for run in RUNS if run in content]


@pytest.mark.parametrize("role", [*Role, "owner"], ids=lambda role: getattr(role, "name", role).lower())
def test_B1_no_page_and_no_fragment_shows_the_key(role: Role | str, canary, sandbox, ada):
    client = Client()
    if isinstance(role, Role):
        client = client_of(person("eve", canary, role))
    else:
        client.force_login(ada)
    shown = 0
    for address, answer in crawl(client, "box", first_records(sandbox, TOKEN)):
        content = answer.getvalue() + str(answer.headers).encode() + address.encode()
        assert not found_in(content), address
        shown += answer.status_code == 200
    for route in every_route(slug="box"):
        if route.name != "account_logout":
            answer = client.get(route.path, headers={"HX-Request": "true"})
            assert not found_in(answer.getvalue() + str(answer.headers).encode()), route.pattern
    assert shown >= 60
    # It is there to be found: it is what opens the sandbox.
    assert canary.open_credential().token == TOKEN
    assert found_in(f"key={TOKEN[4:14]}".encode())
    assert found_in(BASIC)


def test_B1_no_logged_address_holds_a_session_or_what_was_searched_for(canary, sandbox, ada, caplog):
    caplog.set_level(logging.INFO)
    page = Browser(client_of(ada))
    for address in (
        "/c/box/search/?q=ada@example.com",
        "/c/box/pickers/customers/?q=ada@example.com",
        "/c/box/customers/list/?email=ada@example.com",
        "/c/nowhere/customers/list/?email=ada@example.com",
        "/c/box/customers/get/?uuid=ada@example.com",
    ):
        page.open(address)
    assert Access.objects.count() == 0
    # The sandbox is somebody else's server, and tells what it was asked.
    lines = [record.getMessage() for record in caplog.records if record.name != "sandbox"]
    logged = "\n".join(lines)
    assert "/c/nowhere/customers/list/" in logged
    assert "ada@example.com" not in logged
    assert "ada%40example.com" not in logged
    assert page.client.cookies["session"].value not in logged
