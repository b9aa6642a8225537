"""D5: looking at a page changes nothing, neither at ChartMogul nor here.

That a GET does not is looked at on the walk of test_B1_C6_D2_D5_walk.py."""

import re

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.security.routes import every_route

# What a look may write: the session, the directory of names, which is a cache, and when ChartMogul was called.
MAY_WRITE = {"django_session", "resources_entry", "connections_traffic"}
WRITES = re.compile(r'^\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)"?', re.IGNORECASE)
SCHEMA = re.compile(r"^\s*(?:CREATE|DROP|ALTER)\b", re.IGNORECASE)


def tables_written(queries: CaptureQueriesContext) -> set[str]:
    assert not [query for query in queries if SCHEMA.match(query["sql"])]
    return {match[1] for query in queries if (match := WRITES.match(query["sql"]))}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_D5_nor_do_the_other_safe_methods(method: str, signed_in: Client, box, sandbox):
    with CaptureQueriesContext(database) as queries:
        for route in every_route(slug="box"):
            assert signed_in.generic(method, route.path).status_code < 500
    assert {request.method for request in sandbox.requests} <= {"GET"}
    assert tables_written(queries) <= MAY_WRITE


def test_HEAD_is_answered_as_GET_is(signed_in: Client, box, sandbox):
    """But for the page of calls of one's own, which takes GET and POST alone (A5)."""
    for route in every_route(slug="box"):
        if route.name == "api_call":
            continue
        asked = signed_in.head(route.path).status_code
        assert asked == signed_in.get(route.path).status_code, route.path
