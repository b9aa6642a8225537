"""Lists of the sandbox: filters, limits, Next and Previous, and positions that no longer exist."""

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError
from django.test import Client, RequestFactory

from connections.models import Connection
from connections.roles import Role
from resources import paging
from resources.catalog.data_sources import RESOURCE as DATA_SOURCES
from resources.directory import services as directory
from resources.directory.models import Entry
from resources.operations import Resource
from resources.sync import services as sync_services
from tests.conftest import make_connection
from tests.pages import Browser, page_of
from tests.people import somebody
from tests.servers import reply

LIST = "/c/box/customers/list/"


def uuids(page: Browser) -> list[str]:
    return [row["UUID"] for row in page.table("Customers")]


def caption(page: Browser) -> str:
    return page.page.one("caption").text


def has(page: Browser, words: str) -> bool:
    return words in [link.text for link in page.page.all("a")]


@pytest.fixture
def everyone(sandbox) -> list[str]:
    """All customers as the API returns them, in the order of the list."""
    import requests

    found: list[str] = []
    query: dict[str, str] = {}
    while True:
        answer = requests.get(f"{sandbox.url}/v1/customers", query, auth=("sandbox", ""), timeout=5).json()
        found += [row["uuid"] for row in answer["entries"]]
        if not answer["has_more"]:
            sandbox.requests.clear()
            return found
        query = {"cursor": answer["cursor"]}


@pytest.mark.parametrize("limit", [50, 7, 120, 230, 1000])
def test_next_and_previous_walk_the_whole_list_and_back(limit: int, visitor: Browser, box, everyone):
    page = visitor.open(f"{LIST}?limit={limit}")
    walked = [uuids(page)]
    while has(page, "Next") and len(walked) < 6:
        page.follow("Next")
        walked.append(uuids(page))
    assert sum(walked, []) == everyone[: sum(map(len, walked))]
    assert all(len(rows) == limit for rows in walked[:-1])
    for rows in reversed(walked[:-1]):
        page.follow("Previous")
        assert uuids(page) == rows
    assert not has(page, "Previous")
    assert not has(page, "First")


def test_beyond_what_an_address_remembers_there_is_first_and_no_previous(visitor: Browser, box, everyone, monkeypatch):
    monkeypatch.setattr(paging, "KEPT", 2)
    page = visitor.open(f"{LIST}?limit=5")
    for _ in range(4):
        page.follow("Next")
    page.follow("Previous").follow("Previous")
    assert uuids(page) == everyone[10:15]
    assert not has(page, "Previous")
    assert uuids(page.follow("First")) == everyone[:5]


def test_the_end_of_the_list_is_said_and_no_total_is_made_up(visitor: Browser, box, everyone):
    page = visitor.open(f"{LIST}?limit=200")
    assert "1–200, more follow" in caption(page)
    page.follow("Next")
    assert f"201–{len(everyone)}, the end of the list" in caption(page)
    assert not has(page, "Next")
    assert page.notice == ""
    page.follow("First")
    assert uuids(page) == everyone[:200]


def test_a_list_that_ends_on_its_first_page_says_nothing_else(visitor: Browser, box):
    page = visitor.open(f"{LIST}?external_id=acme")
    assert len(uuids(page)) == 2
    assert "the end of the list" in caption(page)
    assert page.notice == ""
    assert page.alert == ""


@pytest.mark.parametrize(
    ("label", "choice", "column", "shown"),
    [("Status", "Past_Due", "Status", "Past Due"), ("Status", "Canceled", "Status", "Canceled"),
     ("System", "Stripe", "System", "Stripe"), ("External ID", "emoji", "External ID", "emoji")],
)  # fmt: skip
def test_each_filter_filters(label: str, choice: str, column: str, shown: str, visitor: Browser, box):
    rows = visitor.open(LIST).fill(label, choice).press("Run").table("Customers")
    assert rows
    assert {row[column] for row in rows} == {shown}
    assert visitor.value(label)


def test_rows_tell_a_status_in_the_words_of_the_filter(visitor: Browser, box, settings):
    settings.LANGUAGE_CODE = "de"
    page = visitor.open(LIST).fill("Status", "Überfällig").press("Ausführen")
    assert {row["Status"] for row in page.table("Kunden")} == {"Überfällig"}
    assert {status["data-status"] for status in page.page.all("span", class_="status")} == {"past-due"}


