"""A connection whose key is replaced by one of another account: nothing of the previous account is offered or sent."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from activity import services as activity
from activity import trail
from activity.models import Event, Outcome, Write
from connections import services as connections
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection
from connections.roles import Role
from resources.catalog import customers
from resources.directory import services as directory
from resources.directory.models import Entry
from resources.registry import BY_KEY
from resources.sync import services as sync_services
from resources.sync.models import State, Sync
from tests.conftest import NOWHERE, make_connection
from tests.connections.conftest import ACCOUNT, PONG
from tests.pages import Browser
from tests.people import somebody
from tests.servers import RecordingServer, reply

OTHER_KEY = "another-key-0000-9z9z"
CUSTOMERS = reply(200, {"entries": [], "cursor": None, "has_more": False})
REASON = "This was reviewed for the account this connection used before. Nothing was sent."


@pytest.fixture
def replace(visitor: Browser, main: Connection, recorder: RecordingServer) -> Callable[..., Browser]:
    """A function that replaces the key by one of an account with this name, and states that it is another account."""

    def replaced(name: str = "Another Company") -> Browser:
        account = {**ACCOUNT, "name": name}
        recorder.routes |= {
            "/v1/ping": reply(200, PONG),
            "/v1/account": reply(200, account),
            "/v1/customers": CUSTOMERS,
        }
        page = visitor.open("/connections/main/key/").fill("Token", OTHER_KEY)
        return page.tick("This key belongs to another account").press("Test and replace")

    return replaced


def read(connection: Connection) -> None:
    """As if the account had been read, and held one customer."""
    directory.remember(connection, customers.RESOURCE, [{"uuid": "cus_1", "name": "Ada Ltd"}])
    sync_services.ask(connection)
    Sync.objects.filter(connection=connection).update(state=State.DONE, finished_at="2026-11-20T12:04:00Z")


def sent(connection: Connection, outcome: Outcome) -> Write:
    """The deletion of a customer, and what became of it."""
    ada = User.objects.get()
    write = activity.prepare(
        connection=connection,
        user=ada,
        operation="customers.delete",
        title="Delete a Customer",
        resource="customers",
        request=ApiRequest.build("DELETE", "customers/cus_1"),
        typed={"uuid": ["cus_1"]},
        changes=[],
        record_uuid="cus_1",
        before={"uuid": "cus_1", "name": "Ada Ltd"},
    )
    for leaving, to in ((Outcome.PREPARED, Outcome.SENDING), (Outcome.SENDING, outcome)):
        activity.advance(write, user=ada, leaving=leaving, outcome=to)
    return write


def reviewed(visitor: Browser) -> tuple[Browser, Write]:
    page = visitor.open("/c/main/customers/create/").fill("Data Source", "ds_1").fill("External ID", "ext-1")
    return page.press("Review"), Write.objects.get()


def test_no_picker_offers_its_records_nor_what_was_chosen_lately(visitor: Browser, main, recorder, replace):
    read(main)
    session = visitor.client.session
    session["recent"] = {str(main.uuid): {"customers": ["cus_1"]}}
    session.save()
    offers = ("/c/main/pickers/customers/", "/c/main/pickers/customers/?q=ada", "/c/main/search/?q=ada", "/c/main/")
    for address in offers:
        assert "Ada Ltd" in visitor.open(address).html, address
    assert "The key has been replaced: Another Company" in replace().notice
    for address in offers:
        assert "Ada Ltd" not in visitor.open(address).html, address
    assert "Waiting for the worker" in visitor.open("/c/main/directory/").text


def test_a_reading_under_way_stores_nothing_more(main, replace):
    sync = sync_services.ask(main)
    Sync.objects.filter(pk=sync.pk).update(state=State.RUNNING, worker="w")
    replace()
    with pytest.raises(sync_services.LostLease):
        sync_services.Turn(sync, "w").hold()


def test_what_came_of_it_meanwhile_is_not_remembered(main, replace):
    read(main)
    before = Connection.objects.get()
    replace()
    directory.remember(before, customers.RESOURCE, [{"uuid": "cus_1", "name": "Ada Ltd"}])
    assert not Entry.objects.exists()
    directory.remember(Connection.objects.get(), customers.RESOURCE, [{"uuid": "cus_2", "name": "Bob Ltd"}])
    assert Entry.objects.get().name == "Bob Ltd"


def test_pickers_open_with_its_records_at_once(visitor: Browser, main, recorder, replace):
    opened = "/c/main/pickers/customers/"
    recorder.routes["/v1/customers"] = reply(
        200, {"entries": [{"uuid": "cus_1", "name": "Ada Ltd"}], "has_more": False}
    )
    assert "Ada Ltd" in visitor.open(opened).html
    replace()
    recorder.routes["/v1/customers"] = reply(
        200, {"entries": [{"uuid": "cus_2", "name": "Bob Ltd"}], "has_more": False}
    )
    assert "Bob Ltd" in visitor.open(opened).html


def test_a_test_of_the_old_key_that_ends_afterwards_stores_nothing(main, replace):
    before = Connection.objects.get()
    replace()
    with pytest.raises(connections.EditConflict):
        connections.note_test(
            before, account=connections.Account(name=ACCOUNT["name"], currency="USD", time_zone="UTC")
        )
    assert Connection.objects.get().account_name == "Another Company"


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"state": State.FAILED}, State.WAITING),
        ({"state": State.STOPPED}, State.STOPPED),
        ({"every_hours": 0}, State.STOPPED),
        ({"enabled": False, "state": State.STOPPED}, State.STOPPED),
    ],
)
def test_the_other_account_is_read_unless_somebody_decided_against_readings(values, state, main, replace):
    read(main)
    Sync.objects.filter(connection=main).update(**values)
    replace()
    sync = Sync.objects.get()
    assert (sync.state, sync.finished_at, sync.can_go_on) == (state, None, False)
    assert not Entry.objects.exists()


def test_what_was_reviewed_for_it_is_never_sent_and_says_why(visitor: Browser, main, recorder, replace):
    page, write = reviewed(visitor)
    review = page.url
    replace()
    recorder.requests.clear()
    visitor.client.post(f"{review}send/")
    assert recorder.requests == []
    page.open(review)
    assert f"Not carried out. {REASON}" in page.alert
    assert "Send" not in [button.text for button in page.page.all("button")]
    assert page.follow("Back to the form, with your entries kept").value("External ID") == "ext-1"
    assert [event.kind for event in write.events.order_by("id")] == ["write.prepared", "write.refused"]
    assert list(trail.problems()) == []


def test_a_review_that_was_under_way_is_not_sent_either(main, ada: User, replace):
    """It was read with the old key, and is stored once the new one is there."""
    before = Connection.objects.get(pk=main.pk)
    replace()
    write = activity.prepare(
        connection=before,
        user=ada,
        operation="customers.create",
        title="Create a Customer",
        resource="customers",
        request=ApiRequest.build("POST", "customers", json={"name": "Ada Ltd"}),
        typed={},
        changes=[],
    )
    assert (write.outcome, write.summary) == (Outcome.REFUSED, REASON)


def test_what_became_of_a_write_to_it_is_not_looked_up_in_the_other(visitor: Browser, main, recorder, replace):
    """Its records are not there, so a deletion would seem to have been carried out."""
    write = sent(main, Outcome.UNKNOWN)
    page = visitor.open(f"/c/main/activity/{write.key}/")
    assert page.link("List Customers")
    stale = page.button("Check: look it up").inside("form")["action"]
    replace()
    recorder.requests.clear()
    visitor.client.post(stale)
    page = visitor.open(f"/c/main/activity/{write.key}/")
    assert recorder.requests == []
    assert "This was sent to the account this connection used before. Check for it there." in page.alert
    assert "Check: look it up" not in page.text
    assert "List Customers" not in [link.text for link in page.page.one("main").all("a")]


def test_what_was_deleted_there_is_not_made_again_in_the_other(visitor: Browser, main, replace):
    write = sent(main, Outcome.ACCEPTED)
    page = visitor.open(f"/c/main/activity/{write.key}/")
    form = page.link("Create again from the saved copy")["href"]
    replace()
    assert "Create again" not in visitor.open(f"/c/main/activity/{write.key}/").text
    assert visitor.open(form).status == 404


def test_a_pause_that_its_calls_met_ends(main, recorder, replace, quick):
    recorder.script = [reply(429, headers={"Retry-After": "600"})]
    with pytest.raises(ApiError):
        ChartMogulClient.of(main).send(ApiRequest.build("GET", "customers"))
    recorder.script = []
    replace()
    now = Connection.objects.get(pk=main.pk)
    assert ChartMogulClient.of(now).send(ApiRequest.build("GET", "customers")).status == 200


def test_another_key_of_the_same_account_changes_nothing_of_that(visitor: Browser, main, recorder, replace):
    read(main)
    _, write = reviewed(visitor)
    replace("Example")
    write.refresh_from_db()
    assert write.outcome == Outcome.PREPARED
    assert Sync.objects.get().state == State.DONE
    assert Entry.objects.filter(uuid="cus_1").exists()


def test_another_connection_keeps_what_it_has(visitor: Browser, main, recorder, replace):
    elsewhere = make_connection("Elsewhere")
    read(elsewhere)
    replace()
    assert Entry.objects.filter(connection=elsewhere).exists()
    assert Sync.objects.get(connection=elsewhere).state == State.DONE


def test_a_sandbox_begins_anew_in_one_click(visitor: Browser, box, sandbox):
    main = make_connection("Main")
    kept = sandbox.api.store.all("data_sources")[0]
    directory.remember(main, BY_KEY["data_sources"], [{"uuid": "ds_live", "name": "Live"}])
    make_connection("Second box", kind="sandbox")
    visitor.open(f"/c/box/data-sources/delete/?uuid={kept['uuid']}").press("Review").confirm()
    visitor.open("/c/box/data-sources/create/").fill("Name", "Made").press("Review").press("Send")
    visitor.open("/c/box/data-sources/create/").fill("Name", "Waiting").press("Review")
    review = visitor.url
    page = visitor.open("/connections/box/").press("Reset the sandbox")
    assert "The sandbox has been reset" in page.notice
    names = [source["name"] for source in sandbox.api.store.all("data_sources")]
    assert kept["name"] in names
    assert "Made" not in names
    assert not Entry.objects.filter(connection=box).exists()
    assert Entry.objects.filter(connection=main).exists()
    # What was reviewed before was meant for the data before.
    assert "Send" not in [button.text for button in page.open(review).page.all("button")]
    # Those of the seed have the same UUIDs as before.
    assert "already deleted" not in page.open(f"/c/box/data-sources/{kept['uuid']}/").text
    assert page.link("Delete a Data Source")
    events = Event.objects.filter(kind="connection.reset").order_by("connection_name")
    assert [(event.username, event.connection_name) for event in events] == [("ada", "Box"), ("ada", "Second box")]


def test_a_sandbox_that_does_not_answer_is_told(visitor: Browser, box, main, settings):
    settings.API_ORIGINS = {**settings.API_ORIGINS, "sandbox": NOWHERE}
    page = visitor.open("/connections/box/").press("Reset the sandbox")
    assert "it is not known whether it was reset" in page.text
    assert visitor.client.post("/connections/main/reset/").status_code == 404


def test_the_sandbox_of_others_is_not_reset(box, sandbox):
    administrator = somebody(Role.ADMINISTRATOR, box)
    source = sandbox.api.store.all("data_sources")[0]
    theirs = make_connection("Theirs", kind="sandbox")
    for change in ({"read_only": True}, {"read_only": False}):
        Connection.objects.filter(pk=theirs.pk).update(**change)
        sandbox.api.store.delete("data_sources", uuid=source["uuid"]) if change["read_only"] else None
        page = administrator.open("/connections/box/").press("Reset the sandbox")
        assert "The sandbox was not reset" in page.text
    assert source["uuid"] not in [each["uuid"] for each in sandbox.api.store.all("data_sources")]
