"""Writes that were being sent when their process died: detected wherever writes are shown, and never sent again."""

import io
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from activity import services, trail
from activity.models import Event, Outcome, Write
from connections.client import ChartMogulClient
from connections.models import Connection
from connections.transport import Limits
from tests.activity.test_trail import prepared
from tests.pages import Browser
from tests.servers import RecordingServer, reply

SECOND = timedelta(seconds=1)


@pytest.fixture
def lost(main: Connection, ada: User) -> Write:
    """A write that was claimed longer ago than any process waits."""
    write = prepared(main, ada, "Acme", "cus_1")
    claim(write, timezone.now() - services.LOST_AFTER - SECOND)
    return write


def claim(write: Write, sent_at: object) -> None:
    services.advance(write, user=write.user, leaving=Outcome.PREPARED, outcome=Outcome.SENDING, sent_at=sent_at)


def outcome(write: Write) -> str:
    return Write.objects.get(key=write.key).outcome


def test_no_request_lasts_as_long_as_it_takes_to_call_a_write_lost() -> None:
    assert 2 * timedelta(seconds=Limits().total) <= services.LOST_AFTER


@pytest.mark.parametrize(
    "address",
    [
        "/c/main/activity/",
        "/c/main/activity/?format=csv",
        "/c/main/activity/?format=json",
        "/c/main/activity/{key}/",
        "/c/main/customers/cus_1/",
    ],
)
def test_every_page_that_shows_a_lost_write_calls_it_unknown(
    address: str, signed_in: Client, lost: Write, recorder: RecordingServer
) -> None:
    recorder.routes = {"/v1/customers/cus_1": reply(200, {"uuid": "cus_1", "name": "Acme"})}
    page = signed_in.get(address.format(key=lost.key))
    text = page.getvalue().decode()
    assert re.search(r"\bunknown\b(?!</option>)", text)
    assert outcome(lost) == "unknown"
    assert Event.objects.filter(kind="write.unknown").count() == 1
    assert list(trail.problems()) == []


def test_a_write_whose_process_may_live_is_left_alone(
    signed_in: Client, main: Connection, ada: User, recorder: RecordingServer
) -> None:
    write = prepared(main, ada, "Acme", "cus_1")
    claim(write, timezone.now() - services.LOST_AFTER + 10 * SECOND)
    call_command("settle_activity", stdout=io.StringIO())
    assert "This is being sent" in signed_in.get(f"/c/main/activity/{write.key}/").content.decode()
    signed_in.get("/c/main/activity/")
    assert outcome(write) == "sending"


def test_the_command_settles_at_once_where_no_server_runs(main: Connection, ada: User, recorder) -> None:
    first, second = prepared(main, ada, "Acme"), prepared(main, ada, "Bolt")
    claim(first, timezone.now())
    out = io.StringIO()
    call_command("settle_activity", "--older-than", "0", stdout=out)
    assert out.getvalue() == "1 write(s) settled.\n"
    assert (outcome(first), outcome(second)) == ("unknown", "prepared")


def test_sending_a_lost_write_again_sends_nothing_and_check_is_offered(
    visitor: Browser, lost: Write, recorder: RecordingServer
) -> None:
    page = visitor.open(f"/c/main/activity/{lost.key}/")
    assert "The server stopped before ChartMogul's response arrived." in page.alert
    visitor.client.post(f"/c/main/activity/{lost.key}/send/")
    assert recorder.requests == []
    assert outcome(lost) == "unknown"


def test_an_answer_that_comes_after_all_finds_its_row_settled(
    main: Connection, ada: User, recorder: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was thought dead, such as one on a machine that slept, changes nothing that was said meanwhile."""
    write = prepared(main, ada, "Acme")
    real = ChartMogulClient.send

    def slow(client: ChartMogulClient, request: object) -> object:
        services.settle_all(older_than=timedelta(0))
        return real(client, request)

    monkeypatch.setattr(ChartMogulClient, "send", slow)
    recorder.routes = {"/v1/customers": reply(201, {"uuid": "cus_2"})}
    assert services.send(write, ChartMogulClient.of(main), user=ada)
    assert outcome(write) == "unknown"
    assert services.send(write, ChartMogulClient.of(main), user=ada) is False
    assert len(recorder.requests) == 1
    assert list(trail.problems()) == []
