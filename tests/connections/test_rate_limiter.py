"""The rate limit of a connection with real processes and threads, as the server sees it."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connections import process_identity
from connections.models import Connection
from tests.conftest import make_connection
from tests.processes import Process
from tests.servers import Behaviour, RecordingServer, hang, reply

PEOPLE, BACKGROUND = "people", "background"


class Meter:
    """Notes when calls came in and how many were under way; each takes `seconds`."""

    def __init__(self, seconds: float, behaviour: Behaviour | None = None) -> None:
        self.seconds = seconds
        self.came: list[float] = []
        self.under_way = self.most_under_way = 0
        self._behaviour = behaviour or reply(200, {})
        self._lock = threading.Lock()

    def __call__(self, sock: Any, stopping: threading.Event) -> bool:
        with self._lock:
            self.came.append(time.monotonic())
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        stopping.wait(self.seconds)
        with self._lock:
            # Before the answer, for whoever has got it may send the next call at once.
            self.under_way -= 1
        return self._behaviour(sock, stopping)

    def keeps_to(self, rate: float, at_once: int) -> bool:
        """Whether no call came earlier than such a rate allows, counted from the first one: a busy machine may let
        calls arrive together that left one after another, but none before its time. That no second holds more is shown
        on a clock of its own in test_budget.py."""
        return all(count <= at_once + rate * (came - self.came[0]) for count, came in enumerate(self.came))

    @property
    def per_second(self) -> float:
        return (len(self.came) - 1) / (self.came[-1] - self.came[0])


Start = Callable[..., Process]


@pytest.fixture
def start(shared: Callable[[], str]) -> Iterator[Start]:
    """A function that starts a process, which waits for `together`. Create all connections before the first process."""
    addresses: list[str] = []
    with contextlib.ExitStack() as started:

        def begin(work: str, first: Any, origin: str, **arguments: Any) -> Process:
            addresses[:] = addresses or [shared()]
            environment = os.environ | {
                "DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings",
                "DATABASE_URL": addresses[0],
                "CHARTMOGUL_API_URL": origin,
            }
            what = [work, json.dumps(first), json.dumps(arguments)]
            return started.enter_context(Process("tests.connections.caller", *what, environment=environment))

        yield begin


def together(*processes: Process) -> None:
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def result(process: Process) -> Any:
    return json.loads(process.stdout.readline())


@pytest.fixture
def stored(transactional_db: None) -> Connection:
    return make_connection("Main")


@pytest.mark.parametrize(("seconds", "at_least"), [(0.02, 60), (0.8, 30)], ids=["quick", "slow"])
def test_all_processes_together_keep_to_40_a_second_and_20_at_a_time(start, stored, seconds, at_least):
    meter = Meter(seconds)
    with RecordingServer(meter) as server:
        people = {"pk": stored.pk, "path": PEOPLE, "background": False, "threads": 10}
        processes = [start("call_for", 2.2, server.origin, **people) for _ in range(3)]
        together(*processes)
        results = [result(process) for process in processes]
    met = [what for each in results for what in each["met"]]
    assert set(met) == {"ok"}
    assert len(met) > at_least
    left = sorted(moment for each in results for moment in each["left"])
    assert len(left) == len(meter.came)
    # A little less than the second that they keep to, for moments are stored in milliseconds.
    assert max(sum(1 for other in left if 0 <= other - moment < 1.029) for moment in left) <= 40
    assert meter.keeps_to(rate=40, at_once=40)
    assert meter.most_under_way <= 20


def test_background_work_alone_reaches_its_rate_and_no_more(start, stored):
    meter = Meter(0.02)
    with RecordingServer(meter) as server:
        background = {"pk": stored.pk, "path": BACKGROUND, "background": True, "threads": 4}
        processes = [start("call_for", 3, server.origin, **background) for _ in range(2)]
        together(*processes)
        met = [what for process in processes for what in result(process)["met"]]
    assert set(met) == {"ok"}
    # The rate that is reached when nothing else runs is a figure of the bench.
    assert meter.per_second >= 0.75 * 25
    assert meter.keeps_to(rate=25, at_once=25)


def test_background_work_is_four_calls_at_a_time(start, stored):
    meter = Meter(0.3)
    with RecordingServer(meter) as server:
        background = {"pk": stored.pk, "path": BACKGROUND, "background": True, "threads": 4}
        processes = [start("call_for", 1, server.origin, **background) for _ in range(2)]
        together(*processes)
        met = [what for process in processes for what in result(process)["met"]]
    assert set(met) == {"ok"}
    assert meter.most_under_way == 4


def test_people_do_not_wait_for_background_work(start, stored):
    people_meter, background_meter = Meter(0.1), Meter(0.1)
    with RecordingServer(routes={"/v1/people": people_meter, "/v1/background": background_meter}) as server:
        background = start("call_for", 2, server.origin, pk=stored.pk, path=BACKGROUND, background=True, threads=8)
        people = start("call_for", 2, server.origin, pk=stored.pk, path=PEOPLE, background=False, threads=1)
        together(background, people)
        took = sorted(result(people)["took"])
        assert set(result(background)["met"]) == {"ok"}
    assert took[len(took) // 2] < 0.1 + 0.15
    assert len(background_meter.came) > 20


def test_background_work_stands_back_while_people_take_everything(start, stored):
    people_meter, background_meter = Meter(0.02), Meter(0.02)
    with RecordingServer(routes={"/v1/people": people_meter, "/v1/background": background_meter}) as server:
        background = start("call_for", 2, server.origin, pk=stored.pk, path=BACKGROUND, background=True, threads=4)
        people = start("call_for", 2.5, server.origin, pk=stored.pk, path=PEOPLE, background=False, threads=16)
        together(background, people)
        assert set(result(people)["met"]) == {"ok"}
        result(background)
    # Its threads come in once before people have taken everything, and once after people have ended.
    assert len(background_meter.came) <= 8
    assert people_meter.per_second > 0.7 * 36


def test_two_connections_have_a_budget_each(start, stored):
    other = make_connection("Other")
    meters = Meter(0.02), Meter(0.02)
    with RecordingServer(routes={"/v1/one": meters[0], "/v1/two": meters[1]}) as server:
        work = {"background": False, "threads": 10}
        one = start("call_for", 2, server.origin, pk=stored.pk, path="one", **work)
        two = start("call_for", 2, server.origin, pk=other.pk, path="two", **work)
        together(one, two)
        result(one)
        result(two)
    assert [meter.per_second > 0.6 * 36 for meter in meters] == [True, True]


@pytest.mark.parametrize(("background", "threads"), [(False, 20), (True, 4)], ids=[PEOPLE, BACKGROUND])
def test_the_slots_of_a_killed_process_come_back(start, stored, background, threads):
    meter = Meter(0, hang())
    with RecordingServer(meter) as server:
        work = {"pk": stored.pk, "background": background}
        killed = start("call_for", 9, server.origin, path=PEOPLE, threads=threads, **work)
        before, after = (start("try_turns", [2], server.origin, lasts=60, **work) for _ in range(2))
        together(killed)
        deadline = time.monotonic() + 10
        while len(meter.came) < threads and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        together(before)
        assert result(before) == [False]
        killed.kill()
        together(after)
        assert result(after) == [True]


class TestHolders:
    """Who holds a slot, by its name."""

    def test_this_process_is_alive(self):
        assert not process_identity.is_dead(process_identity.new_name())

    def test_one_that_ended_is_not_nor_one_that_got_its_number(self):
        place, number, began, rest = process_identity.new_name().split(".")
        assert process_identity.is_dead(f"{place}.{2**22 + 1}.{began}.{rest}")
        assert process_identity.is_dead(f"{place}.{number}.{int(began) - 1}.{rest}")

    @pytest.mark.parametrize(
        "name", ["", "...", "slot 1", "elsewhere.1.2.x", "elsewhere.999999.2.x", f"{process_identity.here()}.x.y.z"]
    )
    def test_of_others_nothing_is_known(self, name):
        assert not process_identity.is_dead(name)


def test_E5_one_429_stops_the_calls_of_all_processes(start, stored):
    refusal = Meter(0, reply(429, headers={"Retry-After": "1"}))
    meter = Meter(0.02)
    waiting = [refusal]

    def behave(sock: Any, stopping: threading.Event) -> bool:
        # The eleventh call, when all threads are at it.
        chosen = waiting.pop() if waiting and len(meter.came) >= 10 else meter
        return chosen(sock, stopping)

    with RecordingServer(behave) as server:
        work = {"pk": stored.pk, "path": PEOPLE, "threads": 4}
        processes = [start("call_for", 2, server.origin, background=background, **work) for background in (0, 1)]
        together(*processes)
        met = [what for process in processes for what in result(process)["met"]]
    assert set(met) == {"ok"}
    (refused_at,) = refusal.came
    # What was under way already, it could not stop.
    assert [came for came in meter.came if 0.3 < came - refused_at < 1] == []
    assert [came for came in meter.came if came - refused_at > 1] != []
