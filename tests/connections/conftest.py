"""Fixtures for the tests of connections."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from connections.client import ChartMogulClient, close_sessions
from connections.transport import Limits
from tests.servers import RecordingServer, reply

TOKEN = "canary-0123456789abcdef-key-4f2a"
SECRET_KEY = "canary-secret-fedcba9876543210"
PONG = {"data": "pong!"}
ACCOUNT = {
    "id": "acc_93b06efd-30f0-2153-890f-709a64cf8292",
    "name": "Example Test Company",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "week_start_on": "sunday",
}
# The default limits made a hundred times smaller, so that a test of waiting takes no time.
QUICK = Limits(connect=0.3, read=0.3, total=0.6, backoff_first=0.01, backoff_cap=0.08)


class Timer:
    """A clock that advances only by sleeping, and a record of the sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.sleeps: list[float] = []

    def clock(self) -> float:
        return self.now

    def wall_clock(self) -> float:
        return self.now + 1_700_000_000

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def _no_idle_connections() -> Iterator[None]:
    yield
    close_sessions()


@pytest.fixture
def signed_in(client: Client, django_user_model: Any) -> Client:
    """Django's test client, signed in as an owner with a password."""
    client.force_login(django_user_model.objects.create_superuser("ada", password="correct horse battery staple"))
    return client


@pytest.fixture
def chartmogul(settings: Any) -> Iterator[RecordingServer]:
    """The upstream of connections of kind live: a server with one account."""
    with RecordingServer(routes={"/v1/ping": reply(200, PONG), "/v1/account": reply(200, ACCOUNT)}) as server:
        settings.API_ORIGINS = {"live": server.origin, "sandbox": "http://127.0.0.1:1"}
        yield server


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def make_client(timer: Timer) -> Callable[..., ChartMogulClient]:
    """A function that makes a client whose sleeps take no time. `real_time` is for tests that wait on a socket."""

    def make(origin: str, *, real_time: bool = False, **options: Any) -> ChartMogulClient:
        options.setdefault("limits", QUICK if real_time else Limits())
        if not real_time:
            options.update(clock=timer.clock, wall_clock=timer.wall_clock)
        return ChartMogulClient(origin, TOKEN, SECRET_KEY, sleep=timer.sleep, **options)

    return make
