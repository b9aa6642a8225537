"""F1, F4: real servers, on SQLite and on PostgreSQL, in which every write goes out once or not at all, and none is lost.

F1 sends each row twice at once, out of two processes, and once more afterwards. F4 kills the server while it sends.
"""

import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from connections.budget import Budget
from tests.browser.site import Site, make_tables, running
from tests.connections.conftest import ACCOUNT, PONG
from tests.databases import fresh_database, postgresql, postgresql_programs
from tests.servers import Behaviour, RecordingServer, late, reply

pytestmark = pytest.mark.xdist_group("servers")

RUNS = 50
KILLS = 20
MASTER_KILLS = (6, 15)
"""The kills that take gunicorn as a whole; the others take its worker."""
AT_ONCE = 4
"""Writes under way when the server is killed."""
THREADS = 40
"""Of the server, and requests that it gets at once where many of them wait."""
LATE = 0.04
"""Seconds that ChartMogul takes to answer, so that most kills meet a write without its answer."""
WAYS = ("customers", "create")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def cluster(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL cluster for new databases; empty for SQLite files."""
    if request.param == "sqlite":
        yield ""
        return
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here")
    with postgresql(programs) as address:
        make_tables(fresh_database(address, "with_tables"))
        yield address


@pytest.fixture
def upstream() -> Iterator[RecordingServer]:
    with RecordingServer(routes={"/v1/ping": reply(200, PONG), "/v1/account": reply(200, ACCOUNT)}) as server:
        yield server


@pytest.fixture
def site(request: pytest.FixtureRequest, cluster: str, upstream: RecordingServer, tmp_path: Path) -> Iterator[Site]:
    database = fresh_database(cluster, f"site_of_{request.param}", like="with_tables") if cluster else ""
    options = {"database": database, "workers": request.param, "threads": THREADS}
    with running(Site(tmp_path, upstream.origin, **options)) as site:
        yield site


def review(site: Site, session: requests.Session, external_id: str) -> str:
    """Fill in a creation; the address of its review."""
    form = {"data_source_uuid": "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46", "external_id": external_id, "name": "Once"}
    answer = session.post(f"{site.address}/c/main/customers/create/", form, timeout=30, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return site.address + answer.headers["Location"]


def sent(upstream: RecordingServer) -> list[str]:
    """The external ID of each write that reached ChartMogul."""
    writes = (request for request in upstream.requests if request.method != "GET")
    return [json.loads(request.body)["external_id"] for request in writes]


def rows(site: Site, session: requests.Session) -> dict[str, str]:
    """What the trail says: the key of each write and what became of it."""
    exported = session.get(f"{site.address}/c/main/activity/?format=json", timeout=30).json()
    return {row["key"]: row["outcome"] for row in exported}


@pytest.mark.parametrize("site", [2], indirect=True, ids=["two processes"])
def test_F1_fifty_double_submits_are_fifty_requests(site: Site, upstream: RecordingServer) -> None:
    names = [f"run-{number}" for number in range(RUNS)]
    upstream.script = [
        late(0.005, reply(201, {"uuid": f"cus_{name}", "name": f"Customer of {name}"})) for name in names
    ]
    tabs = (site.sign_in(), site.sign_in())
    with ThreadPoolExecutor(len(tabs)) as threads:
        for name in names:
            page = review(site, tabs[0], name)
            barrier = threading.Barrier(len(tabs))

            def press(tab: requests.Session, barrier=barrier, page=page) -> str:
                barrier.wait()
                # What is posted along is not what is sent.
                other = {"external_id": "other", "name": "Other", "body": "{}", "path": "/v1/plans", "method": "DELETE"}
                return tab.post(f"{page}send/", other, timeout=30, allow_redirects=False).headers["Location"]

            places = {*threads.map(press, tabs), press(tabs[0], threading.Barrier(1))}
            for place in places:
                assert f"Customer of {name}" in tabs[1].get(site.address + place, timeout=30).text
    assert sent(upstream) == names
    assert {(request.method, request.path) for request in upstream.requests if request.method != "GET"} == {
        ("POST", "/v1/customers")
    }
    assert Counter(rows(site, tabs[0]).values()) == {"accepted": RUNS}


def answers() -> list[Behaviour]:
    """Four of five are accepted, each a while after it was asked."""
    behaviours = itertools.cycle([*[reply(201, {"uuid": "cus_1", "name": "Once"})] * 4, reply(422, {"error": "No"})])
    return [late(LATE, next(behaviours)) for _ in range(10 * KILLS * AT_ONCE)]


@pytest.mark.parametrize("site", [1], indirect=True, ids=["one process"])
def test_F4_a_server_killed_while_it_sends_loses_nothing_and_sends_nothing_twice(
    site: Site, upstream: RecordingServer
) -> None:
    upstream.script = answers()
    chance, session = random.Random(4), site.sign_in()
    pages = {f"kill-{number}": review(site, session, f"kill-{number}") for number in range(KILLS * AT_ONCE)}
    waiting = iter(pages.values())

    def press(page: str) -> None:
        # The server dies meanwhile, so there may be no answer.
        try:
            requests.post(
                f"{page}send/", headers=session.headers, cookies=session.cookies, timeout=30, allow_redirects=False
            )
        except requests.RequestException:
            return

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for number in range(KILLS):
            pressing = [threads.submit(press, page) for page in itertools.islice(waiting, AT_ONCE)]
            time.sleep(chance.uniform(0, 0.1))
            if number in MASTER_KILLS:
                site.kill()
                site.start()
            else:
                site.kill_workers()
            for future in pressing:
                future.result()
        in_the_middle = Counter(rows(site, session).values())
    # Each row once more, whatever became of it: those that never left go out now, no other does. As many at once as one
    # person may have under way, for a second Send waits a while for the outcome of the first.
    with ThreadPoolExecutor(Budget().person_parallel) as threads:
        list(threads.map(press, pages.values()))
    assert in_the_middle["sending"] > 0
    site.run("manage", "settle_activity", "--older-than", "0")
    outcomes = rows(site, session)
    assert set(outcomes) == {page.rstrip("/").rpartition("/")[2] for page in pages.values()}
    assert set(outcomes.values()) <= {"accepted", "refused", "unknown"}
    reached = Counter(sent(upstream))
    assert max(reached.values()) == 1
    settled = {name: outcomes[page.rstrip("/").rpartition("/")[2]] for name, page in pages.items()}
    assert all(reached[name] == 1 for name, outcome in settled.items() if outcome != "unknown")
    # A row that is unknown is not sent again.
    before = len(upstream.requests)
    for name, page in pages.items():
        if settled[name] == "unknown":
            press(page)
            assert "Outcome unknown." in session.get(page, timeout=30).text
    assert len(upstream.requests) == before
    assert rows(site, session) == outcomes
    site.run("manage", "verify_activity")
