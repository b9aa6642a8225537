"""Reading whole accounts: calls, rate and memory, with a worker in a separate process."""

import math
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection as database
from django.test import override_settings

from connections.budget import Budget
from resources.directory.models import Entry
from resources.services import PER_PAGE
from resources.sync import services
from resources.sync.models import State, Sync
from tests.account import BigAccount
from tests.bench import people
from tests.bench.figures import Figure, Settings, at_least, at_most
from tests.conftest import make_connection

ROOT = Path(__file__).resolve().parents[2]
SIZES = (10_000, 100_000)
LEASE = 30


@dataclass(frozen=True, kw_only=True)
class Reading:
    count: int
    came: list[float]
    fetched: int
    known: int
    state: str
    megabytes: int

    @property
    def most_in_a_second(self) -> int:
        most, first = 0, 0
        for last, moment in enumerate(self.came):
            while moment - self.came[first] >= 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    @property
    def per_second(self) -> float:
        return (len(self.came) - 1) / (self.came[-1] - self.came[0])


def address() -> str:
    found = database.settings_dict
    if database.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return f"postgres://{found['USER']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def read(count: int) -> Reading:
    records: list[dict[str, Any]] = list(islice(people.customers(count), count))
    with BigAccount(customers=(count, records.__getitem__)) as account:
        for first in range(0, count, PER_PAGE):
            # Generate the pages in advance: the server shares the two cores with what is measured.
            account.page("customers", first, PER_PAGE)
        with override_settings(API_ORIGINS={"live": account.url, "sandbox": account.url}):
            connection = make_connection(f"Account of {count}")
            sync = services.ask(connection)
        environment = os.environ | {"DATABASE_URL": address(), "CHARTMOGUL_API_URL": account.url}
        command = [sys.executable, "-m", "tests.sync_worker", str(sync.pk), str(LEASE)]
        worker = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
        of_customers = {first: calls for (name, first), calls in account.fetched.items() if name == "customers"}
        return Reading(
            count=count,
            came=account.came,
            fetched=sum(of_customers.values()),
            known=Entry.objects.filter(connection=connection, resource="customers").count(),
            state=Sync.objects.get(pk=sync.pk).state,
            megabytes=int(worker.stdout.split()[-1]),
        )


def figures(settings: Settings) -> Iterable[Figure]:
    readings = [read(count) for count in SIZES]
    for reading in readings:
        whole = reading.known == reading.count and reading.state == State.DONE
        yield Figure(
            name=f"sync of {reading.count:,} customers: known afterwards",
            measured=f"{reading.known:,}",
            target=f"{reading.count:,}",
            met=whole,
        )
    yield from of_the_largest(readings[-1])
    for reading in readings:
        yield at_most(f"sync of {reading.count:,}: peak memory of the worker", reading.megabytes, 150, "MB")
    grown = readings[-1].megabytes / readings[0].megabytes
    yield at_most("sync: peak memory at 100,000 / at 10,000", grown, 1.1)


def of_the_largest(reading: Reading) -> Iterator[Figure]:
    fewest = math.ceil(reading.count / PER_PAGE)
    allowed = Budget().background_most
    yield at_most("full sync: requests used / fewest possible", reading.fetched / fewest, 1.02)
    yield at_least("full sync: rate reached / rate allowed", reading.per_second / allowed, 0.9)
    yield at_most("full sync: most in any second / rate allowed", reading.most_in_a_second / allowed, 1.0)
