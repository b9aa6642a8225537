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
from connections.roles import ANYBODY, Role
from connections.roles import PUBLIC as PUBLIC_TO_ALL
from sandbox.server import SandboxServer
from tests.conftest import make_connection
from tests.connections.conftest import TOKEN
from tests.connections.test_stored_bytes import slices
from tests.pages import Browser
from tests.people import client_of, person
from tests.security.crawling import SIGNS_OUT, crawl, first_records
from tests.security.routes import PUBLIC, every_route
from tests.security.test_D2_roles import ROLES, TABLE
from tests.security.test_D5_safe_methods import MAY_WRITE, tables_written

# One walk serves them all.
pytestmark = pytest.mark.xdist_group("walk")

BASIC = base64.b64encode(f"{TOKEN}:".encode())
AS_HTMX = {"HX-Request": "true"}
RUNS = [*slices(TOKEN), *(BASIC[at : at + 12] for at in range(len(BASIC) - 11))]


@pytest.fixture
def canary(monkeypatch, db, sandbox) -> Connection:
    """A connection to a sandbox that accepts only the canary as its key."""
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
    """The walk, done for the first test that needs it and shared by the others."""
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


@dataclass(frozen=True)
class Met:
    """What somebody was answered where an owner had been."""

    answer: HttpResponse
    called: bool
    """Whether ChartMogul was asked meanwhile."""


@pytest.fixture(scope="module")
def followers() -> dict[Role, dict[tuple[str, bool], Met]]:
    return {}


@pytest.fixture
def met(role: Role, walk: Walk, followers: dict, request: pytest.FixtureRequest) -> dict[tuple[str, bool], Met]:
    """What a person with this role gets at each address of the walk, by address and whether the request is htmx's."""
    if role not in followers:
        sandbox, canary = (request.getfixturevalue(name) for name in ("sandbox", "canary"))
        # The walk was through the same one.
        assert first_records(sandbox, TOKEN) == walk.records
        client = client_of(person("eve", canary, role))
        followers[role] = {}
        for address, as_htmx, _ in walk.answers:
            if address not in SIGNS_OUT:
                before = len(sandbox.requests)
                answer = client.get(address, headers=AS_HTMX if as_htmx else {})
                followers[role][address, as_htmx] = Met(answer, len(sandbox.requests) > before)
    return followers[role]


@pytest.mark.parametrize("role", Role, ids=lambda role: role.name.lower())
def test_B1_nor_to_anybody_else_where_an_owner_gets(role: Role, met: dict[tuple[str, bool], Met]):
    for (address, _), each in met.items():
        holds_no_key(address, each.answer)
    assert len([each for each in met.values() if each.answer.status_code == 200]) >= 60


@pytest.mark.parametrize("told", [f"key={TOKEN[4:14]}".encode(), BASIC])
def test_B1_it_would_be_found(told: bytes, canary):
    # It is what opens the sandbox.
    assert canary.open_credential().token == TOKEN
    with pytest.raises(AssertionError):
        holds_no_key("/", HttpResponse(told))


@pytest.mark.parametrize("role", Role, ids=lambda role: role.name.lower())
def test_D2_every_role_gets_what_is_for_it_at_every_route(role: Role, met: dict[tuple[str, bool], Met]):
    asked = 0
    for route in every_route(slug="box"):
        need = TABLE[route.pattern]
        for as_htmx in (False, True) if need not in (PUBLIC_TO_ALL, ANYBODY) else ():
            each = met[route.path, as_htmx]
            if need in ROLES and role >= ROLES[need]:
                assert each.answer.status_code not in (401, 403), route.pattern
            else:
                assert (each.answer.status_code, each.called) == (403, False), route.pattern
            asked += 1
    assert asked > 150


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
