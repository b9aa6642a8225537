"""The history of a record includes writes to what belongs to it, such as a customer's invoices."""

import importlib
import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.db.migrations.loader import MigrationLoader

from activity import trail
from activity.models import Write
from resources.directory.services import remember
from resources.registry import BY_KEY
from tests.pages import Browser
from tests.resources.catalog.a_subscription import (
    CANCEL,
    HELD,
    IMPORTED_PATH,
    OPENED,
    SUB,
    above,
    imported,
    page_of_list,
)
from tests.resources.catalog.a_subscription import CUSTOMER as SUBSCRIBER
from tests.resources.catalog.an_invoice import CUSTOMER, RECORD, UUID, filled_in
from tests.servers import RecordingServer, reply

CUSTOMER_RECORD = {"uuid": CUSTOMER, "name": "Ada Lovelace", "external_id": "ada"}
migration = importlib.import_module("activity.migrations.0005_owner")


def history(page: Browser) -> list[str]:
    section = page.page.one("h2", id="history").inside("section")
    return [link.text for link in section.all("a")][1:]


def found(visitor: Browser, record: str) -> list[str]:
    return [row["What"] for row in visitor.open(f"/c/main/activity/?record={record}").table("Writes")]


@pytest.fixture
def known(main, recorder: RecordingServer) -> RecordingServer:
    """The recorder, with the customer in the directory."""
    remember(main, BY_KEY["customers"], [CUSTOMER_RECORD])
    return recorder


def test_an_imported_invoice_is_in_the_history_of_its_customer(visitor: Browser, known: RecordingServer):
    filled_in(visitor, known).press("Review").press("Send")
    known.routes |= {f"/v1/customers/{CUSTOMER}": reply(200, CUSTOMER_RECORD)}
    assert history(visitor.open(f"/c/main/customers/{CUSTOMER}/")) == ["Import an Invoice: INV-1"]
    visitor.follow("History")
    (row,) = visitor.table("Writes")
    assert row["Record"] == "INV-1 Ada Lovelace"
    assert found(visitor, "lovelace") == found(visitor, UUID) == ["Import an Invoice"]
    rows = json.loads(visitor.client.get("/c/main/activity/?format=json").getvalue())
    assert (rows[0]["owner_uuid"], rows[0]["owner_name"]) == (CUSTOMER, "Ada Lovelace")


@pytest.mark.parametrize("opened", [OPENED, f"{CANCEL}?uuid={SUB}"], ids=["of a known customer", "by its UUID alone"])
def test_a_cancellation_is_in_the_history_of_the_customer(opened: str, visitor: Browser, main, recorder):
    customer = {"uuid": SUBSCRIBER, "name": "Ada"}
    recorder.routes = {
        IMPORTED_PATH: page_of_list("subscriptions", [imported(dates=HELD)]),
        f"/v1/import/subscriptions/{SUB}": reply(202, {**imported(dates=HELD), "customer_uuid": SUBSCRIBER}),
        f"/v1/customers/{SUBSCRIBER}": reply(200, customer),
    }
    visitor.open(opened)
    visitor.fill("Canceled At", "2020-01-15", within=above(visitor)).press("Review").press("Send")
    assert history(visitor.open(f"/c/main/customers/{SUBSCRIBER}/")) == ["Cancel a Customer's Subscription: s-1"]
    assert found(visitor, SUBSCRIBER) == found(visitor, SUB) == ["Cancel a Customer's Subscription"]
    assert "Customer: " in visitor.follow("Cancel a Customer's Subscription").text


def test_a_refund_is_in_the_history_of_its_invoice(visitor: Browser, known: RecordingServer):
    known.routes = {f"/v1/import/invoices/{UUID}/transactions": reply(201, {"uuid": "tr_1", "external_id": "r-1"})}
    page = visitor.open("/c/main/transactions/import/")
    page.fill("Invoice", UUID).fill("Type", "refund").fill("Date", "2016-01-01T12:00:00Z").press("Review").press("Send")
    known.routes |= {f"/v1/invoices/{UUID}": reply(200, RECORD)}
    assert history(visitor.open(f"/c/main/invoices/{UUID}/")) == ["Import an Invoice Transaction: r-1"]