def test_filters_stay_along_the_way_and_in_the_form(visitor: Browser, box, sandbox):
    page = visitor.open(LIST).fill("Status", "Active").fill("Limit", "5").press("Run").follow("Next")
    assert page.value("Status") == "Active"
    assert page.value("Limit") == "5"
    assert {row["Status"] for row in page.table("Customers")} == {"Active"}
    assert sandbox.requests[-1].query["status"] == "Active"
    assert sandbox.requests[-1].query["per_page"] == "5"


def test_a_changed_filter_begins_at_the_first_page(visitor: Browser, box):
    page = visitor.open(f"{LIST}?limit=5").follow("Next").fill("Limit", "6").press("Run")
    assert "Customers 1–6" in caption(page)
    assert "at=" not in page.url


def test_a_filter_by_data_source_takes_a_name_that_is_known(visitor: Browser, box):
    visitor.open("/c/box/data-sources/list/")
    page = visitor.open(LIST).fill("Data Source", "Stripe").press("Run")
    assert page.status == 200
    assert {row["System"] for row in page.table("Customers")} == {"Stripe"}


def test_nothing_found_says_so(visitor: Browser, box):
    page = visitor.open(f"{LIST}?external_id=nobody")
    assert "Nothing matches these filters." in page.text
    assert not page.page.all("caption")
    assert page.follow("Show all without filters").table("Customers")


def test_a_list_of_nothing_leads_to_the_first_record(visitor: Browser, box, sandbox):
    sandbox.api.store.delete("plan_groups")
    page = visitor.open("/c/box/plan-groups/list/")
    assert "There are no plan groups yet." in page.text
    assert page.link("Create a Plan Group")["href"] == "/c/box/plan-groups/create/"


@pytest.mark.parametrize(
    ("of", "new", "title"),
    [
        ("customers", "New customer", "Create a Customer"),
        ("plan-groups", "New plan group", "Create a Plan Group"),
        ("invoices", "New invoice", "Import an Invoice"),
    ],
)
def test_a_list_leads_to_a_new_record_of_its_kind(of: str, new: str, title: str, visitor: Browser, box):
    page = visitor.open(f"/c/box/{of}/list/").follow(new)
    assert page.page.one("h1").text == title
    viewer = somebody(Role.VIEWER, box).open(f"/c/box/{of}/list/")
    assert not has(viewer, new)
    # Subscriptions come of invoices.
    assert "New" not in visitor.open("/c/box/subscriptions/list/").text


def test_a_dead_cursor_leads_to_the_first_page_and_says_so(visitor: Browser, box, sandbox):
    following = visitor.open(f"{LIST}?limit=5&status=Active").link("Next")["href"]
    sandbox.faults.add(path="/v1/customers", status=400)
    page = visitor.open(following)
    assert "no longer exists, so this is the first page" in page.notice
    assert "Customers 1–5" in caption(page)
    assert page.value("Status") == "Active"


