"""The trail: what it contains, that nobody can change it, and that a change made directly in the database is found."""

import csv
import io
import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from activity import history, services, trail
from activity.models import AppendOnly, Event, Head, Outcome, Write
from chartmogul_admin.logs import LONGEST, OneLineFormatter
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.models import Connection
from tests.pages import Browser
from tests.processes import output
from tests.servers import RecordingServer, reply


@pytest.fixture
def write(main: Connection, ada: User) -> Write:
    return prepared(main, ada, "Acme")


def prepared(account: Connection, user: User, name: str, uuid: str = "") -> Write:
    return services.prepare(
        connection=account,
        user=user,
        operation="customers.create",
        title="Create a Customer",
        resource="customers",
        request=ApiRequest.build("POST", "customers", json={"name": name}),
        typed={"name": [name]},
        changes=[],
        record_uuid=uuid,
        record_name=name,
        before={"name": name, "uuid": uuid},
    )


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def in_sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def problems() -> list[str]:
    return list(trail.problems())


def test_each_step_of_a_write_is_an_event(write: Write, ada: User, recorder: RecordingServer) -> None:
    services.send(write, ChartMogulClient.of(write.connection), user=ada)
    assert [kind for kind in kinds() if kind.startswith("write.")] == [
        "write.prepared",
        "write.sending",
        f"write.{write.outcome}",
    ]
    assert problems() == []


def test_H1_signing_in_and_out_are_events(client: Client, django_user_model: type[User]) -> None:
    django_user_model.objects.create_superuser("grace", password="correct horse battery")
    client.post("/accounts/login/", {"username": "grace", "password": "wrong"})
    client.post("/accounts/login/", {"username": "grace", "password": "correct horse battery"})
    client.post("/accounts/logout/")
    events = Event.objects.order_by("id").values_list("kind", "username", "address")
    assert list(events) == [
        ("sign_in.refused", "grace", "127.0.0.1"),
        ("sign_in.accepted", "grace", "127.0.0.1"),
        ("sign_out", "grace", "127.0.0.1"),
    ]
    assert "wrong" not in json.dumps(list(Event.objects.values_list("facts", flat=True)))


def test_H1_what_is_done_to_a_connection_is_an_event(
    signed_in: Client, main: Connection, recorder: RecordingServer
) -> None:
    signed_in.post("/connections/main/", {"name": "Other"})
    signed_in.post("/connections/main/delete/")
    assert [kind for kind in kinds() if kind.startswith("connection.")] == ["connection.renamed", "connection.deleted"]
    assert problems() == []


def test_H2_what_cannot_be_written_down_is_not_sent(write: Write, ada: User, recorder: RecordingServer) -> None:
    if connection.vendor == "sqlite":
        in_sql(
            "CREATE TRIGGER no_more BEFORE INSERT ON activity_event BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
    else:
        # The rows of this transaction still have checks to come, which PostgreSQL wants done first.
        in_sql("SET CONSTRAINTS ALL IMMEDIATE")
        in_sql("ALTER TABLE activity_event ADD CONSTRAINT no_more CHECK (id < 0) NOT VALID")
    with pytest.raises(DatabaseError):
        services.send(write, ChartMogulClient.of(write.connection), user=ada)
    assert recorder.requests == []
    assert Write.objects.get(key=write.key).outcome == Outcome.PREPARED


def test_H3_the_orm_refuses_to_change_or_delete(write: Write) -> None:
    event = Event.objects.get()
    write.title = "Something else"
    for forbidden in (write.save, write.delete, event.save, event.delete, Write.objects.all().delete):
        with pytest.raises(AppendOnly):
            forbidden()
    for rows in (Write.objects.all(), Event.objects.all()):
        with pytest.raises(AppendOnly):
            rows.update(username="nobody")
    assert problems() == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE activity_event SET username = 'mallory' WHERE kind = 'write.prepared'", "was changed"),
        ("UPDATE activity_event SET facts = '{}' WHERE kind = 'write.prepared'", "was changed"),
        ("DELETE FROM activity_event WHERE id = (SELECT min(id) FROM activity_event)", "removed or inserted"),
        ("DELETE FROM activity_event WHERE id = (SELECT max(id) FROM activity_event)", "end of the trail"),
        ("UPDATE activity_write SET summary = 'never happened'", "changed since the trail"),
        ("UPDATE activity_write SET outcome = 'accepted'", "changed since the trail"),
    ],
)
def test_H3_a_change_in_sql_is_found(main: Connection, ada: User, statement: str, said: str) -> None:
    for name in ("Acme", "Bolt", "Coil"):
        prepared(main, ada, name)
    in_sql(statement)
    assert any(said in problem for problem in problems())
    with pytest.raises(CommandError):
        call_command("verify_activity", stderr=io.StringIO())


