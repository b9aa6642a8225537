"""Make an API Call never asks another host, nor the connection's own host outside of /v1/."""

import json
import re
from itertools import cycle
from pathlib import Path

import pytest
from django.test import Client

from activity.models import Write
from connections.models import Connection
from tests.pages import page_of
from tests.security.gathering import cases
from tests.servers import RecordingServer, reply

PATHS = json.loads((Path(__file__).parents[1] / "data" / "hostile_paths.json").read_text())
PAGE = "/c/main/api-call/"


other_ways = cycle(["download", "GET", "POST", "DELETE"])


def refuses(client: Client, recorder: RecordingServer, url: str) -> None:
    """The page says what is wrong with a URL, and no socket is opened: by the page's address, and by another way in
    which one comes in. All ways lead to the same form, so they take turns."""
    way = next(other_ways)
    if way == "download":
        other = client.get(PAGE, {"url": url, "download": "1"})
    else:
        other = client.post(PAGE, {"url": url, "method": way})
    for answer in (client.get(PAGE, {"url": url, "method": "GET"}), other):
        assert answer.status_code == 422
        # Hundreds of pages: matched as text, which costs a tenth of parsing them.
        html = answer.content.decode()
        (box,) = re.findall(r'<input\b[^>]*? name="url"[^>]*>', html)
        assert ' aria-invalid="true"' in box
        (problem,) = re.findall(r'<[^>]* id="id_url_error"[^>]*>(.*?)</', html, re.DOTALL)
        assert re.sub(r"<[^>]*>", "", problem).strip()
    assert recorder.connections == 0
    assert not Write.objects.exists()


def test_A1_A2_there_are_enough_inputs():
    assert len(set(PATHS["elsewhere"])) >= 60
    assert len(set(PATHS["above"])) >= 15


def test_A1_no_url_leads_to_another_host(signed_in: Client, main, recorder, elsewhere):
    with cases() as case:
        for url in PATHS["elsewhere"]:
            with case(url):
                recorder.connections = elsewhere.connections = 0
                there = url.replace("{evil}", f"127.0.0.1:{elsewhere.port}").replace("{port}", str(elsewhere.port))
                refuses(signed_in, recorder, there)
                assert elsewhere.connections == 0


def test_A2_no_url_leads_out_of_v1(signed_in: Client, main, recorder):
    with cases() as case:
        for url in PATHS["above"]:
            with case(url):
                recorder.connections = 0
                refuses(signed_in, recorder, url)


@pytest.mark.parametrize(
    ("typed", "path", "query"),
    [
        ("/v1/plans", "/v1/plans", ""),
        ("/v1/customers/cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b", None, ""),
        ("/v1/~a/b.c-d_e", None, ""),
        ("/v1/" + "a/" * 10 + "b", None, ""),
        ("/v1/" + "a" * 1_995, None, ""),
        ("/v1/customers/search?email=a%40b.test&x=", "/v1/customers/search", "email=a%40b.test&x="),
        ("/v1/plans?next=//evil.test/../..", "/v1/plans", "next=%2F%2Fevil.test%2F..%2F.."),
    ],
)
def test_A1_A2_what_is_allowed_arrives_as_it_was_typed(typed, path, query, signed_in, main: Connection, recorder):
    recorder.script = [reply(200, {"plans": []})]
    assert signed_in.post(PAGE, {"url": typed, "method": "GET"}, follow=True).status_code == 200
    (request,) = recorder.requests
    assert (request.method, request.path, request.query) == ("GET", path or typed, query)
    assert request.headers["host"] == f"127.0.0.1:{recorder.port}"


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("plans", "/v1/plans"),
        ("/plans", "/v1/plans"),
        ("v1/plans", "/v1/plans"),
        ("/v1/plans/", "/v1/plans"),
        ("https://api.chartmogul.com/v1/customers/cus_1", "/v1/customers/cus_1"),
        ("/data_sources/ds_1", "/v1/data_sources/ds_1"),
    ],
)
def test_A1_A2_a_near_miss_is_told_the_path_that_was_meant(typed, better, signed_in, main):
    page = page_of(signed_in.get(PAGE, {"url": typed}))
    assert page.one(id="id_url_error").text.endswith(f". Did you mean {better}?")
