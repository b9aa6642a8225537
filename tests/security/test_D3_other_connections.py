"""D3: a connection that somebody has no part in is not there for them, by whatever name they call it."""

import pytest

from activity.models import Event, Write
from connections.models import Connection
from connections.roles import Role
from resources.directory import services as directory
from resources.registry import BY_KEY
from resources.saved_views.models import SavedView
from tests.conftest import make_connection
from tests.pages import Browser
from tests.people import client_of, person, somebody
from tests.servers import RecordingServer, reply

SECRET_NAME = "Hush & Sons"
UUID = "cus_0f0f0f0f-2c7e-11ee-b2ce-fb986e96e21b"


@pytest.fixture
def other(main: Connection, ada) -> Connection:
    """A connection with a record in the directory, a write, an event and a saved view."""
    connection = make_connection("Elsewhere")
    record = {"uuid": UUID, "name": SECRET_NAME, "external_id": "hush-1", "data_source_uuid": "ds_1"}
    directory.remember(connection, BY_KEY["customers"], [record])
    page = Browser(client_of(ada)).open("/c/elsewhere/data-sources/create/").fill("Name", SECRET_NAME)
    page.press("Review")
    page.client.get("/c/elsewhere/activity/?format=csv").getvalue()
    page.client.post("/c/elsewhere/customers/list/views/create/?limit=50", {"name": SECRET_NAME, "is_shared": "on"})
    return connection


@pytest.fixture
def manager(main: Connection, other: Connection) -> Browser:
    """A manager of Main, who has no role in the other connection."""
    return somebody(Role.MANAGER, main)


def test_D3_ids_in_addresses_under_a_connection_of_ones_own(manager: Browser, other: Connection, recorder):
    write = Write.objects.get(connection=other)
    view = SavedView.objects.get(connection=other)
    recorder.requests.clear()
    for address in (
        f"/c/main/activity/{write.key}/",
        f"/c/main/activity/{write.key}/copy/",
        f"/c/main/data-sources/create/?draft={write.key}",
        f"/c/main/data-sources/create/?restore={write.key}",
        f"/c/main/customers/list/views/{view.pk}/",
    ):
        assert manager.open(address).status == 404, address
        assert SECRET_NAME not in manager.html
    for what in ("send", "check", "discard", "ask", "decline"):
        assert manager.client.post(f"/c/main/activity/{write.key}/{what}/").status_code == 404
    assert recorder.requests == []


def test_D3_the_connection_itself_under_every_name(manager: Browser, other: Connection, recorder: RecordingServer):
    for address in (
        "/c/elsewhere/",
        "/c/ELSEWHERE/",
        f"/c/{other.pk}/",
        f"/c/{other.uuid}/",
        "/connections/elsewhere/",
    ):
        assert manager.open(address).status == 404, address
    assert "Elsewhere" not in manager.open("/connections/").html
    assert "Elsewhere" not in manager.open("/c/main/").html
    assert recorder.requests == []


def test_D3_pickers_search_trail_and_exports_hold_nothing_of_it(manager: Browser, other: Connection, recorder):
    known = Event.objects.filter(connection=other).count()
    assert known
    for address in (
        "/c/main/pickers/customers/?q=hus",
        f"/c/main/pickers/customers/?chosen={UUID}",
        "/c/main/search/?q=hus",
        "/c/main/activity/?record=h",
        "/c/main/activity/events/",
        "/c/main/customers/list/columns/",
    ):
        answer = manager.client.get(address, headers={"HX-Request": "true"})
        assert SECRET_NAME.partition(" ")[0] not in answer.content.decode(), address
    for kind in ("csv", "json"):
        assert b"Hush" not in manager.client.get(f"/c/main/activity/?format={kind}").getvalue()
    invoice = {"uuid": "inv_1", "customer_uuid": UUID, "currency": "EUR"}
    recorder.script = [reply(200, {"invoices": [invoice], "has_more": False})]
    exported = manager.client.get("/c/main/invoices/list/export/?format=csv").getvalue()
    assert UUID.encode() in exported
    assert b"Hush" not in exported


def test_D3_ids_in_what_is_posted(manager: Browser, other: Connection, recorder: RecordingServer):
    """A name that is known in another connection is no name here; a body cannot name another connection."""
    answer = manager.client.post(
        "/c/main/customers/delete/",
        {"uuid": "hush-1", "connection": other.pk, "slug": "elsewhere", "account": "elsewhere"},
    )
    assert answer.status_code == 422
    assert not Write.objects.filter(connection=other, username="manager").exists()


def test_D3_an_administrator_of_one_gives_no_role_in_another(main: Connection, other: Connection, recorder):
    page = somebody(Role.ADMINISTRATOR, main)
    eve = person("eve", other, Role.VIEWER)
    given = {"action": "give", "username": "eve", "role": "4", "connection": other.pk}
    assert page.client.post("/connections/elsewhere/people/", given).status_code == 404
    page.client.post("/connections/main/people/", given)
    assert dict(eve.accesses.values_list("connection__name", "role")) == {"Elsewhere": Role.VIEWER, "Main": Role(4)}
    # Nor is a role taken there from here.
    ella = person("ella", other, Role.VIEWER)
    assert page.client.post("/connections/main/people/", {"action": "take", "person": ella.pk}).status_code == 404
    assert ella.accesses.count() == 1
