"""E10: whatever ChartMogul answers, the page says what it was in words, with status and request id."""

from itertools import product

import pytest
from django.test import Client

from activity.models import Write
from tests.pages import Browser
from tests.security.gathering import cases
from tests.servers import raw, reply, truncated

UUID = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
ID = {"X-Request-Id": "req-0123456789"}


def body(content: bytes, content_type: str = "application/json"):
    return reply(200, body=content, headers=ID, content_type=content_type)


BROKEN = {
    "truncated": truncated(),
    "empty": body(b""),
    "html": body(b"<!DOCTYPE html><h1>Oops</h1>", "text/html"),
    "invalid utf-8": body(b'{"uuid": "cus_1", "name": "\xff\xfe"}'),
    "nan": body(b'{"uuid": "cus_1", "mrr": NaN, "entries": []}'),
    "depth": body(b'{"entries": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    "duplicate keys": body(b'{"entries": [], "entries": []}'),
    "wrong types": body(b'{"entries": "none", "uuid": 5, "name": []}'),
    "missing fields": body(b"{}"),
    "list for object": body(b'[{"uuid": "cus_1"}]'),
    "half a surrogate": body(b'{"uuid": "cus_1", "entries": ["\\ud800"]}'),
    "a number": body(b"5"),
}
WITHOUT_ID = {"truncated"}
READING = (
    "/c/main/customers/list/",
    f"/c/main/customers/get/?uuid={UUID}",
    f"/c/main/customers/{UUID}/",
    f"/c/main/customers/update/?uuid={UUID}",
)


@pytest.fixture
def forgiving(visitor: Browser) -> Client:
    visitor.client.raise_request_exception = False
    return visitor.client


def test_E10_a_reading_page_says_what_came(visitor: Browser, forgiving, main, recorder, quick):
    with cases() as case:
        for address, (name, answer) in product(READING, BROKEN.items()):
            with case(address, name):
                recorder.routes = {"/v1/customers": answer, f"/v1/customers/{UUID}": answer}
                page = visitor.open(address)
                assert page.status == 200
                assert page.h1
                assert "status 200" in page.alert
                assert name in WITHOUT_ID or "request ID req-0123456789" in page.alert


def test_E10_a_picker_says_it_too(forgiving, main, recorder, quick):
    with cases() as case:
        for typed, (name, answer) in product(("", "x", UUID), BROKEN.items()):
            with case(typed, name):
                recorder.routes = {"/v1/customers": answer, f"/v1/customers/{UUID}": answer}
                shown = forgiving.get("/c/main/pickers/customers/", {"q": typed})
                assert shown.status_code == 200
                assert "The search at ChartMogul failed:" in shown.content.decode()


def test_E10_the_search_says_it_too(visitor: Browser, main, recorder, quick):
    with cases() as case:
        for name, answer in BROKEN.items():
            with case(name):
                recorder.routes = {"/v1/customers": answer}
                visitor.open("/c/main/search/?q=nobody")
                assert "The search at ChartMogul failed:" in visitor.text
                assert "Nothing found" not in visitor.text


def test_E10_after_a_send_there_is_a_page_and_no_second_request(visitor: Browser, forgiving, main, recorder, quick):
    with cases() as case:
        for name, answer in BROKEN.items():
            with case(name):
                recorder.requests.clear()
                recorder.routes = {"/v1/data_sources": answer}
                page = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").press("Send")
                assert page.status == 200
                assert [request.method for request in recorder.requests] == ["POST"]
                write = Write.objects.get()
                # What can be read was accepted, for it was a 2xx; of the rest nobody knows.
                assert write.outcome in ("accepted", "unknown")
                assert write.status == 200
                if write.outcome == "unknown":
                    assert "Outcome unknown." in page.alert
                    assert "status 200" in page.alert


@pytest.mark.parametrize(
    "answer", [raw(b""), raw(b"nonsense\r\n\r\n"), raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}")]
)
def test_E10_what_is_not_even_http_is_said(answer, visitor: Browser, forgiving, main, recorder, quick):
    recorder.routes = {"/v1/customers": answer}
    page = visitor.open("/c/main/customers/list/")
    assert page.status == 200
    assert page.alert
