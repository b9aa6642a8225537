"""The review shows what will be sent: for every module that writes, byte for byte."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from connections.roles import Role
from resources.operations import WriteOperation
from resources.registry import OPERATIONS
from tests.pages import Browser
from tests.people import somebody
from tests.resources.mission import CASES, address, filled
from tests.servers import Recorded, RecordingServer, reply

WRITING = [key for key, case in CASES.items() if case.method != "GET"]
# Markup, signs of more than one byte, blanks at both ends, line ends of every kind, escapes that are no escapes.
AWKWARD = (
    '\n{ "name":\t"</pre><b>&amp; \u2028 \\u00e9 \\/ Zoë 🦊 \\"quoted\\"",\r\n\n  "n": 1.50e0,  "name": "twice" } \n'
)


def block(page: Browser, part: str) -> str | None:
    """A part of the page's request, to the letter."""
    found = page.page.all("pre", id=f"request-{part}")
    return found[0].raw_text if found else None


def sent(recorder: RecordingServer) -> Recorded:
    (request,) = (request for request in recorder.requests if request.method != "GET")
    return request


def on_the_wire(request: Recorded) -> tuple[str, str | None]:
    target = f"{request.path}?{request.query}" if request.query else request.path
    return f"{request.method} {target}", request.body.decode() or None


def test_every_module_that_writes_is_here():
    writing = {key for key, operation in OPERATIONS.items() if isinstance(operation, WriteOperation)}
    assert {*writing, "api_call"} <= set(WRITING)


@pytest.mark.parametrize("key", WRITING)
def test_the_review_shows_the_bytes_of_the_wire(key: str, visitor: Browser, main, recorder: RecordingServer):
    page = filled(visitor, key, recorder).press("Review")
    shown = (block(page, "line"), block(page, "body"))
    headers = [line.split(": ", 1) for line in (block(page, "headers") or "").splitlines()]
    page.confirm()
    request = sent(recorder)
    assert on_the_wire(request) == shown
    assert all(request.headers[name.lower()] == value for name, value in headers)
    # Afterwards the page of the write tells the same.
    page.open(f"{address('activity')}{main.writes.get().key}/")
    assert (block(page, "line"), block(page, "body")) == shown


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_call_of_ones_own_is_shown_and_sent_to_the_letter(method: str, visitor: Browser, main, recorder):
    recorder.script = [reply(200, {})]
    page = visitor.open(address("api_call")).fill("URL", "/v1/customers/a.b~c/x").fill("Method", method)
    page.fill("Body", AWKWARD.replace("\r\n", "\n").replace("\n", "\r\n"))
    page.fill("Key", "a b[]", within=page.rows("Query String")[0])
    page.fill("Value", "é&=+%2F#", within=page.rows("Query String")[0]).press("Review")
    shown = (block(page, "line"), block(page, "body"))
    page.confirm()
    assert on_the_wire(sent(recorder)) == shown


def test_a_name_cannot_turn_the_review_round(visitor: Browser, main, recorder):
    page = visitor.open("/c/main/data-sources/create/").fill("Name", "good\u202ednuf").press("Review")
    assert '"name":"good\\u202ednuf"' in (block(page, "body") or "")
    assert page.table("What is sent, in words")[0]["After"] == "good\\u202ednuf"
    recorder.script = [reply(200, {"uuid": "ds_1", "name": "x"})]
    page.confirm()
    assert sent(recorder).body.decode() == '{"name":"good\u202ednuf"}'


