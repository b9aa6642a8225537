"""Test cases for every module of tests/data/mission.toml: what is typed into each field, by its visible label, and the
request that is then sent to ChartMogul. A new module needs one entry in CASES.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.pages import Browser, Element
from tests.servers import RecordingServer, reply

MISSION = tomllib.loads((Path(__file__).parents[1] / "data" / "mission.toml").read_text())
MODULES: dict[str, dict[str, Any]] = {module["key"]: module for module in MISSION["module"]}

CUSTOMER = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
INVOICE = "inv_6897d700-993e-41b5-bee6-f1569c92cf1e"
SUBSCRIPTION = "sub_0259d4d5-a63d-4a8c-b901-4f93f95b74b0"
PLAN = "pl_1184b750-5905-013c-13b1-46813c1ddd3d"
OTHER_PLAN = "pl_de9e281e-76cb-11ee-b63f-b727630ce4d4"
PLAN_GROUP = "plg_2b0acfd9-ef53-45a9-8dab-49b5d713e6e5"

PLAN_RECORD = {
    "uuid": PLAN,
    "external_id": "silver-1",
    "name": "Silver",
    "interval_count": 1,
    "interval_unit": "month",
    "data_source_uuid": SOURCE,
}


@dataclass(frozen=True)
class Fact:
    """A read-only field that is shown with this value and is never sent."""

    value: str


@dataclass(frozen=True, kw_only=True)
class Case:
    typed: Mapping[str, str | Fact | list[dict[str, str]]]
    """Label -> what is typed; for a repeatable group, the rows."""
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    """Path -> ChartMogul's answer; for a write, also for the reads before it."""
    also: tuple[tuple[str, str], ...] = ()
    """Additional reads that belong to the call: method and path."""
    load: str = ""
    """The field after which Load is pressed: an update starts from the record."""


RECORD = {
    "uuid": CUSTOMER,
    "external_id": "ext-1",
    "name": "Old name",
    "email": "old@example.com",
    "company": "Old company",
    "country": "DE",
    "state": None,
    "city": "Berlin",
    "zip": "10115",
    "lead_created_at": "2015-01-01T00:00:00.000Z",
    "free_trial_started_at": None,
    "data_source_uuid": SOURCE,
    "attributes": {"tags": ["old"], "custom": {"CAC": 213}, "stripe": {}},
}
# The account is in Berlin: one hour ahead of UTC in winter.
CUSTOMER_TEXTS = {
    "Name": "Ada Lovelace",
    "Email": "ada@example.com",
    "Company": "Analytical Engines",
    "Country": "United States",
    "State": "NY",
    "City": "New York",
    "Zip": "10001",
    "Lead Created At": "2016-01-01 13:00",
    "Free Trial Started At": "2016-06-01T10:00:00Z",
    "Tags": "important, Prio1",
}
CUSTOMER_BODY = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "company": "Analytical Engines",
    "country": "US",
    "state": "NY",
    "city": "New York",
    "zip": "10001",
    "lead_created_at": "2016-01-01T12:00:00Z",
    "free_trial_started_at": "2016-06-01T10:00:00Z",
}
ATTRIBUTES = [
    {"Type": "String", "Key": "channel", "Value": "Facebook"},
    {"Type": "Integer", "Key": "age", "Value": "8"},
    {"Type": "Decimal", "Key": "score", "Value": "2.5"},
    {"Type": "Timestamp", "Key": "signed_at", "Value": "2016-02-29T10:00:00Z"},
    {"Type": "Boolean", "Key": "pro", "Value": "true"},
]

INVOICE_RECORD = {
    "uuid": INVOICE,
    "external_id": "inv-1",
    "customer_uuid": CUSTOMER,
    "date": "2016-01-01T12:00:00.000Z",
    "currency": "USD",
    "line_items": [],
    "transactions": [],
}
SUBSCRIPTION_RECORD = {
    "uuid": SUBSCRIPTION,
    "external_id": "sub-1",
    "customer_uuid": CUSTOMER,
    "plan_uuid": PLAN,
    "data_source_uuid": SOURCE,
    "cancellation_dates": [],
}
IMPORTED = {"subscriptions": [SUBSCRIPTION_RECORD], "customer_uuid": CUSTOMER, "cursor": None, "has_more": False}

