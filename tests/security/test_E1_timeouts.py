"""E1: a ChartMogul that hangs makes its own page wait, so long and no longer, and no other page."""

import itertools
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from activity.models import Write
from sandbox.server import SandboxServer
from tests.browser.site import Site, running
from tests.pages import Browser
from tests.servers import hang, hang_after_headers


@pytest.mark.parametrize("behaviour", [hang, hang_after_headers])
@pytest.mark.parametrize("address", ["/c/main/customers/list/", "/c/main/customers/cus_1/"])
def test_E1_a_page_answers_within_the_limits(behaviour, address: str, visitor: Browser, main, recorder, quick):
    recorder.routes = {"/v1/customers": behaviour(), "/v1/customers/cus_1": behaviour()}
    began = time.monotonic()
    page = visitor.open(address)
    # The limits are those that are shipped, a hundred times smaller; what is on top is our own work.
    assert time.monotonic() - began < quick.total + 2
    assert page.status == 200
    assert "in time" in page.alert or "did not respond within" in page.alert


def test_E1_a_write_that_hangs_is_unknown_and_not_repeated(visitor: Browser, main, recorder, quick):
    recorder.routes = {"/v1/data_sources": hang()}
    page = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").press("Send")
    assert "Outcome unknown." in page.alert
    assert [request.method for request in recorder.requests] == ["POST"]
    assert Write.objects.get().outcome == "unknown"


@pytest.fixture(scope="module")
def upstream() -> Iterator[SandboxServer]:
    with SandboxServer(rate_limit=None) as server:
        yield server


@pytest.fixture(scope="module")
def site(upstream: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(Site(tmp_path_factory.mktemp("site"), upstream.url, threads=16)) as site:
        yield site


@pytest.mark.xdist_group("site")
def test_E1_other_pages_answer_while_one_hangs(site: Site, upstream: SandboxServer):
    cookies = site.sign_in().cookies
    upstream.faults.add(path="/v1/customers", hang=True, times=None)
    hanging = [
        threading.Thread(target=lambda: _quietly(f"{site.address}/c/main/customers/list/", cookies), daemon=True)
        for _ in range(8)
    ]
    upstream.requests.clear()
    for thread in hanging:
        thread.start()
    arrived = itertools.takewhile(lambda _: len(upstream.requests) < len(hanging), itertools.count())
    for _ in arrived:
        assert any(thread.is_alive() for thread in hanging)
        time.sleep(0.01)
    took = []
    for path in (
        "/c/main/",
        "/c/main/customers/create/",
        "/connections/",
        "/c/main/data-sources/list/",
        "/healthz",
    ) * 3:
        began = time.monotonic()
        assert requests.get(site.address + path, cookies=cookies, timeout=30).status_code == 200
        took.append(time.monotonic() - began)
    assert sorted(took)[len(took) // 2] < 0.5
    upstream.faults.clear()


def _quietly(address: str, cookies: requests.cookies.RequestsCookieJar) -> None:
    # The site is stopped while these still wait.
    try:
        requests.get(address, cookies=cookies, timeout=120)
    except requests.RequestException:
        return
