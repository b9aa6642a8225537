"""How concurrent requests in one process share the interpreter."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse

from connections import concurrency
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from tests.conftest import QUICK
from tests.servers import reply

PLENTY = 10.0
"""Seconds: far more than anything here takes."""
A_MOMENT = 0.05
"""Seconds within which what is not held up would have happened."""


class Request:
    """One that is worked on until it is told to go on: to wait for somebody else, and then to answer."""

    def __init__(self, submit: Callable[..., object]) -> None:
        self.began, self.asked, self.answered = threading.Event(), threading.Event(), threading.Event()
        self._steps = threading.Semaphore(0)
        submit(concurrency.limit_concurrency(self._work), None)

    def go_on(self) -> None:
        self._steps.release()

    def _work(self, request: object) -> HttpResponse:
        self.began.set()
        self._wait()
        with concurrency.while_waiting():
            self.asked.set()
            self._wait()
        self.answered.set()
        return HttpResponse()

    def _wait(self) -> None:
        assert self._steps.acquire(timeout=PLENTY)


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Request]]:
    """A function that starts a request, in a process that works on two at a time and lets others wait indefinitely."""
    monkeypatch.setattr(concurrency, "AT_ONCE", 2)
    monkeypatch.setattr(concurrency, "LONGEST", PLENTY)
    monkeypatch.setattr(concurrency, "IDLE_WITHIN", PLENTY)
    found = []
    with ThreadPoolExecutor(8) as executor:

        def submit(*work):
            found.append(executor.submit(*work))

        yield lambda: Request(submit)
    for future in found:
        assert future.result() is not None


def test_who_waits_for_somebody_else_lets_the_next_one_in(begin):
    first, second = begin(), begin()
    assert first.began.wait(PLENTY)
    assert second.began.wait(PLENTY)
    third = begin()
    assert not third.began.wait(A_MOMENT)
    first.go_on()
    assert third.began.wait(PLENTY)
    # What the first one waited for is there, and two others are at work.
    first.go_on()
    assert not first.answered.wait(A_MOMENT)
    for request in (second, second, third, third):
        request.go_on()
    assert first.answered.wait(PLENTY)


def test_a_turn_that_does_not_come_is_taken(begin, monkeypatch):
    busy = [begin(), begin()]
    for request in busy:
        assert request.began.wait(PLENTY)
    monkeypatch.setattr(concurrency, "LONGEST", 0.0)
    third = begin()
    assert third.began.wait(PLENTY)
    for request in (*busy, third) * 2:
        request.go_on()


def test_what_nobody_waits_for_is_done_once_nobody_is_at_work(begin, monkeypatch):
    cleared_up = threading.Event()

    def clear_up():
        with concurrency.when_idle():
            cleared_up.set()

    request = begin()
    assert request.began.wait(PLENTY)
    thread = threading.Thread(target=clear_up)
    thread.start()
    assert not cleared_up.wait(A_MOMENT)
    request.go_on()
    request.go_on()
    assert cleared_up.wait(PLENTY)
    thread.join()

    # Nor does it wait for ever where somebody always is.
    request = begin()
    assert request.began.wait(PLENTY)
    monkeypatch.setattr(concurrency, "IDLE_WITHIN", 0.0)
    cleared_up.clear()
    clear_up()
    assert cleared_up.is_set()
    request.go_on()
    request.go_on()


def test_after_an_exception_the_next_one_has_its_turn(begin, monkeypatch):
    monkeypatch.setattr(concurrency, "AT_ONCE", 1)

    def fails(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        concurrency.limit_concurrency(fails)(None)
    request = begin()
    assert request.began.wait(PLENTY)
    request.go_on()
    request.go_on()


def test_who_waits_for_chartmogul_is_away_from_the_first_try_to_the_last(recorder):
    """Or a call would leave later than its turn in the connection's budget, and end later than it did."""
    at_work: list[int] = []
    recorder.script = [reply(503, {}), reply(200, {"data": "pong!"})]

    def look(seconds: float) -> None:
        at_work.append(concurrency._threads.working)

    def view(request: object) -> HttpResponse:
        client = ChartMogulClient(recorder.origin, "key", limits=QUICK, sleep=look)
        at_work.append(concurrency._threads.working)
        assert client.send(ApiRequest(method="GET", path="/v1/ping")).data == {"data": "pong!"}
        at_work.append(concurrency._threads.working)
        return HttpResponse()

    concurrency.limit_concurrency(view)(None)
    assert at_work == [1, 0, 1]
    assert concurrency._threads.working == 0