@pytest.mark.parametrize("page", ["module", "console"])
def test_a_deleted_invoice_is_in_the_history_of_its_customer(page: str, visitor: Browser, known: RecordingServer):
    known.routes = {
        f"GET /v1/invoices/{UUID}": reply(200, RECORD),
        f"DELETE /v1/invoices/{UUID}": reply(204),
        f"/v1/customers/{CUSTOMER}": reply(200, CUSTOMER_RECORD),
    }
    if page == "module":
        visitor.open(f"/c/main/invoices/delete/?uuid={UUID}").press("Review").press("Send")
    else:
        call = visitor.open("/c/main/api-call/").fill("URL", f"/v1/invoices/{UUID}").fill("Method", "DELETE")
        call.press("Review").fill("Type the name to confirm", "INV-1").fill("Reason", "Wrong").press("Send")
    (told,) = history(visitor.open(f"/c/main/customers/{CUSTOMER}/"))
    assert told.endswith(": INV-1")


def test_a_call_written_out_by_hand_belongs_to_what_its_path_names(visitor: Browser, known: RecordingServer):
    path = f"/v1/import/customers/{CUSTOMER}/invoices"
    known.routes = {path: reply(201, {"invoices": []})}
    call = visitor.open("/c/main/api-call/").fill("URL", path).fill("Method", "POST").fill("Body", "{}")
    call.press("Review").press("Send")
    assert "Customer: Ada Lovelace" in visitor.text
    assert found(visitor, CUSTOMER) == ["Make an API Call"]


def test_scrubbing_takes_the_name_and_leaves_whose_it_was(visitor: Browser, known: RecordingServer):
    filled_in(visitor, known).press("Review").press("Send")
    call_command("scrub_activity", "--record", CUSTOMER)
    write = Write.objects.get()
    assert (write.owner_uuid, write.owner_name) == (CUSTOMER, "")


@pytest.mark.parametrize(
    ("path", "record", "owner"),
    [
        (f"/v1/import/customers/{CUSTOMER}/invoices", None, CUSTOMER),
        (f"/v1/import/invoices/{UUID}/transactions", None, UUID),
        (f"/v1/import/subscriptions/{SUB}", {"customer_uuid": SUBSCRIBER}, SUBSCRIBER),
        (f"/v1/import/subscriptions/{SUB}", None, ""),
        (f"/v1/invoices/{UUID}", {"customer_uuid": CUSTOMER}, CUSTOMER),
        (f"/v1/invoices/{UUID}", {"customer_uuid": None}, ""),
        (f"/v1/customers/{CUSTOMER}", {"customer_uuid": "x"}, ""),
        ("/v1/import/customers/a%00b/invoices", None, "a\ufffdb"),
        (f"/v1/import/customers/{'x' * 300}/invoices", None, "x" * 255),
    ],
)
def test_what_was_written_before_this_was_kept_says_whose_it_was(path: str, record: Any, owner: str):
    assert migration.owner_of(path, record) == owner


def test_the_history_of_old_writes_is_found_too(visitor: Browser, known: RecordingServer):
    filled_in(visitor, known).press("Review").press("Send")
    Write.objects.change(owner_uuid="")
    then = MigrationLoader(database).project_state(("activity", "0005_owner")).apps
    migration.fill(then, SimpleNamespace(connection=database))
    assert found(visitor, CUSTOMER) == ["Import an Invoice"]
    assert list(trail.problems()) == []


def test_many_invoices_leave_what_was_done_to_the_customer_in_sight(visitor: Browser, known: RecordingServer):
    known.routes |= {f"/v1/customers/{CUSTOMER}": reply(200, CUSTOMER_RECORD)}
    visitor.open(f"/c/main/customers/update/?uuid={CUSTOMER}").fill("City", "Paris").press("Review").press("Send")
    for _ in range(6):
        filled_in(visitor, known).press("Review").press("Send")
    known.routes |= {f"/v1/customers/{CUSTOMER}": reply(200, CUSTOMER_RECORD)}
    told = history(visitor.open(f"/c/main/customers/{CUSTOMER}/"))
    assert told == ["Import an Invoice: INV-1"] * 5 + ["Update a Customer"]
