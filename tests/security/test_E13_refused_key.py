"""E13: a key that was revoked at ChartMogul is told once, pauses what runs in the background, and is not tried again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.upstream_status import upstream_status_of
from resources.directory.models import Entry
from resources.sync import services
from resources.sync.models import State, Sync
from tests.connections.conftest import ACCOUNT, PONG
from tests.pages import Browser
from tests.resources.sync.test_sync import SameThread
from tests.servers import RecordingServer, reply

NONE = {"has_more": False, "cursor": None}
LISTS = {f"/v1/{name}": reply(200, {name: [], **NONE}) for name in ("data_sources", "plans", "plan_groups", "invoices")}
REVOKED = reply(401, {"message": "No valid API key provided"})
ROWS = [reply(200, {"entries": [{"uuid": "cus_1"}], "cursor": "next", "has_more": True}), REVOKED]
REST = reply(200, {"entries": [{"uuid": "cus_2"}], **NONE})


@pytest.fixture
def paused(main, recorder: RecordingServer, monkeypatch, transactional_db) -> Sync:
    """A sync during which the key was revoked."""
    monkeypatch.setattr(services, "ThreadPoolExecutor", SameThread)
    recorder.routes, recorder.script = dict(LISTS), list(ROWS)
    sync = services.ask(main)
    services.work(sync.pk)
    return Sync.objects.get()


def look_again() -> int:
    """What a worker does every 20 s, after so long that whatever it called for is forgotten."""
    Sync.objects.update(rung_at=timezone.now() - timedelta(hours=1))
    return services.ring_what_is_due()


def test_E13_a_reading_is_paused_and_nothing_more_is_sent(paused: Sync, main, recorder, visitor: Browser):
    assert (paused.state, paused.is_paused, paused.leased_until) == (State.WAITING, True, None)
    assert paused.problem.endswith("(status 401). It continues once the key is accepted again.")
    standing = upstream_status_of(main)
    assert standing
    assert standing.what == "key_refused"
    sent = len(recorder.requests)
    assert recorder.paths.count("/v1/customers") == 2
    for _ in range(3):
        assert look_again() == 0
        services.work(paused.pk)
    assert len(recorder.requests) == sent
    assert Sync.objects.get().is_paused
    page = visitor.open("/c/main/directory/")
    assert "Paused" in page.text
    assert "Failed" not in page.text
    assert len(page.page.all(data_standing="key_refused")) == 1
    assert len(visitor.open("/c/main/").page.all(data_standing="key_refused")) == 1
    assert len(recorder.requests) == sent


@pytest.mark.parametrize("how", ["a person's call succeeds", "a new key"])
def test_E13_it_goes_on_from_there_once_the_key_is_accepted(how: str, paused: Sync, recorder, visitor: Browser):
    recorder.routes |= {"/v1/ping": reply(200, PONG), "/v1/account": reply(200, ACCOUNT | {"name": "Example"})}
    if how == "a new key":
        visitor.open("/connections/main/key/").fill("Token", "another-key-0000-9z9z").press("Test and replace")
    else:
        visitor.open("/connections/main/").press("Test the key")
    recorder.script = [REST]
    assert look_again() == 1
    services.work(paused.pk)
    sync = Sync.objects.get()
    assert (sync.state, sync.problem) == (State.DONE, "")
    (rest,) = [request for request in recorder.requests if request.path == "/v1/customers"][2:]
    assert rest.query == "per_page=200&cursor=next"
    assert set(Entry.objects.filter(resource="customers").values_list("uuid", flat=True)) == {"cus_1", "cus_2"}
