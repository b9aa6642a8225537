"""Pickers and the search of the directory: time on the server, as directories grow."""

import random
import resource
import time
from collections.abc import Iterator
from unittest.mock import patch

from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client, override_settings

from connections.models import Connection
from resources.catalog.customers import RESOURCE as CUSTOMERS
from resources.catalog.data_sources import RESOURCE as SOURCES
from resources.catalog.invoices import RESOURCE as INVOICES
from resources.directory import services as directory
from resources.registry import BY_KEY
from tests.bench import people
from tests.bench.figures import Figure, Settings, at_least, at_most, p95
from tests.servers import RecordingServer, reply

SIZES = (1_000, 100_000, 1_000_000)
ALLOWED = {1_000: 30, 100_000: 30, 1_000_000: 150}
"""Milliseconds."""
QUERIES = 380
MEGABYTE = 1024


def figures(settings: Settings) -> Iterator[Figure]:
    mine, other = account("Main"), account("Other")
    client = Client()
    client.force_login(User.objects.create_user("ada"))
    named = [{"uuid": uuid, "name": f"Source {number}"} for number, uuid in enumerate(people.SOURCES)]
    directory.remember(mine, SOURCES, named)
    taken = {}
    have = 0
    for size in (size for size in SIZES if size <= settings.largest):
        yield from feeding(mine, other, have, size)
        have = size
        taken[size] = p95(asking(client, size))
        yield at_most(f"picker, p95 of {QUERIES} queries, {size:,} customers", taken[size], ALLOWED[size], "ms")
        boxes = p95(searching(mine, size))
        yield at_most(f"search over all kinds, p95, {size:,} customers", boxes, ALLOWED[size], "ms")
    if 100_000 in taken:
        yield at_most("picker, p95 at 100,000 over p95 at 1,000", taken[100_000] / taken[1_000], 3)
    yield at_most("upstream calls for a keystroke that the index answers", calls(client, have), 0)
    if have > 1_000:
        yield seen_again(mine)


def account(name: str) -> Connection:
    connection = Connection(name=name, kind="live")
    connection.set_credential("bench")
    connection.save()
    return connection


def feeding(mine: Connection, other: Connection, start: int, size: int) -> Iterator[Figure]:
    """Feeds as many customers as are missing, and a tenth as many invoices; another account gets some as well."""
    customers = people.customers(size - start, start=start)
    memory, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    directory.remember(mine, CUSTOMERS, customers)
    rate = (size - start) / (time.perf_counter() - began)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / MEGABYTE
    directory.remember(mine, INVOICES, people.invoices((size - start) // 10, start=start))
    directory.remember(other, CUSTOMERS, people.customers((size - start) // 10, start=10 * SIZES[-1] + start))
    if database.vendor == "postgresql":
        # As autovacuum does in time.
        with database.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE resources_entry")
    if size >= 100_000:
        yield at_least(
            f"feeding up to {size:,}, entries a second", rate, 5_000 if database.vendor == "sqlite" else 1_000
        )
        yield at_most(f"feeding up to {size:,}, memory", grown, 100, "MB")


def some(size: int) -> list[dict[str, str]]:
    known = list(people.customers(min(size, 1_000)))
    return list(people.queries(known, QUERIES, random.Random(size)))


def asking(client: Client, size: int) -> list[float]:
    """Milliseconds of each query, by the page as it is served. What ChartMogul would be asked is left out."""
    with patch("resources.views.pickers.ask"):
        for query in some(size)[:40]:
            client.get("/c/main/pickers/customers/", query)
        return [
            milliseconds(lambda query=query: client.get("/c/main/pickers/customers/", query)) for query in some(size)
        ]


def searching(mine: Connection, size: int) -> list[float]:
    return [
        milliseconds(lambda typed=query["q"]: directory.search_kinds(mine, BY_KEY, typed, 5)) for query in some(size)
    ]


def milliseconds(call) -> float:
    # As between two requests: SQLite is opened anew for each.
    database.close_if_unusable_or_obsolete()
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


def calls(client: Client, size: int) -> int:
    """Requests that ChartMogul gets for text that the directory has an answer to."""
    made = 0
    with RecordingServer(reply(404, {"error": "not found"})) as server, to(server.origin):
        for query in some(size):
            before = len(server.requests)
            answer = client.get("/c/main/pickers/customers/", query)
            made += (len(server.requests) - before) if b'role="option"' in answer.content else 0
    return made


def to(origin: str) -> override_settings:
    return override_settings(API_ORIGINS={"live": origin, "sandbox": origin})


def seen_again(mine: Connection) -> Figure:
    count = 50_000
    known = list(people.customers(SIZES[1] - SIZES[0], start=SIZES[0]))[:count]
    began = time.perf_counter()
    directory.remember(mine, CUSTOMERS, known)
    rate = len(known) / (time.perf_counter() - began)
    return at_least("unchanged entries seen again, entries a second", rate, 5_000)