@pytest.mark.parametrize("at", ["", "x", "a:b:c", "%00", "\u2028", "x" * 5000])
def test_a_place_that_was_made_up_leads_to_the_first_page(at: str, visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit=5&at={at}")
    assert page.status == 200
    assert "Customers 1–5" in caption(page)
    assert all("cursor" not in request.query for request in sandbox.requests)


def test_a_place_of_one_list_is_none_of_another(visitor: Browser, box, sandbox):
    from tests.conftest import make_connection

    make_connection("Other", kind="sandbox")
    following = visitor.open(f"{LIST}?limit=5").link("Next")["href"]
    sandbox.requests.clear()
    for elsewhere in (
        f"/c/other/customers/list/{following}",
        f"/c/box/plans/list/{following}",
        LIST + following.replace("limit=5", "limit=6"),
    ):
        page = visitor.open(elsewhere)
        assert "1–" in caption(page)
        assert "first page" in page.notice
    assert all("cursor" not in request.query for request in sandbox.requests)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1e9", "10001", "9" * 5000, "%00", "1.5", "٣x"])
def test_a_limit_that_is_none_is_an_error_at_its_field(limit: str, visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit={limit}")
    assert page.status == 422
    assert page.problem("Limit")
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "query",
    ["status=Nonsense", "system=" + "x" * 300, "data_source_uuid=..", "data_source_uuid=%00",
     "external_id=" + "x" * 5000, "data_source_uuid=" + "ds_" * 4000],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_an_error_at_its_field(query: str, visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?{query}")
    assert page.status == 422
    assert page.alert
    assert sandbox.requests == []


def test_a_system_that_nothing_here_knows_can_be_filtered_by(visitor: Browser, box, sandbox):
    sync_services.switch(box, enabled=False, every_hours=0)
    page = visitor.open(f"{LIST}?system=Chargebee")
    assert (page.status, page.value("System")) == (200, "Chargebee")
    assert [request.query["system"] for request in sandbox.requests] == ["Chargebee"]


def test_values_that_no_field_has_are_passed_over(visitor: Browser, box, sandbox):
    page = visitor.open(f"{LIST}?limit=5&page=7&cursor=x&per_page=1&utm=1&uuid=..")
    assert page.status == 200
    assert sandbox.requests[0].query == {"per_page": "5"}


def test_a_list_that_fails_says_why_and_keeps_the_filters(visitor: Browser, box, sandbox, quick):
    sandbox.faults.add(path="/v1/customers", status=500, body="html", times=None)
    page = visitor.open(f"{LIST}?status=Active&limit=9")
    assert page.status == 200
    assert "ChartMogul returned 500 without an explanation" in page.alert
    assert page.value("Status") == "Active"
    sandbox.faults.clear()
    assert len(page.follow("Try again").table("Customers")) == 9
    assert page.value("Status") == "Active"


@pytest.mark.parametrize("status", [402, 404, 422])
def test_a_refusal_is_told_once(status: int, visitor: Browser, main, recorder):
    recorder.routes = {"/v1/customers": reply(status, {"message": "Not on this plan."})}
    page = visitor.open("/c/main/customers/list/?status=Active")
    assert page.page.one(role="alert").all("p")[0].text == f"Not on this plan. (status {status})"
    assert page.page.text.count("(status") == 1
    assert "Try again" not in page.alert, "it would be refused again"
    assert page.value("Status") == "Active"


def test_the_form_of_a_list_that_was_refused_is_not_kept_for_the_next(visitor: Browser, main, recorder):
    recorder.routes = {"/v1/customers": reply(422, {"errors": {"status": "is odd today"}})}
    refused = visitor.open("/c/main/customers/list/")
    assert "is odd today" in refused.problem("Status")
    recorder.routes = {"/v1/customers": reply(200, {"entries": [], "has_more": False, "cursor": None})}
    assert "is odd today" not in visitor.open("/c/main/customers/list/").page.text


def test_the_form_of_a_list_is_its_connection_s_and_in_the_language_of_the_page(visitor: Browser, main, recorder):
    recorder.script = [reply(200, {"entries": [], "has_more": False, "cursor": None})]
    other = make_connection("Other", account_time_zone="Europe/Berlin")
    seen = {}
    for _ in range(2):
        for slug in (main.slug, other.slug):
            for language in ("en", "de"):
                answer = visitor.client.get(f"/c/{slug}/customers/list/", headers={"Accept-Language": language})
                form = page_of(answer).one("form", class_="operation")
                assert form["action"] == f"/c/{slug}/customers/list/"
                assert f"/c/{slug}/pickers/" in form.one("remote-picker")["data-url"]
                seen.setdefault(language, set()).add(form.one("button", class_="primary").text)
    assert seen == {"en": {"Run"}, "de": {"Ausführen"}}


def test_the_form_of_a_list_says_what_limit_was_asked_for_and_leads_back(visitor: Browser, box):
    for query, limit, resets in (
        ("", "50", False),
        ("?limit=3", "3", True),
        ("?limit=4", "4", True),
        ("", "50", False),
    ):
        page = visitor.open(LIST + query)
        assert page.value("Limit") == limit
        assert has(page, "Reset") is resets
    page.open(f"{LIST}?limit=3").follow("Next")
    assert page.value("Limit") == "3"


def test_filters_offer_a_system_that_was_seen_meanwhile(visitor: Browser, box, sandbox):
    def offered() -> list[str]:
        return [option.text for option in visitor.open(LIST).field("System").all("option")]

    before = offered()
    directory.remember(box, DATA_SOURCES, [{"uuid": "ds_new", "system": "Freshly Billed"}])
    assert [name for name in offered() if name not in before] == ["Freshly Billed"]


def test_a_rate_limit_is_shown_with_the_time_to_wait(visitor: Browser, box, sandbox, quick):
    sandbox.faults.add(path="/v1/customers", status=429, retry_after="600", times=None)
    page = visitor.open(LIST)
    assert "Try again in 600 s." in page.alert
    assert page.page.one("retry-countdown")["data-seconds"] == "600"


def test_data_sources_are_cut_at_the_limit_and_gone_on_with(visitor: Browser, box, sandbox):
    page = visitor.open("/c/box/data-sources/list/?limit=4")
    first = [row["Name"] for row in page.table("Data Sources")]
    assert len(first) == 4
    page.follow("Next")
    second = [row["Name"] for row in page.table("Data Sources")]
    assert len({*first, *second}) == 6
    assert all(request.query == {} for request in sandbox.requests)


def test_data_sources_are_filtered_by_name_and_system(visitor: Browser, box):
    page = visitor.open("/c/box/data-sources/list/").fill("Filter by Name", "Stripe").press("Run")
    assert [row["Name"] for row in page.table("Data Sources")] == ["Stripe"]
    page = visitor.open("/c/box/data-sources/list/").fill("Filter by System", "Recurly").press("Run")
    assert {row["System"] for row in page.table("Data Sources")} == {"Recurly"}


def test_what_a_list_showed_is_known_to_the_pickers(visitor: Browser, box):
    page = visitor.open(f"{LIST}?limit=10")
    assert set(Entry.objects.values_list("uuid", flat=True)) >= set(uuids(page))


def test_every_awkward_customer_is_shown(visitor: Browser, box):
    page = visitor.open(f"{LIST}?limit=1000")
    names = [row["Name"] for row in page.table("Customers")]
    for name in ("<script>alert(1)</script>", "=1+1", "(no name)", "שלום כהן"):
        assert name in names
    assert "<script>alert(1)" not in page.html


PAGES = [LIST, f"{LIST}rows/"]


@pytest.mark.parametrize("address", PAGES)
def test_the_directory_is_fed_once_the_page_has_been_sent(address: str, signed_in: Client, box):
    environ = RequestFactory(HTTP_COOKIE=signed_in.cookies.output(header="", sep=";")).get(address).environ
    page = WSGIHandler()(environ, lambda status, headers: None)
    assert b"cus_" in b"".join(page)
    assert not Entry.objects.filter(resource="customers").exists()
    page.close()
    assert Entry.objects.filter(resource="customers").exists()


@pytest.mark.parametrize("address", PAGES)
def test_a_directory_that_cannot_be_written_spoils_no_page(address, signed_in: Client, box, monkeypatch, caplog):
    def fails(*arguments: object) -> None:
        raise DatabaseError("The disk is full")

    with monkeypatch.context() as full:
        full.setattr(directory, "batches", fails)
        assert signed_in.get(address).status_code == 200
    assert "The disk is full" in caplog.text
    assert not Entry.objects.filter(resource="customers").exists()
    signed_in.get(address)
    assert Entry.objects.filter(resource="customers").exists(), "once there is room the next one notes it"


@pytest.mark.parametrize("address", PAGES)
def test_what_many_look_at_is_noted_once(address, signed_in: Client, box, monkeypatch):
    noted = []

    def remember(connection: Connection, resource: Resource, records: list[Any]) -> bool:
        noted.append(len(records))
        return True

    monkeypatch.setattr(directory, "remember", remember)
    for _ in range(3):
        signed_in.get(address)
    signed_in.get(LIST + "?limit=3")
    assert noted[1:] == [3]


def test_what_was_looked_at_while_the_directory_was_off_is_noted_once_it_is_on(visitor: Browser, main, recorder):
    row = {"uuid": "cus_1", "name": "Ada"}
    recorder.routes = {"/v1/customers": reply(200, {"entries": [row], "has_more": False, "cursor": None})}
    sync_services.switch(main, enabled=False, every_hours=24)
    visitor.open("/c/main/customers/list/")
    sync_services.switch(main, enabled=True, every_hours=24)
    visitor.open("/c/main/customers/list/")
    assert Entry.objects.filter(connection=main, uuid="cus_1").exists()


def test_what_is_noted_of_one_account_is_not_another_s(visitor: Browser, main, recorder):
    row = {"uuid": "cus_1", "name": "Ada"}
    recorder.routes = {"/v1/customers": reply(200, {"entries": [row], "has_more": False, "cursor": None})}
    other = make_connection("Other")
    for connection in (main, other):
        visitor.open(f"/c/{connection.slug}/customers/list/")
        assert Entry.objects.filter(connection=connection, uuid="cus_1").exists()
