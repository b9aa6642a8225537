"""Pickers and the search box: server time for directories of growing size."""

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
from resources.sync.models import State, Sync
from tests.bench import people
from tests.bench.figures import Figure, Settings, at_least, at_most, p95
from tests.servers import RecordingServer, reply

SIZES = (1_000, 100_000, 1_000_000)
ALLOWED = {1_000: 30, 100_000: 30, 1_000_000: 150}
"""Milliseconds."""
QUERIES = 380
PICKER, BOX = "/c/main/pickers/customers/", "/c/main/search/"
MEGABYTE = 1024


def figures(settings: Settings) -> Iterator[Figure]:
    mine, other = account("Main"), account("Other")
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("ada"))
    named = [{"uuid": uuid, "name": f"Source {number}"} for number, uuid in enumerate(people.SOURCES)]
    directory.remember(mine, SOURCES, named)
    taken, boxes = {}, {}
    have = 0
    for size in (size for size in SIZES if size <= settings.largest):
        yield from feeding(mine, other, have, size)
        have = size
        with patch("resources.views.pickers.ask"):
            taken[size] = p95(asking(client, PICKER, size))
        yield at_most(f"picker, p95 of {QUERIES} queries, {size:,} customers", taken[size], ALLOWED[size], "ms")
        boxes[size] = p95(asking(client, BOX, size))
        yield at_most(f"search box, p95 of {QUERIES} queries, {size:,} customers", boxes[size], ALLOWED[size], "ms")
    if 100_000 in taken:
        yield at_most("picker, p95 at 100,000 over p95 at 1,000", taken[100_000] / taken[1_000], 3)
        yield at_most("search box, p95 at 100,000 over p95 at 1,000", boxes[100_000] / boxes[1_000], 3)
    for name, page in (("picker", PICKER), ("search box", BOX)):
        yield at_most(f"{name}, upstream calls for a keystroke that the index answers", calls(client, page, have), 0)
    if have > 1_000:
        yield seen_again(mine)


def account(name: str) -> Connection:
    connection = Connection(name=name, kind="live")
    connection.set_credential("bench")
    connection.save()
    return connection


def feeding(mine: Connection, other: Connection, start: int, size: int) -> Iterator[Figure]:
    """Add the missing customers and a tenth as many invoices, and a tenth as many customers to another account. Yield
    the figures for large sizes."""
    customers = people.customers(size - start, start=start)
    memory, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    directory.remember(mine, CUSTOMERS, customers)
    rate = (size - start) / (time.perf_counter() - began)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / MEGABYTE
    directory.remember(mine, INVOICES, people.invoices((size - start) // 10, start=start))
    directory.remember(other, CUSTOMERS, people.customers((size - start) // 10, start=10 * SIZES[-1] + start))
    if database.vendor == "postgresql":
        # As autovacuum would do after a while.
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


def asking(client: Client, page: str, size: int) -> list[float]:
    """Return the milliseconds of each query, until the fragment is rendered."""
    for query in some(size)[:40]:
        ask(client, page, query)
    return [milliseconds(lambda query=query: ask(client, page, query)) for query in some(size)]


def ask(client: Client, page: str, query: dict[str, str]) -> bytes:
    return client.get(page, query, headers={"HX-Request": "true"}).content


def milliseconds(call) -> float:
    # As Django does between two requests.
    database.close_if_unusable_or_obsolete()
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


def calls(client: Client, page: str, size: int) -> int:
    """Return the number of requests to ChartMogul for queries that the directory can answer."""
    made = 0
    with RecordingServer(reply(404, {"error": "not found"})) as server, to(server.origin):
        for query in some(size):
            before = len(server.requests)
            hits = b"</li>" in ask(client, page, query)
            made += len(server.requests) - before if hits else 0
    return made


def to(origin: str) -> override_settings:
    return override_settings(API_ORIGINS={"live": origin, "sandbox": origin})


def seen_again(mine: Connection) -> Figure:
    count = 50_000
    # Like a worker that reads the account again.
    Sync.objects.create(connection=mine, state=State.RUNNING)
    known = list(people.customers(SIZES[1] - SIZES[0], start=SIZES[0]))[:count]
    began = time.perf_counter()
    directory.remember(mine, CUSTOMERS, known)
    rate = len(known) / (time.perf_counter() - began)
    return at_least("unchanged entries seen again, entries a second", rate, 5_000)
