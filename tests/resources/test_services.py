"""Lists across API pages: no row is lost or shown twice, and every list ends."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.api_request import ApiAnswer, ApiRequest
from connections.errors import UnexpectedReply
from resources import services
from resources.catalog import customers, data_sources
from resources.services import Position, Rows, read_rows

REQUEST = ApiRequest.build("GET", "customers", query=[("status", "Active")])


def answer(data: Any) -> ApiAnswer:
    return ApiAnswer(status=200, data=data, headers={}, body=b"{}", request_id="req-1", elapsed_ms=1)


class FakeClient:
    """A list of `total` rows; the cursor is the number of the row to go on from."""

    def __init__(self, total: int, largest: int = 200) -> None:
        self.total = total
        self.largest = largest
        self.requests: list[ApiRequest] = []

    def send(self, request: ApiRequest) -> ApiAnswer:
        self.requests.append(request)
        query = dict(request.query)
        start = int(query.get("cursor", "0"))
        stop = start + min(int(query["per_page"]), self.largest)
        rows = [{"uuid": f"cus_{number}"} for number in range(start, min(stop, self.total))]
        # The cursor is there on the last page too (recorded).
        return answer({"entries": rows, "cursor": str(stop) if rows else None, "has_more": stop < self.total})


class Scripted:
    """Answers by a function of the number of the request and its query."""

    def __init__(self, script: Callable[[int, dict[str, str]], Any]) -> None:
        self.script = script
        self.count = 0

    def send(self, request: ApiRequest) -> ApiAnswer:
        self.count += 1
        return answer(self.script(self.count, dict(request.query)))


def stretches(client: Any, limit: int) -> Iterator[Rows]:
    position: Position | None = Position()
    while position is not None:
        rows = read_rows(client, customers.LIST, REQUEST, limit=limit, start=position)
        yield rows
        position = rows.next


@given(total=st.integers(0, 1200), limit=st.integers(1, 700), largest=st.integers(1, 200))
def test_whatever_the_sizes_each_row_comes_once_and_in_order(total: int, limit: int, largest: int):
    client = FakeClient(total, largest)
    found = list(stretches(client, limit))
    uuids = [row["uuid"] for rows in found for row in rows.records]
    assert uuids == [f"cus_{number}" for number in range(total)]
    assert all(len(rows.records) == limit for rows in found[:-1])
    assert all(len(rows.records) <= limit for rows in found)
    assert not any(rows.notice for rows in found)


@given(total=st.integers(1, 600), limit=st.integers(1, 600))
def test_the_size_of_a_page_goes_along_with_the_cursor_and_stays_the_same(total: int, limit: int):
    client = FakeClient(total)
    list(stretches(client, limit))
    assert {dict(request.query)["per_page"] for request in client.requests} == {str(min(limit, 200))}
    assert all(dict(request.query)["status"] == "Active" for request in client.requests)


def test_no_more_pages_are_read_than_the_limit_needs():
    client = FakeClient(1000)
    rows = read_rows(client, customers.LIST, REQUEST, limit=200, start=Position())
    assert len(client.requests) == 1
    assert rows.next == Position("200")


def test_a_list_that_is_not_paged_is_cut_here():
    everything = {"data_sources": [{"uuid": f"ds_{number}"} for number in range(7)], "has_more": True, "cursor": "x"}
    client = Scripted(lambda number, query: everything)
    request = ApiRequest.build("GET", "data_sources")
    found, position = [], Position()
    while position is not None:
        rows = read_rows(client, data_sources.LIST, request, limit=3, start=position)
        found.append([row["uuid"] for row in rows.records])
        position = rows.next
    assert found == [["ds_0", "ds_1", "ds_2"], ["ds_3", "ds_4", "ds_5"], ["ds_6"]]


def test_E11_a_repeated_cursor_ends_the_list_and_says_so():
    client = Scripted(
        lambda number, query: {"entries": [{"uuid": f"cus_{number}"}], "cursor": "same", "has_more": True}
    )
    rows = read_rows(client, customers.LIST, REQUEST, limit=500, start=Position())
    assert client.count == 2
    assert rows.next is None
    assert "twice" in rows.notice


def test_E11_cursors_that_go_round_end_the_list():
    cursors = itertools.cycle("abc")
    client = Scripted(lambda number, query: {"entries": [], "cursor": next(cursors), "has_more": True})
    rows = read_rows(client, customers.LIST, REQUEST, limit=500, start=Position())
    assert client.count == 4
    assert "twice" in rows.notice


def test_E11_more_without_end_stops_after_so_many_pages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "LONGEST", 10**6)
    client = Scripted(lambda number, query: {"entries": [], "cursor": str(number), "has_more": True})
    rows = read_rows(client, customers.LIST, REQUEST, limit=500, start=Position())
    assert client.count == services.MOST_PAGES == 10_000
    assert rows.next is None
    assert "10,000 pages" in rows.notice


def test_E11_more_without_a_cursor_ends_the_list_and_says_so():
    for cursor in (None, "", 7, ["x"]):
        client = Scripted(lambda number, query, cursor=cursor: {"entries": [], "cursor": cursor, "has_more": True})
        rows = read_rows(client, customers.LIST, REQUEST, limit=500, start=Position())
        assert client.count == 1
        assert "may not be complete" in rows.notice


@pytest.mark.parametrize("has_more", ["true", 1, None, {}, "false"])
def test_only_true_is_more(has_more: Any):
    client = Scripted(lambda number, query: {"entries": [], "cursor": "c", "has_more": has_more})
    assert read_rows(client, customers.LIST, REQUEST, limit=5, start=Position()).next is None
    assert client.count == 1


@pytest.mark.parametrize(
    ("said", "proven"),
    [
        ({"has_more": False, "cursor": "c"}, True),
        ({"has_more": False, "current_page": 1, "total_pages": 3}, True),
        ({"has_more": "true"}, False),
        ({"has_more": 0}, False),
        ({"cursor": "c"}, False),
        ({"total_pages": 3}, False),
        ({"current_page": 1, "total_pages": 3}, False),
        ({"current_page": 1, "total_pages": 1}, True),
        ({"current_page": 1, "total_pages": 0, "cursor": None}, True),
        ({"cursor": None}, True),
        ({}, True),
    ],
)
def test_E11_only_an_end_that_is_told_counts_as_one(said: dict[str, Any], proven: bool):
    client = Scripted(lambda number, query: {"entries": [{"uuid": "cus_1"}], **said})
    rows = read_rows(client, customers.LIST, REQUEST, limit=5, start=Position())
    assert (rows.next, client.count) == (None, 1)
    assert ("may not be complete" in rows.notice) is not proven
    client = Scripted(lambda number, query: {"entries": [{"uuid": "cus_1"}], **said})
    if proven:
        assert len(services.read_all(client, data_sources.HELD[0], "ds_1")) == 1
    else:
        with pytest.raises(UnexpectedReply, match="may not be complete"):
            services.read_all(client, data_sources.HELD[0], "ds_1")


def test_E11_a_full_page_that_says_nothing_may_not_be_the_last():
    client = Scripted(lambda number, query: {"entries": [{"uuid": "cus_1"}, {"uuid": "cus_2"}]})
    rows = read_rows(client, customers.LIST, REQUEST, limit=2, start=Position())
    assert "may not be complete" in rows.notice


def test_E11_a_page_that_shrank_meanwhile_neither_fails_nor_repeats():
    client = FakeClient(400)
    first = read_rows(client, customers.LIST, REQUEST, limit=250, start=Position())
    assert first.next == Position("200", 50)
    client.total = 220
    rest = read_rows(client, customers.LIST, REQUEST, limit=250, start=first.next)
    assert rest.records == []
    assert rest.next is None


def test_a_slow_list_stops_short_and_can_be_gone_on_with(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "LONGEST", -1)
    rows = read_rows(FakeClient(1000), customers.LIST, REQUEST, limit=600, start=Position())
    assert len(rows.records) == 200
    assert rows.next == Position("200")
    assert "slow" in rows.notice


def test_a_part_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "LONGEST", -1)
    endless = Scripted(lambda number, query: {"entries": [], "cursor": str(number), "has_more": True})
    with pytest.raises(UnexpectedReply, match="not read to its end"):
        services.read_all(endless, data_sources.HELD[0], "ds_1")
    assert endless.count == 1


@pytest.mark.parametrize(
    "data",
    [None, [], "text", 5, {}, {"entries": None}, {"entries": {}}, {"entries": [1]}, {"entries": [{}, None]}, {"e": []}],
)
def test_an_answer_without_rows_is_an_error_that_can_be_read(data: Any):
    with pytest.raises(UnexpectedReply) as refusal:
        read_rows(Scripted(lambda number, query: data), customers.LIST, REQUEST, limit=5, start=Position())
    assert "no list of entries" in refusal.value.user_message
    assert "status 200, request ID req-1" in refusal.value.user_message


@pytest.mark.parametrize("data", [None, [], "text", {}, {"uuid": 5}, {"uuid": None}, [{"uuid": "cus_1"}]])
def test_an_answer_that_is_no_record_is_an_error_that_can_be_read(data: Any):
    with pytest.raises(UnexpectedReply, match="status 200"):
        services.read_record(Scripted(lambda number, query: data), customers.RESOURCE, "cus_1")
