"""B1: the key of a connection is on no page and in no fragment, whoever looks, and in no address that is logged.

What else holds of whatever anybody is answered is looked at in the same answers."""

import base64
import logging
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from connections.models import Access, Connection
from connections.roles import Role
from sandbox.server import SandboxServer
from tests.conftest import make_connection
from tests.connections.conftest import TOKEN
from tests.connections.test_stored_bytes import slices
from tests.pages import Browser
from tests.people import client_of, person
from tests.security.crawling import SIGNS_OUT, crawl, first_records
from tests.security.routes import PUBLIC, every_route
from tests.security.test_D5_safe_methods import MAY_WRITE, tables_written

# One walk serves them all.
pytestmark = pytest.mark.xdist_group("walk")

BASIC = base64.b64encode(f"{TOKEN}:".encode())
AS_HTMX = {"HX-Request": "true"}
RUNS = [*slices(TOKEN), *(BASIC[at : at + 12] for at in range(len(BASIC) - 11))]


@pytest.fixture
def canary(monkeypatch, db, sandbox) -> Connection:
    """A connection to a sandbox that answers to the canary alone."""
    monkeypatch.setattr("sandbox.server.API_KEY", TOKEN)
    more = {"account_currency": "EUR", "account_time_zone": "Europe/Berlin"}
    return make_connection("Box", kind="sandbox", token=TOKEN, account_name="Sandbox Ltd", **more)


@dataclass
class Walk:
    """What an owner was answered everywhere, and what that did."""

    records: dict[str, str]
    answers: list[tuple[str, bool, HttpResponse]]
    """Each with its address, and whether htmx asked for it."""
    methods: set[str]
    """Of the calls that ChartMogul got."""
    written: set[str]
    """Tables."""


@pytest.fixture(scope="module")
def walks() -> list[Walk]:
    return []


@pytest.fixture
def walk(walks: list[Walk], request: pytest.FixtureRequest) -> Walk:
    """Taken by the first test that asks for it, for all that look at it."""
    if not walks:
        fixtures = [request.getfixturevalue(name) for name in ("ada", "sandbox", "canary")]
        walks.append(walk_of(*fixtures[:2]))
    return walks[0]


def walk_of(owner: User, sandbox: SandboxServer) -> Walk:
    client, records = client_of(owner), first_records(sandbox, TOKEN)
    with CaptureQueriesContext(database) as queries:
        answers = [(address, False, answer) for address, answer in crawl(client, "box", records)]
        routes = [route.path for route in every_route(slug="box") if route.path not in SIGNS_OUT]
        answers += [(address, True, client.get(address, headers=AS_HTMX)) for address in routes]
    written = tables_written(queries)
    for address in SIGNS_OUT:
        answers += [(address, True, client.get(address, headers=AS_HTMX)), (address, False, client.get(address))]
    return Walk(records, answers, {request.method for request in sandbox.requests}, written)


def holds_no_key(address: str, answer: HttpResponse) -> None:
    content = answer.getvalue() + str(answer.headers).encode() + address.encode()
    assert not [run for run in RUNS if run in content], address


def test_B1_no_page_and_no_fragment_shows_the_key(walk: Walk):
    for address, _, answer in walk.answers:
        holds_no_key(address, answer)
    assert len([answer for _, _, answer in walk.answers if answer.status_code == 200]) >= 60


@pytest.mark.parametrize("role", Role, ids=lambda role: role.name.lower())
def test_B1_nor_to_anybody_else_where_an_owner_gets(role: Role, walk: Walk, canary, sandbox):
    # The walk was through the same sandbox.
    assert first_records(sandbox, TOKEN) == walk.records
    client = client_of(person("eve", canary, role))
    shown = 0
    for address, as_htmx, _ in walk.answers:
        if address not in SIGNS_OUT:
            answer = client.get(address, headers=AS_HTMX if as_htmx else {})
            holds_no_key(address, answer)
            shown += answer.status_code == 200
    assert shown >= 60
    # It is there to be found: it is what opens the sandbox.
    assert canary.open_credential().token == TOKEN
    for told in (f"key={TOKEN[4:14]}".encode(), BASIC):
        with pytest.raises(AssertionError):
            holds_no_key("/", HttpResponse(told))


def test_C6_no_page_is_stored(walk: Walk):
    for address, _, answer in walk.answers:
        assert "no-store" in answer["Cache-Control"], address


def test_D5_a_walk_through_every_page_writes_nothing(walk: Walk):
    assert [address for address, _, answer in walk.answers if answer.status_code >= 500] == []
    assert len({address for address, _, _ in walk.answers}) >= 60
    assert walk.methods == {"GET"}
    assert walk.written <= MAY_WRITE
    assert PUBLIC & {address for address, _, _ in walk.answers}


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
