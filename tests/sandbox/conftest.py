from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer

# The dates in the tests are close to this day.
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


class Caller(requests.Session):
    """An authenticated client that calls a server by path: `caller("GET", "/v1/ping")`."""

    def __init__(self, server: SandboxServer) -> None:
        super().__init__()
        self.auth = ("sandbox", "")
        self.trust_env = False
        self.server = server

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.request(method, self.server.url + path, timeout=options.pop("timeout", 5), **options)

    def make(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST the body, which must succeed, and return the JSON of the answer."""
        response = self("POST", path, json=body)
        assert response.ok, response.text
        return response.json()


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """A separate server for each test, with the seed in memory."""
    with SandboxServer(rate_limit=None, now=lambda: TODAY) as running:
        yield running


@pytest.fixture
def call(server: SandboxServer) -> Iterator[Caller]:
    with Caller(server) as caller:
        yield caller


@pytest.fixture(scope="module")
def seeded() -> Iterator[Caller]:
    """A server for tests that only read the seed."""
    with SandboxServer(rate_limit=None) as running, Caller(running) as caller:
        yield caller


@pytest.fixture
def source(call: Caller) -> str:
    return call.make("/v1/data_sources", {"name": "Test source"})["uuid"]


@pytest.fixture
def customer(call: Caller, source: str) -> str:
    return call.make("/v1/customers", {"data_source_uuid": source, "external_id": "c-1", "name": "Ada"})["uuid"]


@pytest.fixture
def plan(call: Caller, source: str) -> str:
    body = {"data_source_uuid": source, "name": "Monthly", "interval_count": 1, "interval_unit": "month"}
    return call.make("/v1/plans", body)["uuid"]


@pytest.fixture
def invoice_body(plan: str) -> Callable[..., dict[str, Any]]:
    """A function that makes the body of an invoice with one subscription line; keywords change the invoice."""

    def build(**changes: Any) -> dict[str, Any]:
        row = {
            "type": "subscription",
            "subscription_external_id": "s-1",
            "plan_uuid": plan,
            "service_period_start": "2026-10-01",
            "service_period_end": "2026-11-01",
            "amount_in_cents": 5000,
        }
        return {"external_id": "i-1", "date": "2026-10-01", "currency": "EUR", "line_items": [row]} | changes

    return build
