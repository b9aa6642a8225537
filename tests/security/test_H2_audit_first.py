"""H1, H2: a write is written down before it leaves, and where it cannot be written down it does not leave."""

import pytest
from django.db import DatabaseError

from activity import services, trail
from activity.models import Event, Write
from tests.pages import Browser
from tests.servers import Recorded, reply


@pytest.fixture
def review(visitor: Browser, main) -> Browser:
    return visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review")


def test_H1_the_row_says_sending_when_the_request_leaves(review: Browser, recorder, monkeypatch):
    states = []
    real = services.ChartMogulClient.send

    def watched(client, request):
        states.append((Write.objects.get().outcome, Event.objects.filter(kind="write.sending").count()))
        return real(client, request)

    monkeypatch.setattr(services.ChartMogulClient, "send", watched)
    recorder.routes = {"/v1/data_sources": reply(201, {"uuid": "ds_1", "name": "New"})}
    review.press("Send")
    assert states == [("sending", 1)]
    assert Write.objects.get().outcome == "accepted"
    assert [request.method for request in recorder.requests] == ["POST"]


def test_H2_without_a_trail_nothing_is_sent(review: Browser, recorder, monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError("read-only")

    monkeypatch.setattr(trail, "add", broken)
    review.client.raise_request_exception = False
    assert review.press("Send").status >= 500
    assert recorder.requests == []
    assert Write.objects.get().outcome == "prepared"


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(reply(201, {"uuid": "ds_1"}), "accepted"), (reply(422, {"errors": {"name": "no"}}), "refused"),
     (reply(500), "unknown"), (reply(403), "refused"), (reply(302), "unknown")],
)  # fmt: skip
def test_H1_every_end_is_one_event_with_who_and_what(behaviour, outcome: str, review: Browser, recorder, ada, quick):
    recorder.routes = {"/v1/data_sources": behaviour}
    review.press("Send")
    kinds = list(Event.objects.filter(kind__startswith="write.").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["write.prepared", "write.sending", f"write.{outcome}"]
    write = Write.objects.get()
    assert (write.username, write.connection_name, write.method, write.path) == (
        "ada",
        "Main",
        "POST",
        "/v1/data_sources",
    )
    sent: Recorded = recorder.requests[0]
    assert bytes(write.body) == sent.body
