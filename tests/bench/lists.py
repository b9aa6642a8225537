"""Lists as people get them: whole pages of the product in its production setup, with a large account upstream."""

import gzip
import random
import re
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from urllib.parse import urljoin

import chartmogul

from connections.models import Connection
from tests.bench import big_account, site
from tests.bench.figures import Figure, Settings, at_most, p95, shown

ROWS = 200
ROUNDS = 40
PEOPLE = 20
CLICKS = 10
LATENCY = 0.1
PAUSE = 2.0
"""Seconds between two clicks of one person, on average."""
LIST = "/c/main/customers/list/"
KILOBYTE = 1024
PULLED = re.compile(r"""@import url\("([^"]+)"\)|(?:import|from) ?"(\./[^"]+)\"""")
ON_DEMAND = re.compile(r"""^ *"(?P<selector>[^"]+)": import\.meta\.resolve\("(?P<module>[^"]+)"\)""", re.MULTILINE)
"""A module that static/js/app.js loads if the page has an element that matches the selector."""
NAME = re.compile(r"[a-z][a-z-]+")


def figures(settings: Settings) -> Iterator[Figure]:
    connection = Connection(name="Main", kind="live")
    connection.set_credential("bench")
    connection.save()
    # Several people, each with their own share of the account's calls: a single one would be throttled.
    sessions = [site.signed_in(f"person {number}") for number in range(PEOPLE)]
    with big_account.running(5_000) as upstream, site.running(upstream) as address:
        yield beside_the_official_client(upstream, address, sessions)
        yield first_load(address, sessions[0])
    with big_account.running(5_000, LATENCY) as upstream, site.running(upstream, threads=16, workers=2) as address:
        yield from together(address, sessions)


def beside_the_official_client(upstream: str, address: str, sessions: list[str]) -> Figure:
    """Compare the page of 200 customers with the official client's call that returns them, alternating."""
    config = chartmogul.Config("bench")
    config.uri = f"{upstream}/v1"
    browsers = cycle([site.Visitor(session) for session in sessions[:3]])
    ours, theirs = [], []
    for number in range(ROUNDS + 5):
        page = site.seconds(next(browsers), f"{address}{LIST}?limit={ROWS}")
        began = time.perf_counter()
        found = chartmogul.Customer.all(config, per_page=ROWS).get().entries
        official = time.perf_counter() - began
        if len(found) != ROWS:
            raise RuntimeError(f"The client returned {len(found)} customers.")
        # Leave out the first few: the caches of both sides are empty.
        if number >= 5:
            ours.append(page)
            theirs.append(official)
    page, official = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    name = f"list of {ROWS} customers, page / official client ({page:.1f} ms / {official:.1f} ms)"
    return ratio(name, page / official, 1.0)


def ratio(name: str, measured: float, target: float) -> Figure:
    return Figure(name=name, measured=f"{measured:.2f}", target=f"<= {shown(target, '')}", met=measured <= target)


def together(address: str, sessions: list[str]) -> Iterator[Figure]:
    """Measure 20 people: all clicking at the same moment, and each at random moments."""
    browsers = [site.Visitor(session) for session in sessions]
    start = threading.Barrier(PEOPLE)

    def click(browser: site.Visitor) -> float:
        start.wait()
        return site.seconds(browser, f"{address}{LIST}")

    def work(person: int) -> list[float]:
        choose = random.Random(person)
        taken = []
        for _ in range(CLICKS):
            time.sleep(choose.uniform(0, 2 * PAUSE))
            taken.append(site.seconds(browsers[person], f"{address}{LIST}"))
        return taken

    with ThreadPoolExecutor(PEOPLE) as executor:
        # Warm up twice: at first the caches are empty, and one worker is still starting while the other one answers.
        # It gets none of the first connections, but its share of the second ones.
        for _ in range(2):
            list(executor.map(click, [site.Visitor(session) for session in sessions]))
        at_once = []
        for _ in range(CLICKS):
            # Without the pause this would mostly measure the wait for ChartMogul's 40 calls per second.
            time.sleep(PAUSE)
            at_once += executor.map(click, browsers)
        spread = [taken for some in executor.map(work, range(PEOPLE)) for taken in some]
    yield ratio(f"{PEOPLE} people clicking in the same moment, p95 / upstream latency", p95(at_once) / LATENCY, 3)
    yield ratio(f"{PEOPLE} people, a click each {PAUSE:g} s or so, p95 / upstream latency", p95(spread) / LATENCY, 3)


def first_load(address: str, session: str) -> Figure:
    """Measure the bytes on the wire of a list's page and all files that it loads, for a browser with an empty cache."""
    browser = site.Visitor(session)
    page, size = fetched(browser, f"{address}{LIST}")
    waiting = [urljoin(address, found) for found in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)]
    seen: set[str] = set()
    while waiting:
        there = waiting.pop()
        if there not in seen:
            seen.add(there)
            text, more = fetched(browser, there)
            size += more
            waiting += [urljoin(there, found) for pair in PULLED.findall(text) for found in pair if found]
            waiting += [urljoin(there, found["module"]) for found in ON_DEMAND.finditer(text) if holds(page, found)]
    return at_most(f"first load of a list, packed, {len(seen)} files with it", size / KILOBYTE, 60, "KB")


def holds(page: str, found: re.Match[str]) -> bool:
    """Return whether the page has an element or an attribute with a name from the selector."""
    return any(re.search(rf"[<\s]{name}[\s=>]", page) for name in NAME.findall(found["selector"]))


def fetched(browser: site.Visitor, address: str) -> tuple[str, int]:
    headers, body = browser.get(address)
    text = gzip.decompress(body) if headers["Content-Encoding"] == "gzip" else body
    return text.decode("utf-8", "replace"), len(body)
