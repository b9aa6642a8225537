"""Methods of a free call: the five, spelled as they are; and a GET of the page never writes."""

import pytest
from django.test import Client

from activity.models import Write
from tests.pages import page_of
from tests.servers import RecordingServer, reply

PAGE = "/c/main/api-call/"
JUNK = [
    "TRACE",
    "CONNECT",
    "OPTIONS",
    "HEAD",
    "get",
    "Post",
    "GET ",
    " GET",
    "G\tET",
    "POST\r\nX: 1",
    "",
    "PROPFIND",
    "X" * 99,
]


@pytest.mark.parametrize("method", JUNK, ids=ascii)
def test_A5_any_other_method_is_refused(method: str, signed_in: Client, main, recorder: RecordingServer):
    for answer in (
        signed_in.get(PAGE, {"url": "/v1/plans", "method": method}),
        signed_in.post(PAGE, {"url": "/v1/plans", "method": method}),
    ):
        assert answer.status_code == 422
        assert page_of(answer).one(id="id_method_error").text
    assert recorder.connections == 0
    assert not Write.objects.exists()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_get_of_the_page_never_writes(method: str, signed_in: Client, main, recorder: RecordingServer):
    answer = signed_in.get(PAGE, {"url": "/v1/plans", "method": method, "body": "{}", "download": "1"})
    assert answer.status_code == 200
    assert page_of(answer).one("input", name="url")["value"] == "/v1/plans"
    assert recorder.connections == 0
    assert not Write.objects.exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "HEAD"])
def test_the_page_itself_takes_get_and_post_alone(method: str, signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [reply(200, {})]
    answer = signed_in.generic(method, f"{PAGE}?url=/v1/plans", b"")
    assert answer.status_code == 405
    assert recorder.connections == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_run_leads_a_write_to_its_review(method: str, visitor, main, recorder: RecordingServer):
    page = visitor.open(PAGE).fill("URL", "/v1/plans").fill("Method", method).press("Run")
    assert page.h1 == "Review: Make an API Call"
    assert recorder.connections == 0
    recorder.script = [reply(200, {})]
    page.confirm()
    assert [(request.method, request.path) for request in recorder.requests] == [(method, "/v1/plans")]
