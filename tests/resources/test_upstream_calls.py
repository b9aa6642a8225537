"""The number of calls to ChartMogul for each page, for everything that is declared."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from resources.catalog.api_call import ApiCallOperation
from resources.operations import GetOperation, ListOperation, Operation, Part, Resource, WriteOperation
from resources.registry import OPERATIONS, RESOURCES
from tests.servers import RecordingServer, reply

UUID = "23e01538-2c7e-11ee-b2ce-fb986e96e21b"
PREFIXES = {"customers": "cus", "plans": "pl", "plan_groups": "plg", "data_sources": "ds", "invoices": "inv"}
LISTS = [operation for operation in OPERATIONS.values() if isinstance(operation, ListOperation)]
FORMS = [operation for operation in OPERATIONS.values() if not isinstance(operation, ListOperation)]
PARTS = [(resource, part) for resource in RESOURCES for part in resource.parts]
RECORDS = [resource for resource in RESOURCES if resource.path]


def uuid_of(key: str) -> str:
    return f"{PREFIXES.get(key, 'sub')}_{UUID}"


def rows(declared: ListOperation | Part, count: int = 200) -> dict[str, Any]:
    held = [{"uuid": f"x_{number}", "name": f"Row {number}", "external_id": str(number)} for number in range(count)]
    return {declared.rows_key: held, "cursor": "next", "has_more": True}


NOTHING = {"subscriptions": [], "has_more": False}
"""Of the imported subscriptions of a customer."""


def record(key: str) -> dict[str, Any]:
    every_list = {part.rows_key: [] for resource in RESOURCES for part in resource.parts}
    return {"uuid": uuid_of(key), "name": "One", "external_id": "one", **every_list, "has_more": False}


def upstream(recorder: RecordingServer, *bodies: dict[str, Any]) -> None:
    recorder.script = [reply(200, body) for body in bodies]
    recorder.requests.clear()


@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.key)
def test_a_page_of_a_list_is_one_call_and_one_more_where_another_list_completes_it(
    operation: ListOperation, signed_in: Client, main, recorder: RecordingServer
):
    upstream(recorder, rows(operation), NOTHING)
    address = reverse(operation.url_name, args=["main"])
    answer = signed_in.get(address, {"limit": "200", "uuid": uuid_of("customers")})
    assert answer.status_code == 200
    assert answer.content.count(b"<tr") == 201
    assert len(recorder.requests) == 1 + bool(operation.complete)


@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.key)
def test_so_is_each_stretch_of_loading_all(operation: ListOperation, signed_in: Client, main, recorder):
    upstream(recorder, rows(operation), NOTHING)
    address = reverse(f"resources:{operation.key}.rows", args=["main"])
    answer = signed_in.get(address, {"uuid": uuid_of("customers")})
    assert answer.status_code == 200
    assert answer.content.count(b"<tr") == 200
    assert len(recorder.requests) == 1 + bool(operation.complete)
    assert not operation.paged or "per_page=200" in recorder.requests[0].query


@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.key)
def test_choosing_columns_saving_a_view_and_asking_for_a_file_ask_nothing(
    operation: ListOperation, signed_in: Client, main, recorder
):
    for name in ("columns", "save_view", "export"):
        address = reverse(f"resources:{operation.key}.{name}", args=["main"])
        assert signed_in.get(address, {"uuid": uuid_of("customers")}).status_code == 200
    assert recorder.requests == []


@pytest.mark.parametrize("operation", FORMS, ids=lambda operation: operation.key)
def test_an_empty_form_asks_nothing(operation: Operation, signed_in: Client, main, recorder: RecordingServer):
    assert signed_in.get(reverse(operation.url_name, args=["main"])).status_code == 200
    assert recorder.requests == []


@pytest.mark.parametrize(
    "operation", [operation for operation in FORMS if not isinstance(operation, ApiCallOperation)], ids=lambda o: o.key
)
def test_a_form_on_a_record_asks_for_what_it_needs_of_that_record(
    operation: Operation, signed_in: Client, main, recorder: RecordingServer
):
    key = operation.key.partition(".")[0]
    upstream(recorder, record(key))
    address = reverse(operation.url_name, args=["main"])
    assert signed_in.get(address, {"uuid": uuid_of(key), "customer_uuid": uuid_of("customers")}).status_code == 200
    needed = bool(isinstance(operation, GetOperation) or operation.form_class.loads_by)
    also = len(operation.also_reads) if isinstance(operation, WriteOperation) else 0
    assert len(recorder.requests) <= needed + also


@pytest.mark.parametrize("resource", RECORDS, ids=lambda resource: resource.key)
def test_the_page_of_a_record_is_one_call(resource: Resource, signed_in: Client, main, recorder: RecordingServer):
    upstream(recorder, record(resource.key))
    answer = signed_in.get(reverse(f"resources:record.{resource.key}", args=["main", uuid_of(resource.key)]))
    assert answer.status_code == 200
    assert len(recorder.requests) == 1


@pytest.mark.parametrize(("resource", "part"), PARTS, ids=[f"{r.key}.{p.key}" for r, p in PARTS])
def test_each_part_of_it_is_one_more(
    resource: Resource, part: Part, signed_in: Client, main, recorder: RecordingServer
):
    upstream(recorder, rows(part, 20), NOTHING)
    address = reverse(f"resources:part.{resource.key}.{part.key}", args=["main", uuid_of(resource.key)])
    assert signed_in.get(address).status_code == 200
    assert len(recorder.requests) == 1 + bool(part.of and part.of.complete)
