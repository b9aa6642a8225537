"""How soon people see a page: its largest contentful paint, relative to the end of the server's response."""

import shutil
import statistics
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from connections.models import Connection
from tests.bench import big_account, site
from tests.bench.figures import Figure, Settings
from tests.bench.lists import LATENCY, LIST, ratio

READ = (LIST, f"{LIST}?limit=200", "/c/main/invoices/list/", "/c/main/data-sources/list/")
"""Pages that wait for ChartMogul."""
LEFT = "/healthz"
"""The page before each of them. Chromium paints the page that is left once more while the next response arrives."""
OWN = ("/c/main/", "/c/main/activity/", "/c/main/customers/create/", "/c/main/invoices/import/", "/connections/")
LOADS = 7
# The end of the response and the last candidate for the largest paint, once nothing is loading.
PAINTED = """() => new Promise((done) => {
    const [{ responseEnd }] = performance.getEntriesByType("navigation");
    new PerformanceObserver((list) => done([responseEnd, list.getEntries().at(-1).startTime]))
        .observe({ type: "largest-contentful-paint", buffered: true });
})"""


def figures(settings: Settings) -> Iterator[Figure]:
    connection = Connection(name="Main", kind="live")
    connection.set_credential("bench")
    connection.save()
    session = site.signed_in()
    with (
        big_account.running(5_000, LATENCY) as upstream,
        site.running(upstream) as address,
        sync_playwright() as playwright,
    ):
        chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(base_url=address)
        context.add_cookies([{"name": "session", "value": session, "domain": urlsplit(address).hostname, "path": "/"}])
        page = context.new_page()
        yield worst("largest paint / answer, pages that wait for ChartMogul", page, READ)
        yield worst("largest paint / answer, pages of our own", page, OWN)
        browser.close()


def worst(name: str, page: Page, addresses: tuple[str, ...]) -> Figure:
    found = []
    for address in addresses:
        answers, paints = zip(*(painted(page, address) for _ in range(LOADS + 1)), strict=True)
        # Leave out the first one, which loads what the others have cached.
        answer, paint = statistics.median(answers[1:]), statistics.median(paints[1:])
        found.append((paint / answer, f"{name}: {address} ({paint:.0f} ms / {answer:.0f} ms)"))
    measured, words = max(found)
    return ratio(words, measured, 1.5)


def painted(page: Page, address: str) -> tuple[float, float]:
    page.goto(LEFT)
    page.goto(address, wait_until="networkidle")
    answer, paint = page.evaluate(PAINTED)
    return answer, paint
