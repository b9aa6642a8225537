"""What the review shows is what goes out: of every module that writes, byte for byte."""

import pytest

from resources.operations import WriteOperation
from resources.registry import OPERATIONS
from tests.pages import Browser
from tests.resources.test_mission import CASES, address, filled
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
