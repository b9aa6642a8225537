"""Lists as files."""

import csv
import gc
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from activity.models import Event
from connections.models import Access, Connection
from connections.roles import Permissions, Role
from resources import exports
from resources.directory.models import Entry
from resources.registry import OPERATIONS
from resources.views import exporting
from tests.pages import Browser
from tests.people import somebody
from tests.servers import Behaviour, RecordingServer, reply

EXPORT = "/c/main/customers/list/export/"
MARK = "\ufeff"


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch, quick) -> list[float]:
    """The seconds of each wait of an export, which takes no time here."""
    found: list[float] = []
    monkeypatch.setattr(exports, "sleep", found.append)
    return found


@pytest.fixture(autouse=True)
def _room_is_given_back() -> Iterator[None]:
    yield
    for _ in range(exporting.AT_ONCE):
        assert exporting._room.acquire(blocking=False)
    exporting._room.release(exporting.AT_ONCE)


def page(*numbers: int, cursor: str = "", key: str = "entries", **more: Any) -> Behaviour:
    rows = [{"uuid": f"cus_{number}", "name": f"Customer {number}", **more} for number in numbers]
    return reply(200, {key: rows, "has_more": bool(cursor), "cursor": cursor or "end"})


def file_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.streaming, answer.content.decode()
    return b"".join(answer).decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(MARK), newline="")))


def test_from_the_list_to_all_that_its_filters_select(visitor: Browser, box, sandbox):
    shown = visitor.open("/c/box/customers/list/?limit=5&status=Active&column=name&column=uuid&column=mrr")
    shown.follow("Export")
    assert shown.h1 == "Export customers"
    assert shown.facts() == {"Status": "Active"}
    sandbox.requests.clear()
    address = f"{shown.url}&format=csv"
    text = file_of(shown.client, address)
    assert {request.query["per_page"] for request in sandbox.requests} == {"200"}
    active = [row for row in sandbox.api.store.all("customers") if row["status"] == "Active"]
    rows = rows_of(text)
    assert len(rows) == len(active)
    assert {row["UUID"] for row in rows} == {row["uuid"] for row in active}
    assert list(rows[0]) == ["Name", "UUID", "MRR, in cents", "MRR", "MRR, currency"]


def test_the_form_asks_nothing_and_leads_back(visitor: Browser, main, recorder: RecordingServer):
    page = visitor.open(f"{EXPORT}?status=Active&column=name")
    assert recorder.requests == []
    assert [link["href"] for link in page.page.all("a") if link.text == "Back to the list"] == [
        "/c/main/customers/list/?status=Active&column=name"
    ]


def test_the_way_back_leads_to_the_list_as_it_was(visitor: Browser, box, sandbox):
    page = visitor.open("/c/box/customers/list/?limit=5&status=Active&column=name&column=uuid")
    rows = page.table("Customers")
    assert page.follow("Export").follow("Back to the list").table("Customers") == rows
    assert len(rows) == 5


def test_a_file_of_several_pages(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, 2, cursor="a"), page(3, cursor="b"), page(4)]
    rows = rows_of(file_of(signed_in, f"{EXPORT}?format=csv&column=uuid"))
    assert rows == [{"UUID": f"cus_{number}"} for number in (1, 2, 3, 4)]
    assert [request.query for request in recorder.requests] == [
        "per_page=200", "per_page=200&cursor=a", "per_page=200&cursor=b"
    ]  # fmt: skip
    assert Entry.objects.filter(connection=main).count() == 4


def test_json_holds_whole_records(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, cursor="a", attributes={"tags": ["ü"]}), page(2, rare=None)]
    answer = signed_in.get(f"{EXPORT}?format=json&excel=on")
    text = b"".join(answer).decode()
    assert json.loads(text) == {
        "entries": [
            {"uuid": "cus_1", "name": "Customer 1", "attributes": {"tags": ["ü"]}},
            {"uuid": "cus_2", "name": "Customer 2", "rare": None},
        ],
        "complete": True,
    }
    # One record a line, which static/js/export-file.js counts.
    assert text.count("\n") == 2 + 2
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("kind", ["csv", "csv-all", "json"])
def test_an_empty_list_is_a_file_too(kind: str, signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page()]
    text = file_of(signed_in, f"{EXPORT}?format={kind}")
    assert json.loads(text) == {"entries": [], "complete": True} if kind == "json" else rows_of(text) == []


