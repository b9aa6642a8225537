"""The stretches in which a whole list is loaded. What the page does with them is tested in tests/browser/test_lists.py."""

from typing import Any

import pytest
from django.test import Client

from tests.pages import Browser, Element, parse
from tests.servers import RecordingServer, reply

LIST = "/c/box/customers/list/"


def stretch(client: Client, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return parse(answer.content.decode()).one("tbody")


def of_page(page: Browser) -> str:
    return page.page.one("load-all")["data-from"]


def test_stretch_by_stretch_comes_the_whole_list(visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit=5").follow("Next")
    sandbox.requests.clear()
    address, found = of_page(page), []
    while address:
        body = stretch(page.client, address)
        found += [row.all("td")[-1].text for row in body.all("tr")]
        address = body["data-next"]
    assert len(found) == len(set(found)) == len(sandbox.api.store.all("customers"))
    assert {request.query["per_page"] for request in sandbox.requests} == {"200"}


def test_filters_and_columns_go_along(visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit=5&status=Active&column=uuid&column=currency-sign&column=city")
    body = stretch(page.client, of_page(page))
    assert sandbox.requests[-1].query == {"per_page": "200", "status": "Active"}
    assert {len(row.all("td")) for row in body.all("tr")} == {3}


def test_a_field_that_no_row_of_a_stretch_holds_stays_a_column(signed_in: Client, main, recorder: RecordingServer):
    recorder.script = [reply(200, {"entries": [{"uuid": "cus_1"}], "has_more": False})]
    body = stretch(signed_in, "/c/main/customers/list/rows/?column=uuid&column=rare")
    assert [cell.text for cell in body.all("td")] == ["cus_1", "—"]


def test_a_list_that_is_all_there_offers_nothing_to_load_and_can_be_sorted(visitor: Browser, box):
    page = visitor.open(f"{LIST}?external_id=acme")
    assert not page.page.all("load-all")
    assert "data-sortable" in page.page.one("sorted-table")
    page.open(f"{LIST}?limit=5")
    assert "data-sortable" not in page.page.one("sorted-table")
    assert "Without JavaScript, a list shows at most 10,000 rows" in page.page.one("load-all").text


@pytest.mark.parametrize(
    ("column", "row", "sort", "unit"),
    [
        ("mrr", {"mrr": 123450, "currency": "EUR"}, "123450", "EUR"),
        ("mrr", {"mrr": 12.5}, "12.5", ""),
        ("mrr", {"mrr": "lots"}, "", ""),
        ("mrr", {"mrr": True}, "", ""),
        ("mrr", {"mrr": None}, "", ""),
        ("customer-since", {"customer-since": "1970-01-01T01:00:00+01:00"}, "0.0", ""),
        ("customer-since", {"customer-since": "yesterday"}, "", ""),
        ("name", {"name": '" onclick="'}, "", ""),
    ],
)
def test_a_cell_says_what_it_is_sorted_by(
    column: str, row: Any, sort: str, unit: str, signed_in: Client, main, recorder: RecordingServer
):
    recorder.script = [reply(200, {"entries": [{"uuid": "cus_1", **row}], "has_more": False})]
    (cell,) = stretch(signed_in, f"/c/main/customers/list/rows/?column={column}").all("td")
    assert (cell.get("data-sort", ""), cell.get("data-unit", "")) == (sort, unit)


def test_amounts_of_invoices_are_sorted_by_their_integers(signed_in: Client, main, recorder: RecordingServer):
    lines = [{"amount_in_cents": 1000}, {"amount_in_cents": -250}]
    invoice = {"uuid": "inv_1", "currency": "USD", "line_items": lines}
    recorder.script = [reply(200, {"invoices": [invoice], "has_more": False})]
    total, count = stretch(signed_in, "/c/main/invoices/list/rows/?column=line_items&column=line_items:count").all("td")
    assert (total["data-sort"], total["data-unit"]) == ("750", "USD")
    assert count["data-sort"] == "2"


@pytest.mark.parametrize(
    ("fault", "status", "wait"),
    [
        ({"status": 429, "retry_after": "600"}, 429, 600.0),
        ({"status": 500}, 424, None),
        ({"status": 400}, 424, None),
        ({"status": 404}, 424, None),
    ],
)
def test_what_fails_is_said_as_data(fault: dict[str, Any], status: int, wait, visitor: Browser, box, sandbox, quick):
    address = of_page(visitor.open(f"{LIST}?limit=5"))
    sandbox.faults.add(path="/v1/customers", times=None, **fault)
    answer = visitor.client.get(address)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert answer.json()["retry_after"] == wait


def test_what_chartmogul_refuses_is_said_of_the_first_rows_and_of_later_ones_that_their_place_is_gone(
    signed_in: Client, main, recorder: RecordingServer
):
    refusal = reply(422, {"error": "No such filter"})
    rows = [{"uuid": f"cus_{number}"} for number in range(200)]
    recorder.script = [reply(200, {"entries": rows, "cursor": "two", "has_more": True}), refusal, refusal]
    address = stretch(signed_in, "/c/main/customers/list/rows/")["data-next"]
    first, later = signed_in.get("/c/main/customers/list/rows/"), signed_in.get(address)
    assert (first.status_code, later.status_code) == (424, 409)
    assert "No such filter" in first.json()["message"]
    assert later.json()["message"] == "That place in the list no longer exists."


@pytest.mark.parametrize("at", ["", "x", "a:b:c", "%00", "x" * 5000])
def test_a_place_that_was_made_up_is_refused(at: str, signed_in: Client, box, sandbox):
    assert signed_in.get(f"{LIST}rows/?at={at}").status_code == 409
    assert sandbox.requests == []


def test_filters_that_cannot_be_are_refused(signed_in: Client, box, sandbox):
    assert signed_in.get(f"{LIST}rows/?status=Nonsense").status_code == 422
    assert sandbox.requests == []
