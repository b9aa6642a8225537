"""Lists as files."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from activity.models import Event
from connections.models import Access, Connection
from connections.roles import Role
from resources import exports
from resources.directory.models import Entry
from resources.views import exporting
from tests.pages import Browser
from tests.people import somebody
from tests.servers import Behaviour, RecordingServer, reply

EXPORT = "/c/main/customers/list/export/"
MARK = "\ufeff"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch, quick) -> None:
    monkeypatch.setattr(exports.Reading, "sleep", staticmethod(lambda seconds: None))


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
        "/c/main/customers/list/?limit=&data_source_uuid=&external_id=&status=Active&system=&column=name"
    ]


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


def test_a_limit_of_chartmogul_is_waited_for(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, cursor="a"), *[SLOW_DOWN] * 4, page(2)]
    assert len(rows_of(file_of(signed_in, f"{EXPORT}?format=csv&column=uuid"))) == 2


def test_not_for_ever(signed_in: Client, main, recorder: RecordingServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exports, "MOST_WAITS", 1)
    recorder.script = [page(1, cursor="a"), *[SLOW_DOWN] * 20]
    assert rows_of(file_of(signed_in, f"{EXPORT}?format=csv&column=uuid"))[-1]["UUID"].startswith("INCOMPLETE")


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


def test_a_record_that_was_deleted_here_is_left_out_though_the_list_lags(
    visitor: Browser, main, recorder: RecordingServer
):
    recorder.routes = {"/v1/customers/cus_1": reply(200, {"uuid": "cus_1"}), "/v1/customers": page(1, 2)}
    visitor.open("/c/main/customers/delete/?uuid=cus_1").press("Review").press("Send")
    assert rows_of(file_of(visitor.client, f"{EXPORT}?format=csv&column=uuid")) == [{"UUID": "cus_2"}]


def test_both_ends_are_in_the_trail(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [page(1, 2)]
    file_of(signed_in, f"{EXPORT}?format=csv&status=Active")
    begun, ended = Event.objects.filter(kind__startswith="list.").order_by("id")
    assert begun.facts == {"list": "customers.list", "format": "csv", "filters": {"Status": "Active"}}
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