class TestDiscarding:
    def review(self, page: Browser, name: str = "New") -> str:
        page.open("/c/main/data-sources/create/").fill("Name", name).press("Review")
        assert page.h1 == "Review: Create a Data Source"
        return page.url

    def test_it_ends_the_review_and_nothing_is_sent(self, visitor: Browser, main, recorder):
        review = self.review(visitor)
        visitor.press("Discard")
        assert "Discarded. Nothing was sent." in visitor.notice
        assert "discarded, ada" in visitor.text
        assert "Send" not in [button.text for button in visitor.page.all("button")]
        # Not by hand either, as from a tab in which the review is still open.
        visitor.client.post(f"{review}send/")
        assert recorder.requests == []
        assert visitor.open(review).follow("Back to the form, with your entries kept").field("Name")["value"] == "New"

    def test_it_is_put_away_from_activity_and_found_where_it_is_asked_for(self, visitor: Browser, main, recorder):
        recorder.routes = {"POST /v1/data_sources": reply(201, {"uuid": "ds_1", "name": "Kept"})}
        self.review(visitor, "Kept")
        visitor.press("Send")
        self.review(visitor, "Unfinished")
        self.review(visitor, "Mistaken")
        visitor.press("Discard")
        rows = visitor.open("/c/main/activity/").table("Writes")
        assert [row["Outcome"] for row in rows] == ["Not sent yet", "Accepted"]
        visitor.open("/c/main/activity/").fill("Outcome", "Discarded, not sent").press("Filter")
        assert [row["Record"] for row in visitor.table("Writes")] == ["Mistaken"]
        visitor.fill("Outcome", "Any").press("Filter")
        assert len(visitor.table("Writes")) == 3
        assert len(visitor.open("/c/main/activity/?person=ada").table("Writes")) == 2

    def test_only_who_prepared_it_may(self, visitor: Browser, main, recorder):
        review = self.review(visitor)
        other = somebody(Role.ADMINISTRATOR, main, "ida")
        assert "Discard" not in [button.text for button in other.open(review).page.all("button")]
        assert other.client.post(f"{review}discard/").status_code == 404
        assert main.writes.get().outcome == "prepared"

    def test_what_was_sent_meanwhile_is_not_discarded(self, visitor: Browser, main, recorder):
        recorder.routes = {"POST /v1/data_sources": reply(201, {"uuid": "ds_1", "name": "New"})}
        review = self.review(visitor)
        visitor.client.post(f"{review}send/")
        visitor.press("Discard")
        assert "Too late: this has already been sent." in visitor.text
        assert main.writes.get().outcome == "accepted"

    def test_what_waits_for_a_second_person_is_withdrawn_instead(self, visitor: Browser, main, recorder):
        main.second_person = True
        main.save()
        page = visitor.open("/c/main/api-call/").fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", "{}")
        review = page.press("Review").url
        visitor.client.post(f"{review}ask/")
        # From a tab in which the review is still open.
        page.press("Discard")
        assert "This waits for another manager. Withdraw it instead." in page.text
        assert [write.is_waiting for write in main.writes.all()] == [True]
        page.fill("Reason for withdrawing", "A slip").press("Withdraw")
        assert "Withdrawn. Nothing was sent." in page.success
        assert "Withdrawn. ada withdrew this. Nothing was sent. A slip" in page.text
        assert "withdrawn, ada" in page.page.one("ul", class_="trail").text
        assert not [word for word in ("eclined", "efused", "Not carried out") if word in page.text]
        assert main.writes.get().outcome == "discarded"
        # Others were asked about it, so that it is not put away from their sight.
        (row,) = page.open("/c/main/activity/").table("Writes")
        assert row["Outcome"] == "Withdrawn, not sent"
        assert page.fill("Outcome", "Withdrawn, not sent").press("Filter").table("Writes") == [row]

    def test_the_brake_does_not_keep_anybody_from_it(self, visitor: Browser, main, recorder):
        review = self.review(visitor)
        visitor.client.post("/connections/main/safety/", {"read_only": "on", "read_only_reason": "Audit"})
        visitor.open(review).press("Discard")
        assert main.writes.get().outcome == "discarded"


def test_what_was_reviewed_more_than_a_day_ago_is_reviewed_anew(visitor: Browser, ada, main, recorder: RecordingServer):
    recorder.routes = {"POST /v1/data_sources": reply(201, {"uuid": "ds_1", "name": "New"})}
    review = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").url
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        visitor.client.force_login(ada)
        # From a tab in which the review is still open.
        visitor.press("Send")
        assert "Nothing was sent: this was reviewed more than a day ago." in visitor.text
        assert recorder.requests == []
        assert "Send" not in [button.text for button in visitor.open(review).page.all("button")]
        assert visitor.table("What would have been sent")[0]["After"] == "New"
        assert "as it will go out" not in visitor.text
        other = somebody(Role.ADMINISTRATOR, main, "ida").open(review)
        assert "Nothing was sent, and this was reviewed more than a day ago." in other.text
        assert "can continue with it" not in other.text
        visitor.follow("Back to the form, with your entries kept").press("Review").press("Send")
    assert on_the_wire(sent(recorder)) == ("POST /v1/data_sources", '{"name":"New"}')
    assert [write.outcome for write in main.writes.order_by("prepared_at")] == ["prepared", "accepted"]


def test_what_waits_for_a_second_person_may_wait_for_days(main, recorder: RecordingServer):
    main.second_person = True
    main.save()
    first, second = somebody(Role.MANAGER, main, "max"), somebody(Role.MANAGER, main, "mia")
    call = first.open("/c/main/api-call/").fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", "{}")
    review = call.press("Review").url
    call.press("Request approval")
    recorder.script = [reply(201, {})]
    with time_machine.travel(timezone.now() + timedelta(days=4), tick=True):
        second.client.force_login(User.objects.get(username="mia"))
        second.open(review).press("Approve and send")
    assert on_the_wire(sent(recorder)) == ("POST /v1/plans", "{}")
