"""Reading a whole account: complete, resumable, stoppable, and never two at once."""

import contextlib
import itertools
import os
import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.db import connection as database
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from connections import rate_limiter
from connections.budget import Budget
from connections.models import Connection
from resources.catalog import customers as customers_catalog
from resources.directory import services as directory
from resources.directory.models import Entry
from resources.sync import services, tasks
from resources.sync.models import State, Sync
from sandbox.server import SandboxServer
from tests.account import BigAccount
from tests.conftest import make_connection
from tests.pages import Browser
from tests.processes import Process
from tests.servers import Behaviour, RecordingServer, reply


def customer(number: int) -> dict[str, Any]:
    return {"uuid": f"cus_{number:06}", "name": f"Customer {number}", "external_id": f"c-{number}"}


def endless(rows_key: str, rows: list[dict[str, Any]]) -> Behaviour:
    """A list that says on each page that more follows, at a place that it never named before."""
    cursors = itertools.count()

    def answer(sock: Any, stopping: Any) -> bool:
        return reply(200, {rows_key: rows, "cursor": f"c{next(cursors)}", "has_more": True})(sock, stopping)

    return answer


def after_pages(monkeypatch: pytest.MonkeyPatch, number: int, happens: Callable[[], None]) -> None:
    """Have something happen once so many pages of customers are stored."""
    stored = services.Turn.store

    def and_then(self: Any, pages: Any, place: Any) -> None:
        stored(self, pages, place)
        if (place.resource, place.calls) == ("customers", number):
            happens()

    monkeypatch.setattr(services.Turn, "store", and_then)


def look_at_customers(connection: Connection, number: int) -> None:
    directory.remember(connection, customers_catalog.RESOURCE, [customer(each) for each in range(number)])