def test_the_name_of_the_file_and_the_mark_of_its_text(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1)]
    answer = signed_in.get(f"{EXPORT}?format=csv&excel=on")
    assert answer["Content-Disposition"].startswith('attachment; filename="main-customers-20')
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert b"".join(answer).decode().startswith(f"{MARK}Name,")


def test_all_fields_of_the_records_those_of_later_ones_too(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, cursor="a", odd="x"), page(2, odd="y", rare={"b": 1})]
    first, second = rows_of(file_of(signed_in, f"{EXPORT}?format=csv-all&column=uuid"))
    assert (first["Name"], first["odd"], first["Further fields"]) == ("Customer 1", "x", "")
    assert (second["odd"], json.loads(second["Further fields"])) == ("y", {"rare": {"b": 1}})


def test_invoices_with_all_fields_hold_their_lines(signed_in: Client, main, recorder: RecordingServer):
    invoice = {"uuid": "inv_1", "currency": "EUR", "line_items": [{"amount_in_cents": 5, "quantity": 2}]}
    recorder.script = [reply(200, {"invoices": [invoice], "has_more": False})]
    (row,) = rows_of(file_of(signed_in, "/c/main/invoices/list/export/?format=csv-all"))
    assert json.loads(row["Line items"]) == invoice["line_items"]


def test_a_field_that_no_row_holds_stays_a_column(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1)]
    assert rows_of(file_of(signed_in, f"{EXPORT}?format=csv&column=uuid&column=rare")) == [
        {"UUID": "cus_1", "rare": ""}
    ]


SLOW_DOWN = reply(429, {"error": "slow down"}, headers={"Retry-After": "0"})


@pytest.mark.parametrize(
    ("then", "why"),
    [
        ([reply(404, {"error": "Cursor is gone"})], "Cursor is gone"),
        ([reply(200, "<html>")], ""),
        ([page(2, cursor="a")], "same page position twice"),
        ([reply(403, {"error": "Not yours"})], "Not yours"),
    ],
)
def test_a_file_that_is_not_complete_says_so(
    then: list[Behaviour], why: str, signed_in: Client, main, recorder: RecordingServer
):
    for kind in ("csv", "json"):
        recorder.script = [page(1, cursor="a"), *then]
        text = file_of(signed_in, f"{EXPORT}?format={kind}&column=uuid")
        if kind == "json":
            end = json.loads(text)
            assert end["complete"] is False
            said = end["problem"]
        else:
            said = rows_of(text)[-1]["UUID"]
            assert said.startswith("INCOMPLETE: this file ends after ")
        assert why in said
        main.refresh_from_db()
    ended = Event.objects.filter(kind="list.export_ended")
    assert [event.facts["complete"] for event in ended] == [False, False]


def test_a_limit_of_chartmogul_is_waited_for(signed_in: Client, main, recorder: RecordingServer, slept: list[float]):
    recorder.script = [page(1, cursor="a"), *[SLOW_DOWN] * 4, page(2)]
    assert len(rows_of(file_of(signed_in, f"{EXPORT}?format=csv&column=uuid"))) == 2
    assert slept


def test_not_for_longer_than_a_proxy_waits(
    signed_in: Client, main, recorder: RecordingServer, slept: list[float], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PATIENCE", 2.0)
    recorder.script = [page(1, cursor="a"), reply(429, headers={"Retry-After": "40"})]
    assert rows_of(file_of(signed_in, f"{EXPORT}?format=csv&column=uuid"))[-1]["UUID"].startswith("INCOMPLETE")
    assert slept == []


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_whatever_breaks_it_off_is_told_at_its_end(
    kind: str, signed_in: Client, main, recorder: RecordingServer, monkeypatch: pytest.MonkeyPatch
):
    def broken(*args: object) -> None:
        raise RuntimeError

    recorder.script = [page(1, cursor="a"), page(2)]
    answer = signed_in.get(f"{EXPORT}?format={kind}&column=uuid")
    monkeypatch.setattr(exports.directory, "remember", broken)
    text = b"".join(answer).decode()
    assert "An error of this installation ended the reading." in text
    assert json.loads(text)["complete"] is False if kind == "json" else rows_of(text)[-1]["UUID"].startswith("INCOMP")


def test_a_reason_is_one_short_line(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, cursor="a"), reply(404, {"error": f"first\nsecond {'long ' * 300}"})]
    last = file_of(signed_in, f"{EXPORT}?format=csv&column=uuid").splitlines()[-1]
    assert last.startswith("INCOMPLETE: ")
    assert "first second" in last
    assert len(last) < 400


