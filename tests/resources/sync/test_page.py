"""The page of the directory: its age, the progress of a sync, and the switch."""

from datetime import UTC, datetime

import pytest

from activity.models import Event
from connections.models import Connection
from connections.roles import Role
from resources.catalog import customers
from resources.directory import services as directory
from resources.directory.models import Entry
from resources.sync import services
from resources.sync.models import State, Sync, SyncedList
from tests.pages import Browser
from tests.people import somebody
from tests.servers import RecordingServer, reply

PAGE = "/c/main/directory/"
AS_OF = datetime(2026, 11, 20, 12, 4, tzinfo=UTC)


def state(connection: Connection, **values: object) -> None:
    Sync.objects.filter(connection=connection).update(**values)


def test_before_the_first_reading(visitor: Browser, main):
    page = visitor.open("/c/main/").follow("Directory")
    assert "Not read yet" in page.text
    page.press("Read the account")
    assert page.h1 == "Directory"
    assert "Waiting for the worker" in page.text
    page.press("Stop")
    assert "Stopped" in page.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MANAGER])
def test_who_only_reads_can_have_it_read_again_and_neither_stop_it_nor_change_its_schedule(role: Role, main):
    page = somebody(role, main).open(PAGE)
    assert "Keep a directory" not in page.text
    page.press("Read the account")
    assert "Waiting for the worker" in page.text
    assert "Stop" not in [button.text for button in page.page.all("button")]
    assert page.client.post(f"{PAGE}stop/").status_code == 403
    assert Sync.objects.get().state == State.WAITING


def test_an_administrator_stops_it_until_the_next_reading(main):
    services.ask(main)
    page = somebody(Role.ADMINISTRATOR, main).open(PAGE).press("Stop")
    assert "until someone or the schedule asks for the next reading" in page.notice
    assert "Keep a directory" in page.text


def test_what_was_not_done_is_no_event(visitor: Browser, main):
    visitor.client.post(f"{PAGE}stop/")
    assert "Nothing was being read any more." in visitor.open(PAGE).notice
    services.switch(main, enabled=False, every_hours=24)
    visitor.client.post(f"{PAGE}read/")
    assert "The directory is switched off" in visitor.open(PAGE).text
    assert not Event.objects.filter(kind__startswith="directory.").exists()


def test_how_far_it_has_come(visitor: Browser, main):
    directory.remember(main, customers.RESOURCE, [{"uuid": "cus_1", "name": "One"}])
    sync = services.ask(main)
    state(main, state=State.RUNNING)
    SyncedList.objects.filter(sync=sync, resource="customers").update(
        count=1_200, started_at=AS_OF, read_at=AS_OF.replace(minute=5)
    )
    page = visitor.open(PAGE)
    lines = {row["Kind"]: row for row in page.table("What is known")}
    assert (lines["Customers"]["Known"], lines["Customers"]["Read"]) == ("1", "1,200")
    assert lines["Customers"]["Status"] == "20 per second"
    assert lines["Subscriptions"]["Status"] == "—"
    assert "one customer at a time" in page.page.text
    answer = visitor.client.get(PAGE, headers={"HX-Request": "true"})
    assert b"every 2s" in answer.content
    assert b"<h1" not in answer.content
    state(main, state=State.DONE, finished_at=AS_OF)
    assert b"every 2s" not in visitor.client.get(PAGE, headers={"HX-Request": "true"}).content


def test_going_on_or_anew(visitor: Browser, main):
    sync = services.ask(main)
    SyncedList.objects.filter(sync=sync, resource="customers").update(count=400, cursor="abc", started_at=AS_OF)
    state(main, state=State.FAILED, problem="ChartMogul is down.")
    page = visitor.open(PAGE)
    assert "ChartMogul is down." in page.text
    page.press("Resume")
    assert SyncedList.objects.get(resource="customers").cursor == "abc"
    state(main, state=State.FAILED)
    visitor.open(PAGE).press("Refresh")
    assert SyncedList.objects.get(resource="customers").cursor == ""


def test_switched_off_and_on(visitor: Browser, main):
    directory.remember(main, customers.RESOURCE, [{"uuid": "cus_1", "name": "One"}])
    page = visitor.open(PAGE).tick("Keep a directory", on=False).press("Save")
    assert "its contents have been deleted" in page.notice
    assert not Entry.objects.filter(connection=main).exists()
    assert "Read the account" not in [button.text for button in page.page.all("button")]
    page.tick("Keep a directory").fill("Read the account again", "Every hour").press("Save")
    assert "Saved." in page.notice
    assert Sync.objects.get().every_hours == 1


def test_a_made_up_interval_is_refused(visitor: Browser, main):
    answer = visitor.client.post(f"{PAGE}switch/", {"enabled": "on", "every_hours": "7"})
    assert answer.status_code == 422
    assert not Sync.objects.exists()


class TestPickers:
    def options(self, visitor: Browser, query: str = "") -> Browser:
        return visitor.open(f"/c/main/pickers/customers/?q={query}")

    def test_they_say_how_old_what_they_know_is(self, visitor: Browser, main, recorder: RecordingServer):
        directory.remember(main, customers.RESOURCE, [{"uuid": "cus_1", "name": "One"}])
        services.ask(main)
        state(main, state=State.DONE, finished_at=AS_OF)
        page = self.options(visitor, "one")
        assert "Known as of 2026-11-20 13:04 CET" in page.html.replace("\n", " ").replace("</time>", "").replace(
            '<time datetime="2026-11-20T13:04:00+01:00">', ""
        )
        # Beside the form that is being filled in.
        assert page.link("Refresh").attributes == {"href": PAGE, "target": "_blank"}
        assert recorder.requests == []

    def test_after_a_complete_reading_opening_one_asks_nothing(self, visitor: Browser, main, recorder: RecordingServer):
        directory.remember(main, customers.RESOURCE, [{"uuid": "cus_1", "name": "One"}])
        services.ask(main)
        state(main, state=State.DONE, finished_at=AS_OF)
        assert "cus_1" in self.options(visitor).html
        assert recorder.requests == []

    @pytest.mark.parametrize("times", [1, 2])
    def test_switched_off_they_show_what_chartmogul_finds(self, times, visitor: Browser, main, recorder):
        services.switch(main, enabled=False, every_hours=24)
        recorder.routes["/v1/customers"] = reply(200, {"entries": [{"uuid": "cus_9", "name": "Found there"}]})
        for _ in range(times):
            assert "Found there" in self.options(visitor, "ext-9").html
            assert "Found there" in self.options(visitor).html
        assert not Entry.objects.filter(connection=main).exists()