def test_a_digest_covers_each_field_but_links_and_times_and_what_other_fields_say_too() -> None:
    covered = {*Write.CONTENT, *Write.LATER_CONTENT, "body"}
    fields = {field for field in Write._meta.concrete_fields if field.name not in covered}
    links = {field.name for field in fields if field.is_relation or field.primary_key}
    times = {field.name for field in fields if field.get_internal_type() == "DateTimeField"}
    assert {field.name for field in fields} - links - times == {"owner_uuid", "retry_after"}


def test_H3_a_deleted_write_is_found(write: Write) -> None:
    in_sql("UPDATE activity_event SET write_id = NULL WHERE kind = 'write.prepared'")
    in_sql("DELETE FROM activity_write")
    assert problems()


def test_H3_a_trail_computed_anew_is_found_by_a_hash_kept_elsewhere(main: Connection, ada: User) -> None:
    for name in ("Acme", "Bolt"):
        prepared(main, ada, name)
    out = io.StringIO()
    call_command("verify_activity", stdout=out)
    kept = Head.objects.get().hash
    assert kept in out.getvalue()
    previous = trail.START
    for event in Event.objects.order_by("id"):
        event.username, event.previous = "mallory", previous
        previous = event.own_hash()
        in_sql(
            "UPDATE activity_event SET username = %s, previous = %s, hash = %s WHERE id = %s",
            *("mallory", event.previous, previous, event.pk),
        )
    in_sql("UPDATE activity_head SET hash = %s", previous)
    assert problems() == []
    with pytest.raises(CommandError):
        call_command("verify_activity", "--expect", kept, stderr=io.StringIO())


def test_H3_what_is_added_while_the_trail_is_verified_is_no_problem(
    write: Write, shared: Callable[[], str], settings
) -> None:
    environment = os.environ | {"DATABASE_URL": shared()}
    said, ends = output("tests.activity.verifier", environment=environment).splitlines()
    before, after = ends.split()
    assert before != after
    assert said == f"The trail is intact: 1 events, {before}."


def test_H4_a_line_of_the_log_is_one_line_and_cut() -> None:
    hostile = "a\r\nINFO forged\x1b[31m\u2028" + "x" * 1_000_000
    record = logging.LogRecord("activity", logging.INFO, "", 0, "user=%s", (hostile,), None)
    line = OneLineFormatter("{name} {message}", style="{").format(record)
    assert line.startswith("activity user=a\\r\\nINFO forged\\x1b[31m\\u2028xxx")
    assert len(line) < LONGEST + 40
    assert line.isprintable()


def test_H5_scrubbing_keeps_the_row_and_the_trail(main: Connection, ada: User) -> None:
    secret, other = prepared(main, ada, "Jane Doe", "cus_1"), prepared(main, ada, "Bolt", "cus_2")
    call_command("scrub_activity", "--record", "cus_1", stdout=io.StringIO())
    secret.refresh_from_db()
    assert "Jane Doe" not in json.dumps(list(Write.objects.filter(key=secret.key).values()), default=str)
    assert secret.body is None
    assert (secret.username, secret.method, secret.path) == ("ada", "POST", "/v1/customers")
    assert Write.objects.get(key=other.key).record_name == "Bolt"
    assert problems() == []