CASES: dict[str, Case] = {
    "customers.list": Case(
        typed={
            "Limit": "25",
            "Data Source": SOURCE,
            "External ID": "a b&c=d/é",
            "Status": "Past_Due",
            "System": "Recurly",
        },
        method="GET",
        path="/v1/customers",
        query={
            "data_source_uuid": SOURCE,
            "external_id": "a b&c=d/é",
            "status": "Past_Due",
            "system": "Recurly",
            "per_page": "25",
        },
        answers={"/v1/customers": {"entries": [], "cursor": None, "has_more": False}},
    ),
    "customers.get": Case(
        typed={"Customer": CUSTOMER},
        method="GET",
        path=f"/v1/customers/{CUSTOMER}",
        answers={f"/v1/customers/{CUSTOMER}": RECORD},
    ),
    "customers.create": Case(
        typed={**CUSTOMER_TEXTS, "Data Source": SOURCE, "External ID": "ext-2", "Custom": ATTRIBUTES},
        method="POST",
        path="/v1/customers",
        body={
            **CUSTOMER_BODY,
            "data_source_uuid": SOURCE,
            "external_id": "ext-2",
            "attributes": {
                "tags": ["important", "Prio1"],
                "custom": [
                    {"type": "String", "key": "channel", "value": "Facebook"},
                    {"type": "Integer", "key": "age", "value": 8},
                    {"type": "Decimal", "key": "score", "value": 2.5},
                    {"type": "Timestamp", "key": "signed_at", "value": "2016-02-29T10:00:00Z"},
                    {"type": "Boolean", "key": "pro", "value": True},
                ],
            },
        },
        answers={"/v1/customers": RECORD},
    ),
    "customers.update": Case(
        load="Customer",
        typed={
            **CUSTOMER_TEXTS,
            "Customer": CUSTOMER,
            "Data Source": Fact(SOURCE),
            "External ID": Fact("ext-1"),
            "Custom": ATTRIBUTES,
        },
        method="PATCH",
        path=f"/v1/customers/{CUSTOMER}",
        body={
            **CUSTOMER_BODY,
            "attributes": {
                "tags": ["important", "Prio1"],
                "custom": {
                    "channel": "Facebook",
                    "age": 8,
                    "score": 2.5,
                    "signed_at": "2016-02-29T10:00:00Z",
                    "pro": True,
                },
            },
        },
        answers={f"/v1/customers/{CUSTOMER}": RECORD},
    ),
    "customers.delete": Case(
        typed={"Customer": CUSTOMER},
        method="DELETE",
        path=f"/v1/customers/{CUSTOMER}",
        answers={f"/v1/customers/{CUSTOMER}": RECORD},
    ),
    "plans.list": Case(
        typed={"Limit": "7", "Data Source": SOURCE, "System": "Custom"},
        method="GET",
        path="/v1/plans",
        query={"data_source_uuid": SOURCE, "system": "Custom", "per_page": "7"},
        answers={"/v1/plans": {"plans": [], "cursor": None, "has_more": False}},
    ),
    "plans.get": Case(
        typed={"Plan": PLAN},
        method="GET",
        path=f"/v1/plans/{PLAN}",
        answers={f"/v1/plans/{PLAN}": PLAN_RECORD},
    ),
    "plans.create": Case(
        typed={
            "Data Source UUID": SOURCE,
            "Plan Name": "Gold",
            "Interval Count": "3",
            "Interval Unit": "month",
            "External ID": "gold-3",
        },
        method="POST",
        path="/v1/plans",
        body={
            "data_source_uuid": SOURCE,
            "name": "Gold",
            "interval_count": 3,
            "interval_unit": "month",
            "external_id": "gold-3",
        },
        answers={"/v1/plans": PLAN_RECORD},
    ),
    "plans.update": Case(
        load="Plan",
        typed={
            "Plan": PLAN,
            "Data Source UUID": Fact(SOURCE),
            "Plan Name": "Gold",
            "Interval Count": "7",
            "Interval Unit": "day",
            "External ID": Fact("silver-1"),
        },
        method="PATCH",
        path=f"/v1/plans/{PLAN}",
        body={"name": "Gold", "interval_count": 7, "interval_unit": "day"},
        answers={f"/v1/plans/{PLAN}": PLAN_RECORD},
    ),
    "plans.delete": Case(
        typed={"Plan": PLAN},
        method="DELETE",
        path=f"/v1/plans/{PLAN}",
        answers={f"/v1/plans/{PLAN}": PLAN_RECORD},
    ),
    "plan_groups.list": Case(
        typed={"Limit": "7"},
        method="GET",
        path="/v1/plan_groups",
        query={"per_page": "7"},
        answers={"/v1/plan_groups": {"plan_groups": [], "cursor": None, "has_more": False}},
    ),
    "plan_groups.get": Case(
        typed={"Plan Group": PLAN_GROUP},
        method="GET",
        path=f"/v1/plan_groups/{PLAN_GROUP}",
        answers={f"/v1/plan_groups/{PLAN_GROUP}": {"uuid": PLAN_GROUP, "name": "Silver", "plans_count": 1}},
    ),
    "plan_groups.create": Case(
        typed={"Name": "Metals", "Plan": f"{PLAN}, {OTHER_PLAN}"},
        method="POST",
        path="/v1/plan_groups",
        body={"name": "Metals", "plans": [PLAN, OTHER_PLAN]},
        answers={"/v1/plan_groups": {"uuid": PLAN_GROUP, "name": "Metals", "plans_count": 2}},
    ),
    "plan_groups.update": Case(
        load="Plan Group",
        typed={"Plan Group": PLAN_GROUP, "Name": "Metals", "Plan": OTHER_PLAN},
        method="PATCH",
        path=f"/v1/plan_groups/{PLAN_GROUP}",
        # The plan that is in the group stays, the typed one is added after it.
        body={"name": "Metals", "plans": [PLAN, OTHER_PLAN]},
        answers={
            f"/v1/plan_groups/{PLAN_GROUP}": {"uuid": PLAN_GROUP, "name": "Silver", "plans_count": 1},
            f"/v1/plan_groups/{PLAN_GROUP}/plans": {"plans": [PLAN_RECORD], "cursor": None, "has_more": False},
        },
    ),
    "plan_groups.delete": Case(
        typed={"Plan Group": PLAN_GROUP},
        method="DELETE",
        path=f"/v1/plan_groups/{PLAN_GROUP}",
        answers={f"/v1/plan_groups/{PLAN_GROUP}": {"uuid": PLAN_GROUP, "name": "Silver", "plans_count": 1}},
    ),
    "data_sources.list": Case(
        typed={"Limit": "7", "Filter by Name": "Stripe EU", "Filter by System": "Chargify"},
        method="GET",
        path="/v1/data_sources",
        query={"name": "Stripe EU", "system": "Chargify"},
        answers={"/v1/data_sources": {"data_sources": []}},
    ),
    "data_sources.get": Case(
        typed={"Data Source": SOURCE},
        method="GET",
        path=f"/v1/data_sources/{SOURCE}",
        answers={f"/v1/data_sources/{SOURCE}": {"uuid": SOURCE, "name": "Stripe EU", "system": "Stripe"}},
    ),
    "data_sources.create": Case(
        typed={"Name": "Stripe EU"},
        method="POST",
        path="/v1/data_sources",
        body={"name": "Stripe EU"},
        answers={"/v1/data_sources": {"uuid": SOURCE, "name": "Stripe EU"}},
    ),
    "data_sources.delete": Case(
        typed={"Data Source": SOURCE},
        method="DELETE",
        path=f"/v1/data_sources/{SOURCE}",
        answers={f"/v1/data_sources/{SOURCE}": {"uuid": SOURCE, "name": "Stripe EU"}},
    ),
    "invoices.list": Case(
        typed={"Limit": "10", "Data Source": SOURCE, "Customer": CUSTOMER, "External ID": "inv-1"},
        method="GET",
        path="/v1/invoices",
        query={"data_source_uuid": SOURCE, "customer_uuid": CUSTOMER, "external_id": "inv-1", "per_page": "10"},
        answers={"/v1/invoices": {"invoices": [INVOICE_RECORD], "cursor": None, "has_more": False}},
    ),
    "invoices.get": Case(
        typed={"Invoice": INVOICE},
        method="GET",
        path=f"/v1/invoices/{INVOICE}",
        query={"validation_type": "all"},
        answers={f"/v1/invoices/{INVOICE}": INVOICE_RECORD},
    ),
    "invoices.import": Case(
        typed={
            "Customer UUID": CUSTOMER,
            "External ID": "inv-2",
            "Date": "2016-01-01 13:00",
            "Currency": "USD",
            "Line Items": [
                {
                    "Type": "subscription",
                    "Amount in Cents": "5000",
                    "Subscription External ID": "sub-1",
                    "Subscription Set External ID": "set-1",
                    "Plan UUID": PLAN,
                    "Service Period Start": "2016-01-01T00:00Z",
                    "Service Period End": "2016-02-01T00:00Z",
                    "Canceled At": "2016-01-15T00:00Z",
                    "Prorated": "Yes",
                    "Description": "Seats",
                    "Quantity": "2",
                    "Discount Amount In Cents": "1200",
                    "Discount Code": "PSO86",
                    "Tax Amount In Cents": "200",
                    "Transaction Fees In Cents": "100",
                    "External ID": "line-1",
                    "Account Code": "AC1",
                },
                {"Type": "one_time", "Amount in Cents": "-250", "Description": "Setup"},
            ],
            "Data Source": SOURCE,
            "Customer External ID": "ext-1",
            "Transactions": [
                {"Date": "2016-01-05T00:14:23Z", "Type": "payment", "Result": "successful", "External ID": "tr-1"},
                {"Date": "2016-01-06", "Type": "refund", "Result": "failed"},
            ],
            "Due Date": "2016-01-31",
        },
        method="POST",
        path=f"/v1/import/customers/{CUSTOMER}/invoices",
        body={
            "invoices": [
                {
                    "external_id": "inv-2",
                    "date": "2016-01-01T12:00:00Z",
                    "currency": "USD",
                    "data_source_uuid": SOURCE,
                    "customer_external_id": "ext-1",
                    "due_date": "2016-01-31T00:00:00Z",
                    "line_items": [
                        {
                            "type": "subscription",
                            "amount_in_cents": 5000,
                            "subscription_external_id": "sub-1",
                            "subscription_set_external_id": "set-1",
                            "plan_uuid": PLAN,
                            "service_period_start": "2016-01-01T00:00:00Z",
                            "service_period_end": "2016-02-01T00:00:00Z",
                            "cancelled_at": "2016-01-15T00:00:00Z",
                            "prorated": True,
                            "description": "Seats",
                            "quantity": 2,
                            "discount_amount_in_cents": 1200,
                            "discount_code": "PSO86",
                            "tax_amount_in_cents": 200,
                            "transaction_fees_in_cents": 100,
                            "external_id": "line-1",
                            "account_code": "AC1",
                        },
                        {"type": "one_time", "amount_in_cents": -250, "description": "Setup"},
                    ],
                    "transactions": [
                        {
                            "date": "2016-01-05T00:14:23Z",
                            "type": "payment",
                            "result": "successful",
                            "external_id": "tr-1",
                        },
                        {"date": "2016-01-06T00:00:00Z", "type": "refund", "result": "failed"},
                    ],
                }
            ]
        },
        answers={f"/v1/import/customers/{CUSTOMER}/invoices": {"invoices": [INVOICE_RECORD]}},
    ),
    "invoices.delete": Case(
        typed={"Invoice": INVOICE},
        method="DELETE",
        path=f"/v1/invoices/{INVOICE}",
        answers={f"/v1/invoices/{INVOICE}": INVOICE_RECORD},
    ),
    "transactions.import": Case(
        typed={
            "Invoice": INVOICE,
            "Type": "refund",
            "Date": "2016-01-05 13:00",
            "Result": "failed",
            "External ID": "tr-2",
        },
        method="POST",
        path=f"/v1/import/invoices/{INVOICE}/transactions",
        body={"type": "refund", "date": "2016-01-05T12:00:00Z", "result": "failed", "external_id": "tr-2"},
        answers={f"/v1/import/invoices/{INVOICE}/transactions": {"uuid": "tr_1"}},
    ),
    "subscriptions.list": Case(
        typed={"Customer": CUSTOMER, "Limit": "20"},
        method="GET",
        path=f"/v1/customers/{CUSTOMER}/subscriptions",
        query={"per_page": "20"},
        also=(("GET", f"/v1/import/customers/{CUSTOMER}/subscriptions"),),
        answers={
            f"/v1/customers/{CUSTOMER}/subscriptions": {"entries": [], "cursor": "c", "has_more": False},
            f"/v1/import/customers/{CUSTOMER}/subscriptions": IMPORTED,
        },
    ),
    "subscriptions.cancel": Case(
        # The two fields are never sent together; the tests of the module cover that.
        typed={"Subscription UUID": SUBSCRIPTION, "Canceled At": "2016-01-15 13:00", "Cancellation Dates": []},
        method="PATCH",
        path=f"/v1/import/subscriptions/{SUBSCRIPTION}",
        body={"cancelled_at": "2016-01-15T12:00:00Z"},
        answers={f"/v1/import/subscriptions/{SUBSCRIPTION}": SUBSCRIPTION_RECORD},
    ),
    "api_call": Case(
        typed={
            "URL": "/v1/plans",
            "Method": "POST",
            "Headers": [{"Key": "Accept-Language", "Value": "de"}],
            "Query String": [{"Key": "a b", "Value": "c&d"}],
            "Body": '{ "name":  "Ünïcode" }',
        },
        method="POST",
        path="/v1/plans",
        query={"a b": "c&d"},
        body={"name": "Ünïcode"},
        answers={"/v1/plans": {"plans": []}},
    ),
}


