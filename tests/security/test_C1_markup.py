"""C1: markup in what ChartMogul answers is text on every page that shows it."""

import json
from pathlib import Path

from django.test import Client
from django.utils.html import escape

from activity.models import Write
from tests.pages import parse
from tests.security.gathering import cases
from tests.servers import RecordingServer, reply

PAYLOADS = json.loads((Path(__file__).parents[1] / "data" / "xss_payloads.json").read_text())
UUID = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
OWN_SCRIPTS = ("/static/",)
AT_ONCE = 9
"""Fewer than a picker offers."""


def record(payload: str, uuid: str = UUID) -> dict[str, object]:
    return {
        "uuid": uuid,
        payload: payload,
        "name": payload,
        "email": payload,
        "company": payload,
        "external_id": payload,
        "status": payload,
        "country": payload,
        "currency": payload,
        "mrr": payload,
        "data_source_uuid": payload,
        "customer-since": payload,
        "billing-system-type": payload,
        "billing-system-url": payload,
        "website_url": payload,
        "chartmogul-url": f"https://example.com/{payload}",
        "owner": [payload, {payload: payload}],
        "attributes": {"tags": [payload], "custom": {payload: payload, "x": [payload]}, payload: {payload: payload}},
    }


def is_clean(html: str, *payloads: str) -> None:
    """The payloads made no element, no attribute and no address of a script."""
    assert html
    for element in parse(html).walk():
        assert element.tag not in ("iframe", "math", "object", "style", "base")
        if element.tag == "svg":
            assert "alert" not in element.raw_text
        if element.tag == "script":
            assert element.get("src").startswith(OWN_SCRIPTS)
            assert not element.raw_text.strip()
        if element.tag == "img":
            assert element.get("src").startswith(OWN_SCRIPTS)
        for name, value in element.attributes.items():
            assert not name.startswith("on"), element.attributes
            assert name != "srcdoc"
            assert not (
                name in ("href", "src", "action") and value.lower().lstrip().startswith(("javascript:", "data:"))
            )
            assert not (name == "hx-get" and value == "/")
    assert [payload for payload in payloads if "<" in payload and payload in html] == []


def test_C1_no_page_shows_the_payload_as_markup(signed_in: Client, main, recorder: RecordingServer):
    assert PAYLOADS
    with cases() as case:
        for payload in PAYLOADS:
            with case(payload):
                visit_every_page(payload, signed_in, recorder)


def test_C1_no_row_shows_the_payload_as_markup(signed_in: Client, main, recorder: RecordingServer):
    """Where each record is a row or an entry of its own, many stand beside one another."""
    with cases() as case:
        for start in range(0, len(PAYLOADS), AT_ONCE):
            payloads = PAYLOADS[start : start + AT_ONCE]
            with case(start):
                visit_every_list(payloads, signed_in, recorder)


def visit_every_list(payloads: list[str], signed_in: Client, recorder: RecordingServer) -> None:
    sources = [record(payload, f"ds_{number:08d}{UUID[12:]}") for number, payload in enumerate(payloads)]
    customers = [record(payload, f"{UUID[:4]}{number:08d}{UUID[12:]}") for number, payload in enumerate(payloads)]
    recorder.routes = {
        "/v1/customers": reply(200, {"entries": customers, "has_more": False}),
        "/v1/data_sources": reply(200, {"data_sources": sources, "cursor": payloads[0], "has_more": True}),
    }
    for address in (
        "/c/main/customers/list/",
        "/c/main/data-sources/list/",
        "/c/main/pickers/customers/?q=11ee",
        "/c/main/pickers/customers/",
        "/c/main/pickers/data-sources/",
        "/c/main/search/?q=11ee",
        "/c/main/search/?q=e&ask=1",
    ):
        answer = signed_in.get(address)
        assert answer.status_code == 200, address
        html = answer.content.decode()
        assert [payload for payload in payloads if escape(payload) not in html] == [], address
        is_clean(html, *payloads)


def visit_every_page(payload: str, signed_in: Client, recorder: RecordingServer) -> None:
    entry = record(payload)
    rows = {"entries": [entry], "cursor": payload, "has_more": True}
    refusal = {"message": payload, "errors": {"name": payload, payload: [payload]}, "param": payload}
    recorder.routes = {
        "/v1/customers": reply(200, rows),
        "/v1/data_sources": reply(200, {"data_sources": [entry]}),
        f"/v1/customers/{UUID}": reply(200, entry),
    }
    pages = [
        "/c/main/customers/list/?limit=1",
        f"/c/main/customers/get/?uuid={UUID}",
        f"/c/main/customers/{UUID}/",
        f"/c/main/customers/update/?uuid={UUID}",
        f"/c/main/customers/delete/?uuid={UUID}",
    ]
    for address in pages:
        answer = signed_in.get(address)
        assert answer.status_code == 200, address
        is_clean(answer.content.decode(), payload)
    # A review, the record before it, and a refusal with its errors.
    answer = signed_in.post("/c/main/customers/delete/", {"uuid": UUID}, follow=True)
    is_clean(answer.content.decode(), payload)
    recorder.routes[f"/v1/customers/{UUID}"] = reply(422, refusal)
    key = Write.objects.get().key
    answer = signed_in.post(f"/c/main/activity/{key}/send/", follow=True)
    is_clean(answer.content.decode(), payload)
    is_clean(signed_in.get(f"/c/main/activity/{key}/").content.decode(), payload)
    is_clean(signed_in.get("/c/main/activity/").content.decode(), payload)
    # An error of a reading page, and what was typed.
    recorder.routes["/v1/customers"] = reply(400, refusal)
    for address in (
        "/c/main/customers/list/",
        f"/c/main/customers/{UUID}/",
        "/c/main/pickers/customers/?q=zz",
        "/c/main/search/?q=zz",
    ):
        is_clean(signed_in.get(address).content.decode(), payload)
    answer = signed_in.get("/c/main/customers/list/", {"external_id": payload, "status": payload, "limit": payload})
    is_clean(answer.content.decode(), payload)
    typed = {
        "name": payload,
        "tags": payload,
        "custom-0-key": payload,
        "custom-0-value": payload,
        "custom-0-type": payload,
    }
    is_clean(signed_in.post("/c/main/customers/create/", typed).content.decode(), payload)
    is_clean(signed_in.get("/c/main/moment/", {"value": payload}).content.decode(), payload)