class SameThread(contextlib.AbstractContextManager):
    """An executor that does at once what it is given: a database in memory belongs to one thread. The tests with
    processes of their own have real threads."""

    def __init__(self, **options: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(None if work == connections.close_all else work(*arguments))
        except Exception as error:  # what a worker raises, its future does
            done.set_exception(error)
        return done

    def __exit__(self, *details: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _same_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ThreadPoolExecutor", SameThread)


@pytest.fixture
def big(settings: Any):
    """A function that starts an account with so many customers, to which the connection Main then leads."""

    with contextlib.ExitStack() as stack:

        def start(count: int) -> BigAccount:
            account = stack.enter_context(BigAccount(customers=(count, customer)))
            settings.API_ORIGINS = {"live": account.url, "sandbox": account.url}
            return account

        yield start


def read(connection: Connection, **how: Any) -> Sync:
    """Ask for a reading and do all of its turns, as a worker would."""
    sync = services.ask(connection, **how)
    while Sync.objects.get(pk=sync.pk).state in (State.WAITING, State.RUNNING):
        services.work(sync.pk)
    return Sync.objects.get(pk=sync.pk)


def known(connection: Connection, resource: str = "customers") -> set[str]:
    return set(Entry.objects.filter(connection=connection, resource=resource).values_list("uuid", flat=True))


@pytest.mark.django_db(transaction=True)
class TestReading:
    def test_all_that_the_account_lists(self, box, sandbox: SandboxServer):
        sync = read(box)
        assert (sync.state, sync.problem) == (State.DONE, "")
        store = sandbox.api.store
        for resource in ("customers", "plans", "plan_groups", "data_sources", "invoices"):
            assert known(box, resource) == {row["uuid"] for row in store.all(resource)}, resource
        assert {request.method for request in sandbox.requests} == {"GET"}

    def test_first_the_few_whose_names_tell_the_others_apart(self, box, sandbox: SandboxServer):
        read(box)
        lists = [request.path.removeprefix("/v1/") for request in sandbox.requests]
        assert set(lists[:3]) == {"data_sources", "plans", "plan_groups"}
        assert set(lists[3:]) == {"customers", "invoices"}

    def test_with_the_fewest_calls_each_page_once(self, main, big):
        account = big(1_050)
        read(main)
        assert known(main) == {customer(number)["uuid"] for number in range(1_050)}
        customers = {first: count for (name, first), count in account.fetched.items() if name == "customers"}
        assert customers == dict.fromkeys(range(0, 1_050, 200), 1)
        assert sum(account.fetched.values()) == len(customers) + len(services.lists()) - 1

    def test_what_the_account_has_no_more_is_dropped_and_what_came_meanwhile_stays(self, main, big):
        resource = customers_catalog.RESOURCE
        directory.remember(main, resource, [{"uuid": "cus_gone", "name": "Gone"}])
        big(3)
        sync = services.ask(main)
        turn = services.Turn(sync, "w")
        Sync.objects.filter(pk=sync.pk).update(state=State.RUNNING, worker="w")
        stored = turn.store

        def and_somebody_creates_one(*arguments: Any) -> None:
            stored(*arguments)
            directory.remember(main, resource, [{"uuid": "cus_new", "name": "New"}])

        turn.store = and_somebody_creates_one
        turn.take()
        assert known(main) == {"cus_000000", "cus_000001", "cus_000002", "cus_new"}

    def test_a_turn_ends_and_the_next_one_goes_on(self, main, big, monkeypatch):
        account = big(1_000)
        monkeypatch.setattr(services, "TURN", 0.0)
        monkeypatch.setattr(services, "AHEAD", 1)
        sync = services.ask(main)
        services.work(sync.pk)
        place = sync.lists.get(resource="plans")
        assert (place.calls, Sync.objects.get().state) == (1, State.WAITING)
        read(main)
        assert len(known(main)) == 1_000
        assert set(account.fetched.values()) == {1}

    @pytest.mark.parametrize(("held", "stored"), [(60.0, [4, 6]), (-1.0, [1, 2, 3, 4, 5, 6])])
    def test_pages_that_have_come_are_stored_together_as_far_as_there_is_time(
        self, held, stored, main, big, monkeypatch
    ):
        big(1_050)
        monkeypatch.setattr(services, "HELD", held)
        calls: list[int] = []
        store = services.Turn.store

        def and_note(self: Any, pages: Any, place: Any) -> None:
            store(self, pages, place)
            if place.resource == "customers":
                calls.append(place.calls)

        monkeypatch.setattr(services.Turn, "store", and_note)
        assert read(main).state == State.DONE
        assert calls == stored
        assert len(known(main)) == 1_050

    def test_an_index_that_cannot_be_settled_is_no_reason_to_end(self, main, big, monkeypatch):
        big(3)

        def fail() -> None:
            raise DatabaseError("permission denied")

        monkeypatch.setattr(services.index, "settle", fail)
        assert read(main).state == State.DONE
        assert len(known(main)) == 3

    def test_a_failure_is_said_and_read_on_from_there(self, main, recorder: RecordingServer):
        rows = [{"uuid": "cus_1", "name": "One"}]
        recorder.script = [
            reply(200, {"entries": rows, "cursor": "next", "has_more": True}),
            reply(422, {"error": "No"}),
        ]
        for name in ("data_sources", "plans", "plan_groups", "invoices"):
            recorder.routes[f"/v1/{name}"] = reply(200, {name: [], "has_more": False, "cursor": None})
        sync = read(main)
        assert (sync.state, sync.finished_at) == (State.FAILED, None)
        assert "No" in sync.problem
        assert known(main) == {"cus_1"}
        recorder.routes["/v1/customers"] = reply(200, {"entries": [{"uuid": "cus_2"}], "has_more": False})
        assert read(main).state == State.DONE
        assert recorder.requests[-2].query == "per_page=200&cursor=next"
        assert known(main) == {"cus_1", "cus_2"}

    def test_a_list_that_does_not_end_as_it_should_drops_nothing(self, main, recorder: RecordingServer):
        directory.remember(main, customers_catalog.RESOURCE, [{"uuid": "cus_known", "name": "Known"}])
        answer = reply(200, {"entries": [{"uuid": "cus_1"}], "cursor": "same", "has_more": True})
        recorder.routes = {"/v1/customers": answer}
        for name in ("data_sources", "plans", "plan_groups", "invoices"):
            recorder.routes[f"/v1/{name}"] = reply(200, {name: [], "has_more": False, "cursor": None})
        sync = read(main)
        assert sync.state == State.DONE
        assert "Customers: ChartMogul sent the same page position twice" in sync.problem
        assert known(main) == {"cus_known", "cus_1"}

    def test_a_list_that_did_not_end_as_it_should_is_said_turns_later_and_not_taken_for_known(
        self, main, recorder: RecordingServer, monkeypatch
    ):
        monkeypatch.setattr(services, "TURN", 0.0)
        whole = {name: reply(200, {name: [], "has_more": False, "cursor": None}) for name in services.lists()}
        whole["customers"] = reply(200, {"entries": [], "has_more": False, "cursor": None})
        cut = reply(200, {"plans": [{"uuid": "pl_1"}], "cursor": None, "has_more": True})
        recorder.routes = {f"/v1/{name}": answer for name, answer in (whole | {"plans": cut}).items()}
        sync = read(main)
        assert sync.state == State.DONE
        assert "Plans: ChartMogul says that there is more" in sync.problem
        assert (sync.knows("plans"), sync.knows("customers")) == (False, True)
        # Nor is it known while it is read again.
        recorder.routes["/v1/plans"] = whole["plans"]
        assert not services.ask(main).knows("plans")
        sync = read(main)
        assert (sync.state, sync.problem, sync.knows("plans")) == (State.DONE, "", True)

    def test_a_list_that_never_ends_is_ended_and_drops_nothing(self, main, recorder: RecordingServer, monkeypatch):
        """Here each page is read in a turn of its own, as after a kill."""
        monkeypatch.setattr(services, "MOST_REPEATS", 5)
        monkeypatch.setattr(services, "TURN", 0.0)
        monkeypatch.setattr(services, "AHEAD", 1)
        directory.remember(main, customers_catalog.RESOURCE, [{"uuid": "cus_known", "name": "Known"}])
        recorder.routes = {f"/v1/{name}": endless(name, []) for name in services.lists()}
        recorder.routes["/v1/customers"] = endless("entries", [{"uuid": "cus_1"}, {"uuid": "cus_2"}])
        sync = read(main)
        assert sync.state == State.DONE
        assert "Customers: ChartMogul keeps returning the same records" in sync.problem
        assert "Plans: ChartMogul keeps returning the same records" in sync.problem
        assert known(main) == {"cus_known", "cus_1", "cus_2"}
        assert not sync.knows("customers")
        # The records came once, and then again.
        assert recorder.paths.count("/v1/customers") == 1 + 5
        assert recorder.paths.count("/v1/plans") == 5

    def test_what_people_look_at_meanwhile_does_not_end_a_list(self, main, big, monkeypatch):
        big(1_050)
        monkeypatch.setattr(services, "MOST_REPEATS", 3)
        monkeypatch.setattr(services, "AHEAD", 1)
        monkeypatch.setattr(services, "TOGETHER", 1)
        after_pages(monkeypatch, 1, lambda: look_at_customers(main, 800))
        sync = read(main)
        assert (sync.state, sync.problem, len(known(main))) == (State.DONE, "", 1_050)

    def test_an_error_of_ours_is_said_and_not_read_on_into_for_ever(self, main, big, monkeypatch):
        big(10)
        after_pages(monkeypatch, 1, lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            read(main)
        sync = Sync.objects.get()
        assert (sync.state, sync.worker) == (State.FAILED, "")
        assert sync.problem.startswith("Reading stopped because of an error of this program.")

    def test_a_database_that_is_busy_is_no_end_of_it(self, main, big, monkeypatch):
        big(10)
        monkeypatch.setattr(rate_limiter, "change", lambda *_: (_ for _ in ()).throw(OSError("busy")))
        services.work(services.ask(main).pk)
        sync = Sync.objects.get()
        assert (sync.state, sync.problem) == (State.WAITING, "")
        monkeypatch.undo()
        assert read(main).state == State.DONE

    def test_an_unreadable_key_is_said(self, main):
        Connection.objects.filter(pk=main.pk).update(sealed_key="nonsense")
        main.refresh_from_db()
        sync = services.ask(main)
        services.work(sync.pk)
        sync.refresh_from_db()
        assert sync.state == State.FAILED
        assert sync.problem


class TestHolding:
    def test_two_workers_are_never_at_the_same(self, main):
        sync = services.ask(main)
        Sync.objects.update(state=State.RUNNING, worker="other", leased_until=timezone.now() + timedelta(seconds=20))
        services.work(sync.pk)
        sync.refresh_from_db()
        assert (sync.worker, sync.state) == ("other", State.RUNNING)

    @pytest.mark.django_db(transaction=True)
    def test_who_stood_still_too_long_stores_nothing_more(self, main, big):
        big(500)
        sync = services.ask(main)
        Sync.objects.filter(pk=sync.pk).update(state=State.RUNNING, worker="late")
        turn = services.Turn(sync, "late")
        Sync.objects.filter(pk=sync.pk).update(worker="somebody else")
        with pytest.raises(services.LostLease):
            turn.take()
        assert known(main) == set()
        assert Sync.objects.get().worker == "somebody else"

    @pytest.mark.django_db(transaction=True)
    def test_stopping_and_going_on(self, main, big, monkeypatch):
        account = big(1_000)
        sync = services.ask(main)
        monkeypatch.setattr(services, "TOGETHER", 2)
        after_pages(monkeypatch, 2, lambda: services.stop(main))
        services.work(sync.pk)
        sync.refresh_from_db()
        assert (sync.state, sync.worker, len(known(main))) == (State.STOPPED, "", 400)
        assert sync.can_go_on
        read(main)
        assert len(known(main)) == 1_000
        assert max(account.fetched.values()) <= 2

    def test_what_people_looked_at_before_it_goes_on_does_not_end_a_list(self, main, big, monkeypatch):
        big(1_000)
        monkeypatch.setattr(services, "MOST_REPEATS", 2)
        monkeypatch.setattr(services, "TOGETHER", 1)
        after_pages(monkeypatch, 1, lambda: services.stop(main))
        services.work(services.ask(main).pk)
        look_at_customers(main, 900)
        sync = read(main)
        assert (sync.state, sync.problem, len(known(main))) == (State.DONE, "", 1_000)

    def test_asking_twice_is_one_reading(self, main, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            services.ask(main)
            services.ask(main, anew=True)
        assert DBTaskResult.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_queue_that_is_away_is_logged_and_asked_again_later(self, main, visitor: Browser, monkeypatch, caplog):
        def fail(pk: int) -> None:
            raise ConnectionError("Redis is away")

        with monkeypatch.context() as away:
            away.setattr(tasks, "work_at", SimpleNamespace(enqueue=fail))
            page = visitor.open("/c/main/directory/").press("Read the account")
        assert page.status == 200
        assert "Waiting for the worker" in page.text
        assert "Redis is away" in caplog.text
        Sync.objects.update(rung_at=timezone.now() - services.RING_AGAIN * 2)
        assert services.ring_what_is_due() == DBTaskResult.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_the_task_does_the_work(self, main, big):
        big(1)
        sync = services.ask(main)
        (waiting,) = DBTaskResult.objects.all()
        assert waiting.task == tasks.work_at
        tasks.work_at.call(*waiting.args_kwargs["args"])
        sync.refresh_from_db()
        assert sync.state == State.DONE


class TestSchedule:
    def ring(self, capture: Any) -> int:
        with capture(execute=True):
            return services.ring_what_is_due()

    def test_a_connection_that_was_never_read_is_read(self, main, django_capture_on_commit_callbacks):
        self.ring(django_capture_on_commit_callbacks)
        assert Sync.objects.get().state == State.WAITING
        assert DBTaskResult.objects.count() == 1

    @pytest.mark.parametrize(
        ("hours", "every", "state", "due"),
        [
            (25, 24, State.DONE, True),
            (23, 24, State.DONE, False),
            (25, 0, State.DONE, False),
            (1, 24, State.FAILED, True),
            (25, 24, State.STOPPED, True),
            (23, 24, State.STOPPED, False),
            (999, 0, State.STOPPED, False),
            (999, 24, State.RUNNING, False),
        ],
    )
    def test_by_the_clock(self, hours, every, state, due, main):
        then = timezone.now() - timedelta(hours=hours)
        sync = Sync(connection=main, every_hours=every, state=state, finished_at=then, asked_at=then, stopped_at=then)
        assert sync.is_due is due

    def test_a_directory_that_is_switched_on_again_is_read_at_once_whatever_was_stopped_before(self, main):
        then = timezone.now()
        Sync.objects.create(connection=main, every_hours=168, state=State.STOPPED, asked_at=then, stopped_at=then)
        assert not Sync.objects.get().is_due
        for enabled in (False, True):
            services.switch(main, enabled=enabled, every_hours=168)
        assert Sync.objects.get().is_due

    def test_what_somebody_stopped_is_read_anew_at_its_next_time(self, main, django_capture_on_commit_callbacks):
        sync = services.ask(main)
        sync.lists.filter(resource="customers").update(cursor="abc")
        services.stop(main)
        assert self.ring(django_capture_on_commit_callbacks) == 0
        Sync.objects.update(stopped_at=timezone.now() - timedelta(hours=25))
        assert self.ring(django_capture_on_commit_callbacks) == 1
        assert Sync.objects.get().state == State.WAITING
        assert sync.lists.get(resource="customers").cursor == ""

    def test_what_is_switched_on_again_is_read(self, main, django_capture_on_commit_callbacks):
        services.ask(main)
        services.switch(main, enabled=False, every_hours=24)
        assert self.ring(django_capture_on_commit_callbacks) == 0
        services.switch(main, enabled=True, every_hours=24)
        assert self.ring(django_capture_on_commit_callbacks) == 1

    def test_what_lost_its_worker_gets_another(self, main, django_capture_on_commit_callbacks):
        long_ago = timezone.now() - timedelta(minutes=5)
        Sync.objects.create(
            connection=main, state=State.RUNNING, worker="dead", leased_until=long_ago, rung_at=long_ago
        )
        assert self.ring(django_capture_on_commit_callbacks) == 1
        assert DBTaskResult.objects.count() == 1

    def test_what_is_held_is_left_alone(self, main, django_capture_on_commit_callbacks):
        soon = timezone.now() + timedelta(seconds=20)
        Sync.objects.create(connection=main, state=State.RUNNING, worker="alive", leased_until=soon)
        assert self.ring(django_capture_on_commit_callbacks) == 0


class TestSwitch:
    def test_off_empties_it_and_nothing_is_kept_any_more(self, main):
        resource = customers_catalog.RESOURCE
        directory.remember(main, resource, [{"uuid": "cus_1", "name": "One"}])
        services.switch(main, enabled=False, every_hours=24)
        assert known(main) == set()
        directory.remember(main, resource, [{"uuid": "cus_1", "name": "One"}])
        assert known(main) == set()
        assert services.ask(main).state == State.STOPPED
        services.switch(main, enabled=True, every_hours=1)
        directory.remember(main, resource, [{"uuid": "cus_1", "name": "One"}])
        assert known(main) == {"cus_1"}

    def test_of_another_connection_it_says_nothing(self, main, box):
        directory.remember(box, customers_catalog.RESOURCE, [{"uuid": "cus_1", "name": "One"}])
        services.switch(main, enabled=False, every_hours=24)
        assert known(box) == {"cus_1"}


@pytest.mark.django_db(transaction=True)
def test_the_rate_is_never_above_that_of_background_work(main, big):
    account = big(6_000)
    read(main)
    allowed = Budget().background_most
    for start in account.came:
        assert sum(1 for other in account.came if 0 <= other - start < 1) <= allowed * 1.1


def test_killed_ten_times_it_ends_complete(main, big, shared: Callable[[], str], tmp_path: Path):
    """Nothing is missing against the server's list, and no page was fetched more than once a kill."""
    account, choose = big(6_000), random.Random(7)
    sync = services.ask(main)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings",
        "DATABASE_URL": shared(),
        "CHARTMOGUL_API_URL": account.url,
    }
    kills = 0
    while True:
        with Process("tests.sync_worker", str(sync.pk), "0.05", environment=environment) as process:
            assert process.stdout.readline() == "ready\n"
            if kills == 10:
                assert process.wait(60) == 0
                break
            seen, wanted = len(account.came), choose.randint(1, 3)
            while len(account.came) < seen + wanted and process.poll() is None:
                time.sleep(choose.uniform(0.001, 0.02))
            process.kill()
            kills += 1
    if database.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(tmp_path / "shared.sqlite3")) as copy:
            rows = copy.execute("SELECT uuid FROM resources_entry WHERE resource = 'customers'").fetchall()
            (state,) = copy.execute("SELECT state FROM resources_sync").fetchone()
        found, state = {uuid for (uuid,) in rows}, state
    else:
        found, state = known(main), Sync.objects.get().state
    assert state == State.DONE
    assert found == {customer(number)["uuid"] for number in range(6_000)}
    # What had come but was not stored, and the page under way.
    assert sum(count - 1 for count in account.fetched.values()) <= (services.AHEAD + 1) * kills
    assert max(account.fetched.values()) <= kills + 1


def test_other_connections_are_not_touched(main, big, db):
    other = make_connection("Other")
    directory.remember(other, customers_catalog.RESOURCE, [{"uuid": "cus_other", "name": "Other"}])
    services.switch(main, enabled=False, every_hours=0)
    assert known(other) == {"cus_other"}
