"""A crawl of every page that a person can reach: all routes, all kinds of links, records of every kind."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.test import Client

from sandbox.server import SandboxServer
from tests.pages import page_of
from tests.security.routes import every_route

LISTS = {
    "customers": "entries",
    "data_sources": "data_sources",
    "plans": "plans",
    "plan_groups": "plan_groups",
    "invoices": "invoices",
}
SIGNS_OUT = {"/accounts/logout/"}


def first_records(sandbox: SandboxServer, key: str = "sandbox") -> dict[str, str]:
    """Return the UUID of the first record of each kind that has pages, by the path of its list."""

    def first(path: str, rows: str) -> str:
        return requests.get(f"{sandbox.url}/v1/{path}", auth=(key, ""), timeout=5).json()[rows][0]["uuid"]

    return {path: first(path, rows) for path, rows in LISTS.items()}


def crawl(client: Client, slug: str, records: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Request every page and yield each address with its response."""
    waiting = [route.path for route in every_route(slug=slug)]
    for resource, uuid in records.items():
        pages = f"/c/{slug}/{resource.replace('_', '-')}"
        waiting += [f"{pages}/{uuid}/", *(f"{pages}/{each}/?uuid={uuid}" for each in ("get", "update", "delete"))]
    seen: set[str] = set()
    followed: set[str] = set()
    while waiting:
        address = waiting.pop(0)
        if address in seen or address.startswith("/static/") or address in SIGNS_OUT:
            continue
        seen.add(address)
        answer = client.get(address)
        yield address, answer
        if answer.status_code in (301, 302):
            waiting.append(urljoin(address, answer["Location"]))
        elif "html" in answer.get("Content-Type", ""):
            for link in page_of(answer).all("a"):
                there = urlsplit(urljoin(address, link.get("href").partition("#")[0]))
                # The pages of records are alike, so follow only one link of each shape.
                shape = re.sub(r"[a-z]+_[0-9a-f-]{30,}", "*", there.path) + "?" * bool(there.query)
                if not there.netloc and shape not in followed:
                    followed.add(shape)
                    waiting.append(there.path + (f"?{there.query}" if there.query else ""))
