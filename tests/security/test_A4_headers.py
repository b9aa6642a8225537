"""Headers of a free call: an allow-list of names, and values of one printable line."""

import pytest
from django.test import Client

from activity.models import Write
from tests.pages import page_of
from tests.servers import RecordingServer, reply

PAGE = "/c/main/api-call/"
HOSTILE = {
    "CR LF in a value": ("Accept", "text/plain\r\nX-Evil: 1"),
    "LF in a value": ("Accept", "text/plain\nX-Evil: 1"),
    "CR in a value": ("Accept", "text/plain\rX-Evil: 1"),
    "LF at the end": ("Accept", "text/plain\n"),
    "blank at the front": ("Accept", " text/plain"),
    "not Latin-1": ("Accept", "日本"),
    "more than 8 KB": ("Accept", "a" * 8_193),
    "colon in a name": ("Accept: x", "1"),
    "blank in a name": ("Accept ", "1"),
    "LF in a name": ("Accept\nX-Evil", "1"),
    "Host": ("Host", "evil.test"),
    "authorization": ("authorization", "Bearer x"),
    "COOKIE": ("COOKIE", "session=1"),
    "Proxy-Authorization": ("Proxy-Authorization", "Basic eDp5"),
    "proxy-connection": ("proxy-connection", "keep-alive"),
    "X-Forwarded-For": ("X-Forwarded-For", "127.0.0.1"),
    "x-forwarded-host": ("x-forwarded-host", "evil.test"),
    "Transfer-Encoding": ("Transfer-Encoding", "chunked"),
    "content-length": ("content-length", "0"),
    "Connection": ("Connection", "Upgrade"),
    "X-HTTP-Method-Override": ("X-HTTP-Method-Override", "DELETE"),
    "User-Agent": ("User-Agent", "x"),
}


@pytest.mark.parametrize(("name", "value"), HOSTILE.values(), ids=HOSTILE)
def test_A4_a_hostile_header_is_refused_beside_its_row(
    name: str, value: str, signed_in: Client, main, recorder: RecordingServer
):
    sent = {"url": "/v1/plans", "headers-0-key": name, "headers-0-value": value}
    answers = [signed_in.get(PAGE, sent | {"method": "GET"})]
    answers += [signed_in.post(PAGE, sent | {"method": method}) for method in ("GET", "PATCH")]
    for answer in answers:
        assert answer.status_code == 422
        page = page_of(answer)
        wrong = [box for box in page.all("input") if box.get("aria-invalid") == "true"]
        assert [box["name"] for box in wrong] in (["headers-0-key"], ["headers-0-value"])
        assert page.one(id=f"{wrong[0]['id']}_error").text
    assert recorder.connections == 0
    assert not Write.objects.exists()


def test_a_header_given_twice_is_refused(signed_in: Client, main, recorder: RecordingServer):
    rows = {"headers-0-key": "Accept", "headers-0-value": "a", "headers-1-key": "ACCEPT", "headers-1-value": "b"}
    answer = signed_in.get(PAGE, {"url": "/v1/plans", **rows})
    assert answer.status_code == 422
    assert page_of(answer).one(id="id_headers-1-key_error").text == "This header is given twice."
    assert recorder.connections == 0


def test_an_allowed_header_goes_out_and_the_key_with_it(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [reply(200, {})]
    rows = {"headers-0-key": "accept-language", "headers-0-value": "de", "headers-1-key": "X-Request-Id"}
    signed_in.get(PAGE, {"url": "/v1/plans", **rows, "headers-1-value": "abc 1"})
    (request,) = recorder.requests
    assert request.headers["accept-language"] == "de"
    assert request.headers["x-request-id"] == "abc 1"
    assert request.headers["authorization"].startswith("Basic ")
    assert request.headers["host"] == f"127.0.0.1:{recorder.port}"
