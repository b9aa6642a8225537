"""An invoice as recorded, and helpers that fill in the invoice builder."""

import json
from typing import Any

from connections.models import Connection
from resources.directory.services import remember
from resources.operations import Resource
from resources.registry import BY_KEY
from sandbox.server import SandboxServer
from tests.pages import Browser, Element
from tests.servers import RecordingServer, reply

SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
OTHER_SOURCE = "ds_f0d8a2c4-2c7e-11ee-ab23-cb0f008cff47"
CUSTOMER = "cus_23551596-2c7e-11ee-9ea1-2bfe193640c0"
PLAN = "pl_de9e281e-76cb-11ee-b63f-b727630ce4d4"
UUID = "inv_6897d700-993e-41b5-bee6-f1569c92cf1e"
IMPORT = f"/v1/import/customers/{CUSTOMER}/invoices"
EARLIER = "/v1/invoices"
FORM = "/c/main/invoices/import/"
# As recorded in 2023: no total, a null due date, and keys that only subscription items have.
LINES = [
    {
        "uuid": "li_94751507-6531-420f-92f8-57b6ad7a54e3",
        "external_id": None,
        "type": "subscription",
        "subscription_uuid": "sub_0259d4d5-a63d-4a8c-b901-4f93f95b74b0",
        "subscription_external_id": "sub_ext",
        "prorated": False,
        "service_period_start": "2023-10-30T00:00:00.000Z",
        "service_period_end": "2023-10-31T00:00:00.000Z",
        "plan_uuid": PLAN,
        "amount_in_cents": 123450,
        "quantity": 1,
        "discount_code": "",
        "discount_amount_in_cents": 0,
        "tax_amount_in_cents": 0,
        "transaction_fees_in_cents": 0,
        "account_code": "",
        "balance_transfer": None,
    },
    {
        "uuid": "li_30b54a23-43cb-4819-ac11-cce76e0ab0ec",
        "type": "one_time",
        "description": "Setup",
        "amount_in_cents": -4500,
        "quantity": 2,
        "flavour": "vanilla",
    },
]
RECORD: dict[str, Any] = {
    "uuid": UUID,
    "external_id": "INV-1",
    "date": "2023-10-30T00:00:00.000Z",
    "due_date": None,
    "currency": "USD",
    "customer_uuid": CUSTOMER,
    "errors": {},
    "line_items": LINES,
    "transactions": [
        {
            "uuid": "tr_13920c67-3782-4d8c-b835-03deb3dd471c",
            "external_id": None,
            "type": "payment",
            "date": "2023-10-30T00:00:00.000Z",
            "result": "successful",
            "amount_in_cents": None,
        }
    ],
}


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def line(page: Browser, number: int) -> Element:
    return page.rows("Line Items")[number - 1]


def transaction(page: Browser, number: int) -> Element:
    return page.rows("Transactions")[number - 1]


def fill_line(page: Browser, number: int, **more: str) -> Browser:
    """Fill in all required fields of a subscription line; `more` are further fields by label, underscores for spaces."""
    values = {
        "Amount in Cents": "123450",
        "Subscription External ID": "sub_ext",
        "Plan UUID": PLAN,
        "Service Period Start": "2023-10-30",
        "Service Period End": "2023-11-30",
    }
    for label, value in (values | more).items():
        page.fill(label, value, within=line(page, number))
    return page


def filled_in(visitor: Browser, recorder: RecordingServer, **more: str) -> Browser:
    """Fill in the builder with all that an invoice with one line needs, for a customer without invoices; the recorder will
    accept it."""
    earlier = reply(200, {"invoices": [], "cursor": None, "has_more": False})
    imported = reply(201, {"invoices": [without(RECORD, "customer_uuid")]})
    recorder.routes = {IMPORT: imported, EARLIER: earlier}
    page = visitor.open(FORM)
    page.fill("Customer UUID", CUSTOMER).fill("External ID", "INV-1").fill("Date", "2023-10-30").fill("Currency", "USD")
    return fill_line(page, 1, **more)


def sent(recorder: RecordingServer) -> list[Any]:
    return [json.loads(request.body) for request in recorder.requests if request.method == "POST"]


def know(connection: Connection, key: str, *records: dict[str, Any]) -> None:
    resource: Resource = BY_KEY[key]
    remember(connection, resource, records)


def customer_of(box: SandboxServer, source_name: str = "Sandbox billing") -> dict[str, Any]:
    source = box.api.store.get("data_sources", name=source_name)
    found = box.api.store.get("customers", data_source_uuid=source["uuid"], external_id="cus_0001")
    assert found
    return found
