"""The directory: entries per connection, taken from answers of any shape, and never shared."""

from typing import Any

import pytest
from django.db import OperationalError

from resources.catalog.customers import RESOURCE as CUSTOMERS
from resources.catalog.data_sources import RESOURCE as SOURCES
from resources.directory import services as directory
from resources.directory.models import Entry
from resources.form_context import Choice
from tests.conftest import make_connection
from tests.servers import reply

RECORD = {
    "uuid": "cus_1",
    "name": "Ada",
    "external_id": "ext-1",
    "email": "ada@example.com",
    "data_source_uuid": "ds_1",
}


@pytest.fixture
def other(main):
    return make_connection("Other")


def names(connection, words: str = "") -> list[str]:
    found = directory.search(connection, "customers", words, 100) if words else directory.known(connection, "customers")
    return [entry.name for entry in found]


def described(connection, resource: str, uuid: str) -> Choice:
    return directory.choices(connection, directory.known(connection, resource).filter(uuid=uuid))[0]


def test_two_connections_never_see_each_other(main, other):
    directory.remember(main, CUSTOMERS, [RECORD])
    directory.remember(other, CUSTOMERS, [RECORD | {"name": "Grace"}])
    assert (names(main), names(other)) == (["Ada"], ["Grace"])
    assert described(main, "customers", "cus_1").name == "Ada"
    assert directory.called(main, "customers", "Grace") == set()
    assert directory.called(other, "customers", "Grace") == {"cus_1"}
    directory.forget(main, "customers", "cus_1")
    assert (names(main), names(other)) == ([], ["Grace"])


def test_systems_and_sources_are_those_of_the_connection(main, other):
    directory.remember(main, SOURCES, [{"uuid": "ds_1", "name": "Here", "system": "Chargebee"}])
    directory.remember(other, SOURCES, [{"uuid": "ds_1", "name": "There", "system": "PayPal"}])
    directory.remember(main, CUSTOMERS, [RECORD])
    assert directory.systems(main) == ("Chargebee",)
    assert "Here" in described(main, "customers", "cus_1").detail
    directory.forget(main, "data_sources", "ds_1")
    assert names(main) == []
    assert directory.systems(other) == ("PayPal",)


def test_a_uuid_that_no_database_keeps_is_of_no_record(main):
    directory.remember(main, CUSTOMERS, [RECORD, RECORD | {"uuid": "cus_\0"}])
    assert names(main) == ["Ada"]
    assert directory.Known(main).describe("customers", "cus_\0") is None
    assert directory.names(main, "customers", ["cus_1", "cus_\0"]) == {"cus_1": "Ada"}


def test_a_record_seen_again_is_brought_up_to_date(main):
    directory.remember(main, CUSTOMERS, [RECORD, RECORD | {"name": "Later"}])
    directory.remember(main, CUSTOMERS, [RECORD | {"name": "Grace", "email": None}])
    assert names(main) == ["Grace"]
    assert Entry.objects.get().email == ""


@pytest.mark.parametrize(
    "record",
    [{}, {"uuid": None}, {"uuid": 5}, {"uuid": ""}, {"uuid": "x" * 256}, {"name": "no uuid"}, {"uuid": ["cus_1"]}],
)
def test_a_record_without_a_uuid_is_passed_over(record, main):
    directory.remember(main, CUSTOMERS, [record])
    assert not Entry.objects.exists()


@pytest.mark.parametrize("value", [None, 5, ["x"], {"x": 1}, "a\0b", "x" * 100_000, "<b>", "\u202e"])
def test_a_record_may_hold_anything(value, main):
    directory.remember(main, CUSTOMERS, [{**dict.fromkeys(RECORD, value), "uuid": "cus_1"}])
    entry = Entry.objects.get()
    assert "\0" not in entry.name
    assert len(entry.name) <= 1_000
    assert described(main, "customers", "cus_1").uuid == "cus_1"


def test_a_database_that_takes_nothing_fails_no_page_and_no_write(main, visitor, recorder, monkeypatch):
    def refuse(*args: Any, **more: Any) -> None:
        raise OperationalError("database is locked")

    record = {"uuid": "ds_1", "name": "New", "system": "Import API"}
    recorder.routes = {"POST /v1/data_sources": reply(201, record), "/v1/data_sources/ds_1": reply(200, record)}
    recorder.routes["DELETE /v1/data_sources/ds_1"] = reply(204)
    monkeypatch.setattr(directory, "batches", refuse)
    monkeypatch.setattr(directory, "owned_by", refuse)
    page = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review").press("Send")
    assert "Data source created: New" in page.text
    assert page.open("/c/main/data-sources/ds_1/").h1 == "New"
    directory.forget(main, "data_sources", "ds_1")
    assert not Entry.objects.exists()


def test_every_word_must_stand_somewhere(main):
    directory.remember(main, CUSTOMERS, [RECORD, {"uuid": "cus_2", "name": "Ada Byron"}])
    assert names(main, "ada") == ["Ada", "Ada Byron"]
    assert names(main, "byr AD") == ["Ada Byron"]
    assert names(main, "example ext") == ["Ada"]
    assert names(main, "%") == names(main, "_x") == []


def test_a_name_that_two_have_stands_for_neither(main):
    directory.remember(main, CUSTOMERS, [RECORD, RECORD | {"uuid": "cus_2", "external_id": "ext-2"}])
    assert directory.Known(main).resolve("customers", "Ada") is None
    assert directory.Known(main).resolve("customers", "ext-2") == "cus_2"


def test_names_are_looked_up_once_however_often_a_form_reads_them(main, django_assert_num_queries):
    directory.remember(main, CUSTOMERS, [RECORD])
    known = directory.Known(main)
    assert known.resolve("customers", "Ada") == "cus_1"
    with django_assert_num_queries(0):
        assert known.resolve("customers", "Ada") == "cus_1"
        assert known.called("customers", "Ada") == {"cus_1"}


def test_and_the_form_says_that_there_are_two(main, visitor):
    directory.remember(main, CUSTOMERS, [RECORD, RECORD | {"uuid": "cus_2", "external_id": "ext-2"}])
    for typed, said in (("Ada", "More than one has the name or external ID “Ada”."), ("Bob", "No customer found")):
        assert said in visitor.open(f"/c/main/customers/get/?uuid={typed}").problem("Customer")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Ad", "which record “Ad” stands for, such as Ada or Adam, or paste its UUID."),
        ("ada@example.com", "which record “ada@example.com” stands for, such as Ada, or paste its UUID."),
        ("ext-3", "which record “ext-3” stands for, such as x@ext-3.example, or paste its UUID."),
        ("Bob", "No customer found for “Bob”."),
    ],
)
def test_half_a_name_is_told_from_one_that_nothing_has(typed: str, said: str, main, visitor):
    others = [{"uuid": "cus_2", "name": "Adam"}, {"uuid": "cus_3", "email": "x@ext-3.example"}]
    directory.remember(main, CUSTOMERS, [RECORD | {"email": "ada@example.com"}, *others])
    assert said in visitor.open(f"/c/main/customers/get/?uuid={typed}").problem("Customer")