MARK_OF_A_SCRIPT = "0123456789abcdef" * 2


@pytest.mark.parametrize(("kind", "last"), [("csv", "\n"), ("json", "}\n")])
def test_behind_the_file_of_a_script_stands_what_came_of_it(
    kind: str, last: str, signed_in: Client, main, recorder: RecordingServer
):
    recorder.script = [page(1), page(1, cursor="a"), reply(404)]
    for came in ("complete", "incomplete"):
        text = file_of(signed_in, f"{EXPORT}?format={kind}&mark={MARK_OF_A_SCRIPT}")
        assert text.endswith(f"{last}{MARK_OF_A_SCRIPT} {came} 1")
    recorder.script = [page(1)]
    assert "nonsense" not in file_of(signed_in, f"{EXPORT}?format={kind}&mark=nonsense")


def test_it_is_in_the_language_of_who_asked(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, cursor="a", status="Active"), reply(404, {"error": "gone"})]
    answer = signed_in.get(f"{EXPORT}?format=csv&column=status&column=mrr", headers={"Accept-Language": "de"})
    text = b"".join(answer).decode()
    assert text.startswith('Status,"MRR, in Cent",MRR,"MRR, Währung"\r\nAktiv,')
    assert "UNVOLLSTÄNDIG: diese Datei endet vorzeitig (1 Kunden)." in text


CUSTOMER = f"cus_{'0' * 8}-0000-0000-0000-{'0' * 12}"
SUBSCRIPTIONS = f"/c/main/subscriptions/list/export/?uuid={CUSTOMER}"
CALCULATED = {"id": 7, "uuid": "sub_calculated", "external_id": "s-1", "status": "inactive", "plan": "Pro"}
IMPORTED = {"uuid": "sub_imported", "external_id": "s-1", "cancellation_dates": ["2026-01-01T00:00:00Z"]}


def test_subscriptions_are_joined_in_csv_and_as_they_came_in_json(signed_in: Client, main, recorder: RecordingServer):
    recorder.routes = {
        f"/v1/customers/{CUSTOMER}/subscriptions": reply(200, {"entries": [CALCULATED], "has_more": False}),
        f"/v1/import/customers/{CUSTOMER}/subscriptions": reply(200, {"subscriptions": [IMPORTED], "has_more": False}),
    }
    assert json.loads(file_of(signed_in, f"{SUBSCRIPTIONS}&format=json"))["entries"] == [CALCULATED]
    for kind in ("csv", "csv-all"):
        text = file_of(signed_in, f"{SUBSCRIPTIONS}&format={kind}")
        assert "2026-01-01T" in text
        assert "INCOMPLETE" not in text


def test_what_could_not_be_joined_is_told(signed_in: Client, main, recorder: RecordingServer):
    recorder.routes = {
        f"/v1/customers/{CUSTOMER}/subscriptions": reply(200, {"entries": [CALCULATED], "has_more": False}),
        f"/v1/import/customers/{CUSTOMER}/subscriptions": reply(403),
    }
    assert "INCOMPLETE" in file_of(signed_in, f"{SUBSCRIPTIONS}&format=csv")


