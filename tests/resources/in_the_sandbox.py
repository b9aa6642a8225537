"""Helpers for tests of writes to the sandbox: its records, the requests that it got, and a form filled in for it."""

from typing import Any

import requests

from sandbox.server import SandboxServer
from tests.pages import Browser

CREATE = "/c/box/customers/create/"
UPDATE = "/c/box/customers/update/"
DELETE = "/c/box/customers/delete/"


def ask(sandbox: SandboxServer, path: str, **query: str) -> Any:
    """GET a path of the sandbox and return its JSON, without an entry in the sandbox's log of requests."""
    answer = requests.get(f"{sandbox.url}/v1/{path}", query, auth=("sandbox", ""), timeout=5).json()
    sandbox.requests.pop()
    return answer


def customer(sandbox: SandboxServer, external_id: str) -> dict[str, Any]:
    return ask(sandbox, "customers", external_id=external_id)["entries"][0]


def source(sandbox: SandboxServer, name: str = "Sandbox billing") -> str:
    return ask(sandbox, "data_sources", name=name)["data_sources"][0]["uuid"]


def writes(sandbox: SandboxServer) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in sandbox.requests if request.method != "GET"]


def fill_create(page: Browser, sandbox: SandboxServer, external_id: str = "new-1") -> Browser:
    return page.open(CREATE).fill("Data Source", source(sandbox)).fill("External ID", external_id)