def test_H5_scrubbing_by_age(main: Connection, ada: User) -> None:
    old, new = prepared(main, ada, "Old"), prepared(main, ada, "New")
    Write.objects.filter(key=old.key).change(prepared_at=timezone.now() - timedelta(days=366))
    call_command("scrub_activity", stdout=io.StringIO())
    assert not Write.objects.get(key=old.key).typed
    assert Write.objects.get(key=new.key).typed
    assert problems() == []


def test_a_scrubbed_write_is_never_sent(write: Write, ada: User, recorder: RecordingServer) -> None:
    services.scrub(write)
    assert services.send(write, ChartMogulClient.of(write.connection), user=ada) is False
    assert recorder.requests == []


class TestScrubbingWhatIsBeingSent:
    def test_it_is_left_until_its_outcome_is_there(self, write: Write, ada: User) -> None:
        stale = Write.objects.get(key=write.key)
        services.advance(
            write,
            user=ada,
            leaving=Outcome.PREPARED,
            outcome=Outcome.SENDING,
            sent_at=timezone.now(),
            record_uuid="cus_1",
        )
        assert services.scrub(stale) is False
        out = io.StringIO()
        call_command("scrub_activity", "--record", "cus_1", stdout=out)
        assert out.getvalue().startswith("0 write(s) scrubbed.\n1 write(s) are being sent")
        write.refresh_from_db()
        assert (write.outcome, write.record_name, write.scrubbed_at) == (Outcome.SENDING, "Acme", None)
        services.advance(write, user=ada, leaving=Outcome.SENDING, outcome=Outcome.ACCEPTED, answer='{"name": "Acme"}')
        out = io.StringIO()
        call_command("scrub_activity", "--record", "cus_1", stdout=out)
        assert out.getvalue() == "1 write(s) scrubbed.\n"
        write.refresh_from_db()
        assert (write.outcome, write.record_name, write.answer) == (Outcome.ACCEPTED, "", "")
        assert problems() == []

    def test_what_was_sent_after_the_rows_were_read_keeps_its_outcome(self, write: Write, ada: User) -> None:
        stale = Write.objects.get(key=write.key)
        for leaving, outcome in ((Outcome.PREPARED, Outcome.SENDING), (Outcome.SENDING, Outcome.ACCEPTED)):
            services.advance(write, user=ada, leaving=leaving, outcome=outcome)
        assert services.scrub(stale) is True
        write.refresh_from_db()
        assert (write.outcome, write.body) == (Outcome.ACCEPTED, None)

    def test_what_was_lost_is_scrubbed_as_unknown(self, write: Write, ada: User) -> None:
        long_ago = timezone.now() - timedelta(days=400)
        services.advance(
            write, user=ada, leaving=Outcome.PREPARED, outcome=Outcome.SENDING, sent_at=long_ago, prepared_at=long_ago
        )
        call_command("scrub_activity", stdout=io.StringIO())
        write.refresh_from_db()
        assert (write.outcome, write.body) == (Outcome.UNKNOWN, None)

    def test_a_look_up_that_was_under_way_brings_nothing_back(self, write: Write, ada: User) -> None:
        for leaving, outcome in ((Outcome.PREPARED, Outcome.SENDING), (Outcome.SENDING, Outcome.UNKNOWN)):
            services.advance(write, user=ada, leaving=leaving, outcome=outcome)
        stale = Write.objects.get(key=write.key)
        services.scrub(write)
        services.resolve(stale, user=ada, carried_out=True, evidence="It exists: Acme.", record_name="Acme")
        write.refresh_from_db()
        assert (write.outcome, write.summary, write.record_name) == (Outcome.UNKNOWN, "", "")