def test_a_uuid_of_an_odd_type_breaks_nothing(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [reply(200, {"entries": [{"uuid": {"a": 1}, "name": "Odd"}], "has_more": False})]
    (row,) = rows_of(file_of(signed_in, f"{EXPORT}?format=csv&column=uuid&column=name"))
    assert row == {"UUID": '{"a": 1}', "Name": "Odd"}


def test_without_a_first_page_there_is_a_page_that_says_why(visitor: Browser, main, recorder: RecordingServer):
    recorder.script = [reply(400, {"error": "no"})]
    page = visitor.open(f"{EXPORT}?format=csv")
    assert "no" in page.alert
    assert page.h1 == "Export customers"
    assert not Event.objects.filter(kind="list.exported").exists()


def test_filters_that_are_wrong_are_told_by_their_list(visitor: Browser, main, recorder: RecordingServer):
    page = visitor.open(f"{EXPORT}?status=Nonsense&format=csv")
    assert (page.h1, page.status) == ("List Customers", 422)
    assert recorder.requests == []


def test_a_format_that_does_not_exist_is_an_error_of_its_field(visitor: Browser, main, recorder: RecordingServer):
    page = visitor.open(f"{EXPORT}?format=xlsx")
    assert page.status == 422
    assert "Format" in page.alert
    assert recorder.requests == []


def test_no_more_files_are_made_than_there_is_room_for(visitor: Browser, main, recorder: RecordingServer):
    recorder.script = [page(number, cursor=f"c{number}") for number in range(exporting.AT_ONCE)]
    under_way = [visitor.client.get(f"{EXPORT}?format=csv") for _ in range(exporting.AT_ONCE)]
    refused = visitor.open(f"{EXPORT}?format=csv")
    assert refused.status == 429
    assert "Try again in a minute" in refused.alert
    for answer in under_way:
        answer.close()
        # Twice does no harm.
        answer.close()
    recorder.script = [page(1)]
    assert rows_of(file_of(visitor.client, f"{EXPORT}?format=csv"))


def test_who_loses_their_part_meanwhile_gets_no_more_of_it(main: Connection, recorder: RecordingServer):
    mia = somebody(Role.VIEWER, main, "mia")
    recorder.script = [page(1, cursor="a"), page(2)]
    answer = mia.client.get(f"{EXPORT}?format=csv&column=uuid")
    Access.objects.filter(user=User.objects.get(username="mia")).delete()
    text = b"".join(answer).decode()
    assert "access to this connection has ended" in text
    assert len(recorder.requests) == 1


def test_nor_after_a_wait(main: Connection, recorder: RecordingServer, monkeypatch: pytest.MonkeyPatch):
    mia = somebody(Role.VIEWER, main, "mia")
    recorder.script = [page(1, cursor="a"), *[SLOW_DOWN] * 4, page(2)]
    monkeypatch.setattr(exports, "sleep", lambda seconds: Access.objects.all().delete())
    text = file_of(mia.client, f"{EXPORT}?format=csv&column=uuid")
    assert "access to this connection has ended" in text
    assert "cus_2" not in text


def test_who_leaves_in_the_middle_of_it_has_no_more_read(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, cursor="a"), page(2)]
    answer = signed_in.get(f"{EXPORT}?format=csv&column=uuid")
    pieces = iter(answer.streaming_content)
    assert (next(pieces), next(pieces)) == (b"UUID\r\n", b"cus_1\r\n")
    answer.close()
    assert len(recorder.requests) == 1
    assert Event.objects.get(kind="list.export_ended").facts["complete"] is False


def test_an_answer_that_nobody_gets_takes_no_room(ada, main, recorder: RecordingServer, rf):
    recorder.script = [page(1, cursor="a")]
    request = rf.get(f"{EXPORT}?format=csv")
    request.user, request.connection = ada, main
    main.may, main.asked_by = Permissions(Role.VIEWER, brake=False), str(ada.pk)
    answer = exporting.export(request, slug="main", operation=OPERATIONS["customers.list"])
    assert answer.streaming
    del answer
    gc.collect()


def test_a_record_that_was_deleted_here_is_left_out_though_the_list_lags(
    visitor: Browser, main, recorder: RecordingServer
):
    recorder.routes = {"/v1/customers/cus_1": reply(200, {"uuid": "cus_1"}), "/v1/customers": page(1, 2)}
    visitor.open("/c/main/customers/delete/?uuid=cus_1").press("Review").press("Send")
    assert rows_of(file_of(visitor.client, f"{EXPORT}?format=csv&column=uuid")) == [{"UUID": "cus_2"}]


def test_both_ends_are_in_the_trail(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, 2)]
    file_of(signed_in, f"{EXPORT}?format=csv&status=Active&external_id=jane@example.com")
    begun, ended = Event.objects.filter(kind__startswith="list.").order_by("id")
    filters = {"status": "Active", "external_id": "…"}
    assert begun.facts == {"list": "customers.list", "format": "csv", "filters": filters}
    assert ended.facts == {"list": "customers.list", "format": "csv", "rows": 2, "complete": True}
    for event in (begun, ended):
        assert (event.username, event.address, event.connection) == ("ada", "127.0.0.1", main)


def test_of_a_connection_that_was_deleted_meanwhile_the_end_is_told_too(
    signed_in: Client, main: Connection, recorder: RecordingServer
):
    recorder.script = [page(1, cursor="a"), page(2)]
    answer = signed_in.get(f"{EXPORT}?format=csv")
    main.delete()
    b"".join(answer)
    ended = Event.objects.get(kind="list.export_ended")
    assert (ended.connection, ended.facts["complete"]) == (None, False)
