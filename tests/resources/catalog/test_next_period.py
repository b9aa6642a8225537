"""The invoice form prefilled from another invoice: a copy for the next period, or a deleted one to be created again."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connections.models import Connection
from resources.catalog import next_period
from tests.pages import Browser
from tests.servers import RecordingServer, reply

UUID = "inv_6897d700-993e-41b5-bee6-f1569c92cf1e"
CUSTOMER = "cus_23551596-2c7e-11ee-9ea1-2bfe193640c0"
LINE = {
    "uuid": "li_94751507-6531-420f-92f8-57b6ad7a54e3",
    "external_id": "L-1",
    "type": "subscription",
    "subscription_external_id": "sub_ext",
    "prorated": True,
    "service_period_start": "2026-06-30T22:00:00.000Z",
    "service_period_end": "2026-07-31T22:00:00.000Z",
    "plan_uuid": "pl_de9e281e-76cb-11ee-b63f-b727630ce4d4",
    "amount_in_cents": 123450,
    "quantity": 3,
    "discount_amount_in_cents": 500,
    "tax_amount_in_cents": 0,
    "transaction_fees_in_cents": 20,
    "account_code": "A1",
}
INVOICE: dict[str, Any] = {
    "uuid": UUID,
    "customer_uuid": CUSTOMER,
    "external_id": "INV-1",
    "date": "2026-07-02T08:00:00.000Z",
    "due_date": None,
    "currency": "EUR",
    "line_items": [LINE, {"type": "one_time", "external_id": "L-2", "description": "Setup", "amount_in_cents": 4500}],
    "transactions": [{"date": "2026-07-03T00:00:00Z", "type": "payment", "result": "successful"}],
}

ONCE = INVOICE | {"line_items": INVOICE["line_items"][1:]}


@pytest.fixture
def known(main: Connection, recorder: RecordingServer) -> RecordingServer:
    main.account_time_zone = "Europe/Berlin"
    main.save()
    recorder.routes = {f"/v1/invoices/{UUID}": reply(200, INVOICE)}
    return recorder


@pytest.mark.parametrize(
    ("start", "end", "after"),
    [
        ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"),
        ("2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
        ("2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", "2026-01-19T00:00:00Z"),
        # Midnights of the account's zone, across the change to summer time.
        ("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z"),
        # Midnights of UTC, whatever the account's zone.
        ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"),
        # A period that ends with its last second, and one of no calendar.
        ("2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z", "2026-02-28T23:59:59Z"),
        ("2026-01-01T10:30:00Z", "2026-01-04T11:31:00Z", "2026-01-07T12:32:00Z"),
        ("9997-01-01T00:00:00Z", "9998-06-01T00:00:00Z", "9999-11-01T00:00:00Z"),
        ("9990-01-01T00:00:00Z", "9998-01-01T00:00:00Z", None),
    ],
)
def test_the_period_after_one(start: str, end: str, after: str | None):
    line = {"service_period_start": start, "service_period_end": end}
    found = next_period.of({"line_items": [line]}, ZoneInfo("Europe/Berlin"))["line_items"][0]
    assert found["service_period_end"] == after
    assert found["service_period_start"] == ("2026-02-01T00:00:00Z" if end.endswith("59Z") else end)


@pytest.mark.parametrize("odd", [None, 5, "soon", "2026-13-01", {"a": 1}, "2020-01-01T00:00:00Z"])
def test_where_no_line_says_how_long_times_are_blank(odd: Any):
    line = {"service_period_start": "2026-01-01T00:00:00Z", "service_period_end": odd}
    found = next_period.of({"date": "2026-01-01T00:00:00Z", "line_items": [line, "text", None]}, ZoneInfo("UTC"))
    assert found["date"] is None
    assert [row["service_period_end"] for row in found["line_items"]] == [None]


def test_a_line_that_ended_its_subscription_is_left_out():
    ended = LINE | {"cancelled_at": "2026-07-31T22:00:00Z"}
    assert next_period.of(INVOICE | {"line_items": [ended]}, ZoneInfo("UTC"))["line_items"] == []


def test_a_copy_is_sent_as_the_invoice_of_the_next_period(visitor: Browser, known: RecordingServer):
    page = visitor.open(f"/c/main/invoices/{UUID}/").follow("Copy to the next period")
    assert page.h1 == "Import an Invoice"
    assert "Nothing has been sent yet. Filled in from an earlier invoice" in page.text
    assert page.value("Date") == "2026-08-02 10:00"
    page.press("Review")
    assert page.status == 422, "it needs an external ID of its own"
    page.fill("External ID", "INV-2").press("Review")
    words = {row["Field"]: row["After"] for row in page.table("What is sent")}
    assert words["Discounts in total"] == "500 = EUR 5.00"
    assert words["Transaction fees in total"] == "20 = EUR 0.20"
    assert "Taxes in total" not in words
    page.press("Send")
    (request,) = (request for request in known.requests if request.method == "POST")
    assert request.path == f"/v1/import/customers/{CUSTOMER}/invoices"
    assert json.loads(request.body) == {
        "invoices": [
            {
                "external_id": "INV-2",
                "date": "2026-08-02T08:00:00Z",
                "currency": "EUR",
                "line_items": [
                    {
                        "type": "subscription",
                        "amount_in_cents": 123450,
                        "subscription_external_id": "sub_ext",
                        "plan_uuid": LINE["plan_uuid"],
                        "service_period_start": "2026-07-31T22:00:00Z",
                        "service_period_end": "2026-08-31T22:00:00Z",
                        "prorated": True,
                        "quantity": 3,
                        "discount_amount_in_cents": 500,
                        "tax_amount_in_cents": 0,
                        "transaction_fees_in_cents": 20,
                        "account_code": "A1",
                    },
                    {"type": "one_time", "amount_in_cents": 4500, "description": "Setup"},
                ],
            }
        ]
    }


def test_what_cannot_be_read_is_said_and_the_form_is_there(visitor: Browser, known: RecordingServer):
    known.routes = {f"/v1/invoices/{UUID}": reply(404, {"code": 404, "message": "Invoice not found"})}
    page = visitor.open(f"/c/main/invoices/import/?copy={UUID}")
    assert "Invoice not found" in page.alert
    assert "Filled in from an earlier invoice" not in page.text
    assert page.value("External ID") == ""


@pytest.mark.parametrize("uuid", ["../plans", ""])
def test_what_no_invoice_can_be_is_not_asked_for(uuid: str, visitor: Browser, known: RecordingServer):
    page = visitor.open(f"/c/main/invoices/import/?copy={uuid}")
    assert page.value("External ID") == ""
    assert "Filled in from an earlier invoice" not in page.text
    assert known.requests == []


def test_a_deleted_invoice_is_made_again_as_it_was(visitor: Browser, known: RecordingServer):
    known.routes |= {f"DELETE /v1/invoices/{UUID}": reply(204)}
    page = visitor.open(f"/c/main/invoices/delete/?uuid={UUID}").press("Review").press("Send")
    page.follow("Create again from the saved copy")
    assert page.value("Date") == "2026-07-02 10:00"
    page.press("Review").press("Send")
    (request,) = (request for request in known.requests if request.method == "POST")
    (invoice,) = json.loads(request.body)["invoices"]
    assert invoice["external_id"] == "INV-1"
    assert invoice["line_items"][0]["prorated"] is True
    assert invoice["line_items"][0]["service_period_start"] == "2026-06-30T22:00:00Z"
    assert len(invoice["transactions"]) == 1


def made_again(page: Browser, known: RecordingServer, invoice: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """What the form says of a deleted invoice that is lost, and what it sends."""
    known.routes |= {f"/v1/invoices/{UUID}": reply(200, invoice), f"DELETE /v1/invoices/{UUID}": reply(204)}
    page.open(f"/c/main/invoices/delete/?uuid={UUID}").press("Review").press("Send")
    page.follow("Create again from the saved copy")
    said = [
        item.text for part in page.page.all("ul") if part.get("aria-labelledby") == "lost" for item in part.all("li")
    ]
    page.press("Edit as JSON")
    # By the address that a browser opens on the way back.
    page.open(f"/c/main/invoices/import/{page.page.one('form', class_='operation')['data-address']}").press("Review")
    notices = [item.text for notice in page.page.all(role="note") for item in notice.all("li")]
    repeated = "Not restored from the saved copy: "
    assert [line.removeprefix(repeated) for line in notices if line.startswith(repeated)] == said
    page.press("Send")
    (request,) = (request for request in known.requests if request.method == "POST")
    return said, json.loads(request.body)["invoices"][0]


def test_what_is_lost_of_a_deleted_invoice_is_said_part_by_part(visitor: Browser, known: RecordingServer):
    line = LINE | {"type": "trial", "proration_type": "full", "transaction_fees_currency": "USD", "event_order": None}
    further = {"collection_method": "manual", "status": "voided", "disabled": False, "user_created": True, "errors": {}}
    said, sent = made_again(visitor, known, INVOICE | further | {"line_items": [line, *INVOICE["line_items"][1:]]})
    assert said == [
        "collection_method “manual”, status “voided”",
        "Line item 1: type “trial”, proration_type “full”, transaction_fees_currency “USD”, transaction_fees_in_cents “20”",
    ]
    assert sent["line_items"][0]["type"] == "subscription"
    assert "transaction_fees_in_cents" not in sent["line_items"][0]


def test_what_a_copy_cannot_hold_is_said_and_fees_in_another_currency_do_not_become_as_much_of_this_one(
    visitor: Browser, known: RecordingServer
):
    lines = [
        LINE | {"proration_type": "full", "transaction_fees_currency": "USD"},
        LINE | {"subscription_external_id": "sub_two", "transaction_fees_currency": INVOICE["currency"]},
    ]
    known.routes[f"/v1/invoices/{UUID}"] = reply(200, INVOICE | {"status": "voided", "line_items": lines})
    page = visitor.open(f"/c/main/invoices/import/?copy={UUID}")
    (lost,) = page.page.all("ul", aria_labelledby="lost")
    assert [line.text for line in lost.all("li")] == [
        "Line item 1: proration_type “full”, transaction_fees_currency “USD”, transaction_fees_in_cents “20”"
    ]
    fees = [page.value("Transaction Fees In Cents", within=row) for row in page.rows("Line Items")]
    assert fees == ["", "20"]


def test_a_part_of_the_amount_does_not_become_the_whole(visitor: Browser, known: RecordingServer):
    paid = {"uuid": "tr_1", "date": "2026-07-03T00:00:00.000Z", "type": "payment", "result": "successful"}
    rows = [
        paid | {"amount_in_cents": 4500, "transaction_fees_in_cents": 30},
        paid | {"type": "refund", "amount_in_cents": 500, "external_id": "T-2"},
        paid | {"amount_in_cents": 0},
        paid | {"type": "chargeback"},
        paid | {"amount_in_cents": None, "external_id": "T-5"},
        paid | {"amount_in_cents": "4500", "external_id": "T-6"},
    ]
    said, sent = made_again(visitor, known, ONCE | {"transactions": rows})
    left_out = "It is left out here: Import an Invoice Transaction adds it to the new invoice."
    assert said == [
        "Transaction 1: transaction_fees_in_cents “30”",
        f"Transaction 2: amount_in_cents “500”. {left_out}",
        f"Transaction 3: amount_in_cents “0”. {left_out}",
        f"Transaction 4: type “chargeback”. {left_out}",
    ]
    assert [(row["type"], row.get("external_id")) for row in sent["transactions"]] == [
        ("payment", None),
        ("payment", "T-5"),
        ("payment", "T-6"),
    ]


def test_where_nothing_is_lost_nothing_is_said(visitor: Browser, known: RecordingServer):
    assert made_again(visitor, known, ONCE)[0] == []


@pytest.mark.parametrize("way", ["copied", "made again"])
def test_a_currency_that_the_invoice_does_not_tell_stays_blank(way: str, visitor: Browser, known: RecordingServer):
    known.routes |= {f"/v1/invoices/{UUID}": reply(200, INVOICE | {"currency": None})}
    known.routes |= {f"DELETE /v1/invoices/{UUID}": reply(204)}
    if way == "copied":
        page = visitor.open(f"/c/main/invoices/import/?copy={UUID}")
    else:
        page = visitor.open(f"/c/main/invoices/delete/?uuid={UUID}").press("Review").press("Send")
        page.follow("Create again from the saved copy")
    assert page.value("External ID") == ("" if way == "copied" else "INV-1")
    assert page.value("Currency") == ""


def test_cancellations_that_go_with_an_invoice_are_said_before_and_after(visitor: Browser, known: RecordingServer):
    lines = [
        LINE,
        LINE | {"uuid": "li_2", "external_id": "L-3"},
        LINE | {"external_id": "L-4", "subscription_external_id": "sub_two", "cancelled_at": "2026-07-20T00:00:00Z"},
        *ONCE["line_items"],
    ]
    known.routes[f"/v1/invoices/{UUID}"] = reply(200, INVOICE | {"line_items": lines})
    page = visitor.open(f"/c/main/invoices/delete/?uuid={UUID}").press("Review")
    assert "Cancellations of “sub_ext”, “sub_two” may be lost at ChartMogul with this invoice" in page.notice
    many = [LINE | {"subscription_external_id": f"sub_{number}"} for number in range(12)]
    known.routes[f"/v1/invoices/{UUID}"] = reply(200, INVOICE | {"line_items": many})
    page = visitor.open(f"/c/main/invoices/delete/?uuid={UUID}").press("Review")
    assert "“sub_9” and 2 others may be lost" in page.notice
    said, sent = made_again(visitor, known, INVOICE | {"line_items": lines})
    (cancellations,) = said
    assert cancellations.startswith("Cancellations of “sub_ext”, if there were any: check them after the import")
    assert sent["line_items"][2]["cancelled_at"] == "2026-07-20T00:00:00Z"


def test_without_a_subscription_there_is_no_cancellation_to_lose(visitor: Browser, known: RecordingServer):
    known.routes[f"/v1/invoices/{UUID}"] = reply(200, ONCE)
    assert "Cancellations" not in visitor.open(f"/c/main/invoices/delete/?uuid={UUID}").press("Review").text
