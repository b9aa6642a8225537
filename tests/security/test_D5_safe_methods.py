"""D5: looking at a page changes nothing, neither at ChartMogul nor here."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.pages import page_of
from tests.security.routes import PUBLIC, every_route

# What a look may write: the session, the directory of names, which is a cache, and when ChartMogul was called.
MAY_WRITE = {"django_session", "resources_entry", "connections_traffic"}
WRITES = re.compile(r'^\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)"?', re.IGNORECASE)
SCHEMA = re.compile(r"^\s*(?:CREATE|DROP|ALTER)\b", re.IGNORECASE)


def written(queries: CaptureQueriesContext) -> set[str]:
    assert not [query for query in queries if SCHEMA.match(query["sql"])]
    return {match[1] for query in queries if (match := WRITES.match(query["sql"]))}


@pytest.fixture
def uuids(sandbox) -> dict[str, str]:
    import requests

    def first(path: str, key: str) -> str:
        return requests.get(f"{sandbox.url}/v1/{path}", auth=("sandbox", ""), timeout=5).json()[key][0]["uuid"]

    return {
        "customers": first("customers", "entries"),
        "data_sources": first("data_sources", "data_sources"),
        "plans": first("plans", "plans"),
        "plan_groups": first("plan_groups", "plan_groups"),
        "invoices": first("invoices", "invoices"),
    }


def test_D5_a_crawl_of_every_page_writes_nothing(signed_in: Client, box, sandbox, uuids):
    waiting = [route.path for route in every_route(slug="box")]
    for resource, uuid in uuids.items():
        slug = resource.replace("_", "-")
        waiting += [f"/c/box/{slug}/{uuid}/"]
        waiting += [f"/c/box/{slug}/{operation}/?uuid={uuid}" for operation in ("get", "update", "delete")]
    seen: set[str] = set()
    followed: set[str] = set()
    with CaptureQueriesContext(database) as queries:
        while waiting:
            address = waiting.pop(0)
            if address in seen or address.startswith("/static/") or address in ("/accounts/logout/",):
                continue
            seen.add(address)
            answer = signed_in.get(address)
            assert answer.status_code < 500, address
            if answer.status_code in (301, 302):
                waiting.append(urljoin(address, answer["Location"]))
            elif "html" in answer.get("Content-Type", ""):
                for link in page_of(answer).all("a"):
                    there = urlsplit(urljoin(address, link.get("href").partition("#")[0]))
                    # Records are alike: some of each kind are enough.
                    shape = re.sub(r"[a-z]+_[0-9a-f-]{30,}", "*", there.path) + "?" * bool(there.query)
                    if not there.netloc and sum(shape == known for known in followed) == 0:
                        followed.add(shape)
                        waiting.append(there.path + (f"?{there.query}" if there.query else ""))
    assert len(seen) >= 60
    assert {request.method for request in sandbox.requests} == {"GET"}
    assert written(queries) <= MAY_WRITE
    assert PUBLIC & seen


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_D5_nor_do_the_other_safe_methods(method: str, signed_in: Client, box, sandbox):
    with CaptureQueriesContext(database) as queries:
        for route in every_route(slug="box"):
            assert signed_in.generic(method, route.path).status_code < 500
    assert {request.method for request in sandbox.requests} <= {"GET"}
    assert written(queries) <= MAY_WRITE