def address(key: str) -> str:
    return f"/c/main/{key.replace('.', '/').replace('_', '-')}/"


def is_same_call(key: str, body: bytes) -> bool:
    """Return whether the body of an arbitrary call was sent byte for byte as typed; True for all other modules."""
    typed = CASES[key].typed.get("Body")
    return typed is None or body == str(typed).encode()


def filled(visitor: Browser, key: str, recorder: RecordingServer) -> Browser:
    """Open the page of a module and type everything of its entry."""
    case = CASES[key]
    recorder.routes = {path: reply(200, answer) for path, answer in case.answers.items()}
    page = visitor.open(address(key))
    if case.load:
        page.fill(case.load, case.typed[case.load]).press("Load")
    for label, typed in case.typed.items():
        if isinstance(typed, Fact):
            control = page.field(label)
            assert "disabled" in control
            assert control.get("value") == typed.value
        elif isinstance(typed, list):
            fill_rows(page, label, typed)
        else:
            page.fill(label, typed)
    return page


def fill_rows(page: Browser, label: str, rows: list[dict[str, str]]) -> None:
    """Add each row by the button and fill it in; what was typed before must survive that."""
    for row in rows:
        group = page.group(label)
        page.press(add_button(group), within=group)
        for name, value in row.items():
            page.fill(name, value, within=page.rows(label)[-1])


def add_button(group: Element) -> str:
    return next(button.text for button in group.all("button") if button.text.startswith("Add "))