def test_the_page_filters_and_links(signed_in: Client, main: Connection, ada: User) -> None:
    prepared(main, ada, "Acme", "cus_1")
    prepared(main, ada, "Bolt", "cus_2")
    page = signed_in.get("/c/main/activity/", {"record": "Bol", "person": "ada", "outcome": "prepared"})
    text = page.content.decode()
    assert "/c/main/customers/cus_2/" in text
    assert "cus_1" not in text
    assert "Writes 1–1 of 1" in text
    empty = signed_in.get("/c/main/activity/", {"first_day": "2999-01-01"})
    assert "No write matches" in empty.content.decode()
    wrong = signed_in.get("/c/main/activity/", {"first_day": "yesterday"})
    assert wrong.status_code == 422


def test_its_times_and_days_are_those_of_the_connection(visitor: Browser, main: Connection, ada: User) -> None:
    with time_machine.travel(datetime(2026, 11, 26, 23, 30, tzinfo=UTC)):
        prepared(main, ada, "Acme", "cus_1")
    page = visitor.open("/c/main/activity/")
    (row,) = page.table("Times in Europe/Berlin")
    assert row["Time"] == "2026-11-27 00:30:00"
    assert "Europe/Berlin, inclusive" in page.text
    for day, rows in (("2026-11-26", []), ("2026-11-27", ["cus_1"])):
        page = visitor.open(f"/c/main/activity/?first_day={day}&last_day={day}")
        assert (["cus_1"] if "/customers/cus_1/" in page.html else []) == rows


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_first_and_the_last_day_there_are_may_be_asked_for(visitor, main, ada, zone) -> None:
    main.account_time_zone = zone
    main.save()
    prepared(main, ada, "Acme", "cus_1")
    page = visitor.open("/c/main/activity/?first_day=0001-01-01&last_day=9999-12-31")
    assert page.status == 200
    assert "/customers/cus_1/" in page.html
    for days in ("first_day=9999-12-31", "last_day=0001-01-01"):
        assert "No write matches" in visitor.open(f"/c/main/activity/?{days}").text


def test_the_trail_of_another_connection_is_not_shown(signed_in: Client, main: Connection, ada: User) -> None:
    write = prepared(main, ada, "Acme", "cus_1")
    other = Connection(name="Other")
    other.set_credential("key-of-other")
    other.save()
    assert "Acme" not in signed_in.get("/c/other/activity/").content.decode()
    assert signed_in.get(f"/c/other/activity/{write.key}/").status_code == 404


def test_somebody_else_may_look_but_not_send(client: Client, write: Write, recorder: RecordingServer) -> None:
    client.force_login(User.objects.create_superuser("grace"))
    page = client.get(f"/c/main/activity/{write.key}/")
    assert page.status_code == 200
    assert ">Send<" not in page.content.decode()
    assert client.post(f"/c/main/activity/{write.key}/send/").status_code == 404
    assert recorder.requests == []


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t1", "\r1"])
def test_a_csv_export_holds_no_formulas(signed_in: Client, main: Connection, ada: User, start: str) -> None:
    prepared(main, ada, start, "cus_1")
    answer = signed_in.get("/c/main/activity/", {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))
    assert rows[0]["record_name"] == f"'{start}"
    assert "attachment" in answer["Content-Disposition"]
    assert Event.objects.filter(kind="trail.exported").count() == 1


def test_the_event_of_an_export_names_nobody_who_was_looked_for(signed_in: Client, main: Connection, ada: User) -> None:
    prepared(main, ada, "Zoë Doe", "cus_1")
    filters = {"record": "Zoë", "person": "ada", "outcome": "prepared", "first_day": "2020-01-31", "last_day": ""}
    answer = signed_in.get("/c/main/activity/", {**filters, "format": "csv", "page": "2", "email": "zoe@example.com"})
    assert "Zoë Doe" in answer.getvalue().decode()
    (event,) = Event.objects.filter(kind="trail.exported")
    kept = {"record": "…", "person": "ada", "outcome": "prepared", "first_day": "2020-01-31"}
    assert event.facts == {"format": "csv", "rows": 1, "filters": kept}
    page = signed_in.get("/c/main/activity/events/").content.decode()
    assert "2020-01-31" in page
    assert "Zo" not in page
    assert "zoe@" not in page


def test_a_json_export_is_json(signed_in: Client, main: Connection, ada: User) -> None:
    prepared(main, ada, "Acme", "cus_1")
    prepared(main, ada, "Bolt", "cus_2")
    rows = json.loads(signed_in.get("/c/main/activity/", {"format": "json"}).getvalue())
    assert [row["record_name"] for row in rows] == ["Bolt", "Acme"]
    # What there is nothing of yet is null, also where others have text.
    assert (rows[0]["status"], rows[0]["finished_at"], rows[0]["outcome"]) == (None, None, "prepared")
    assert datetime.fromisoformat(rows[0]["prepared_at"]).utcoffset() == timedelta(0)


def test_who_asks_for_the_headers_takes_no_file(signed_in: Client, main: Connection) -> None:
    assert signed_in.head("/c/main/activity/", {"format": "json"})["Content-Type"].startswith("text/html")
    assert "trail.exported" not in kinds()


class TestConsoleReads:
    def test_each_is_an_event_without_what_was_asked_about_people(self, visitor, main, recorder):
        recorder.script = [reply(200, {"entries": []}, headers={"X-Request-Id": "req-1"}), reply(404, {"error": "x"})]
        visitor.open("/c/main/api-call/?url=/v1/customers/search%3Femail=zoe@example.com")
        visitor.open("/c/main/api-call/?url=/v1/plans/pl_1")
        found, missing = Event.objects.filter(kind="console.read").order_by("id")
        assert (found.username, found.connection) == ("ada", main)
        assert found.facts == {
            "method": "GET",
            "path": "/v1/customers/search",
            "query": ["email"],
            "status": 200,
            "request_id": "req-1",
        }
        assert missing.facts["status"] == 404
        assert "zoe" not in json.dumps(found.facts)
        assert problems() == []

    def test_they_stand_among_the_other_events(self, visitor, main, recorder):
        recorder.script = [reply(200, {"plans": []})]
        visitor.open("/c/main/api-call/?url=/v1/plans")
        visitor.client.get("/c/main/activity/?format=json")
        page = visitor.open("/c/main/activity/").follow("Other events")
        assert [row["Event"] for row in page.table("Events")] == ["Activity exported", "Read with an API call"]
        page.fill("Event", "Read with an API call").press("Filter")
        (row,) = page.table("Events")
        assert "path: /v1/plans" in row["Details"]
        page.open("/c/main/activity/events/?kind=nonsense")
        assert page.status == 422

    def test_none_are_said(self, visitor, main):
        assert "No other events" in visitor.open("/c/main/activity/events/").text


@pytest.mark.parametrize("path", ["customers/cus_1", "customers/cus_1/attributes/custom", "customers/merges/cus_1x"])
def test_deleted_is_what_the_path_of_a_deletion_ends_with(path: str, main: Connection, ada: User):
    request = ApiRequest.build("DELETE", path)
    about = {"operation": "api_call", "title": "Make an API Call", "resource": "customers", "record_uuid": "cus_1"}
    write = services.prepare(connection=main, user=ada, request=request, typed={}, changes=[], **about)
    services.advance(write, user=ada, leaving=Outcome.PREPARED, outcome=Outcome.ACCEPTED, finished_at=timezone.now())
    deleted = {"cus_1"} if path == "customers/cus_1" else set()
    assert history.recently_deleted(main) == set(history.deletions(main).values_list("record_uuid", flat=True))
    assert history.recently_deleted(main) == deleted
