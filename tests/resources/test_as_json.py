"""Editing a form as JSON: switching to it and back, and going straight to the review."""

import json
from typing import Any

import pytest

from connections.models import Connection
from tests.pages import Browser, Element
from tests.servers import RecordingServer, reply

CUSTOMER = "cus_23551596-2c7e-11ee-9ea1-2bfe193640c0"
PLAN = "pl_de9e281e-76cb-11ee-b63f-b727630ce4d4"
FORM = f"/c/main/invoices/import/?customer_uuid={CUSTOMER}"
SENT = f"/v1/import/customers/{CUSTOMER}/invoices"
INVOICE: dict[str, Any] = {
    "external_id": "INV-1",
    "date": "2026-01-31T08:00:00Z",
    "currency": "EUR",
    "line_items": [
        {
            "type": "subscription",
            "amount_in_cents": 123450,
            "subscription_external_id": "sub_ext",
            "plan_uuid": PLAN,
            "service_period_start": "2026-01-31T00:00:00Z",
            "service_period_end": "2026-02-28T00:00:00Z",
            "prorated": False,
            "quantity": 3,
        },
        {"type": "one_time", "amount_in_cents": -450, "description": "Größe <b>"},
    ],
    "transactions": [{"date": "2026-02-01T00:00:00Z", "type": "payment", "result": "successful"}],
}


@pytest.fixture
def writing(visitor: Browser, main: Connection, recorder: RecordingServer) -> Browser:
    main.account_time_zone = "Europe/Berlin"
    main.save()
    recorder.routes = {
        "/v1/invoices": reply(200, {"invoices": [], "has_more": False, "cursor": None}),
        SENT: reply(201, {"invoices": [{"uuid": "inv_1", "external_id": "INV-1"}]}),
    }
    return visitor.open(FORM).press("Edit as JSON")


def body_sent(recorder: RecordingServer) -> Any:
    (request,) = (request for request in recorder.requests if request.method == "POST")
    return json.loads(request.body)


def write(page: Browser, value: Any) -> Browser:
    return page.fill("Request body", value if isinstance(value, str) else json.dumps(value))


def line(page: Browser) -> Element:
    return page.page.one("fieldset", id="row_line_items-0")


@pytest.mark.parametrize("wrapped", [True, False])
def test_json_is_reviewed_and_sent_as_it_is(wrapped: bool, writing: Browser, recorder: RecordingServer):
    write(writing, {"invoices": [INVOICE]} if wrapped else INVOICE).press("Review")
    assert writing.h1 == "Review: Import an Invoice"
    writing.press("Send")
    assert body_sent(recorder) == {"invoices": [INVOICE]}


def test_there_and_back_everything_stays(writing: Browser, recorder: RecordingServer):
    write(writing, INVOICE).press("Back to the form")
    assert writing.value("External ID") == "INV-1"
    assert writing.value("Date") == "2026-01-31 09:00", "in the account's zone"
    assert writing.value("Customer UUID") == CUSTOMER
    writing.press("Edit as JSON")
    assert json.loads(writing.value("Request body")) == {"invoices": [INVOICE]}
    assert "Größe <b>" in writing.value("Request body")
    writing.press("Back to the form").press("Review").press("Send")
    assert body_sent(recorder) == {"invoices": [INVOICE]}


def test_the_customer_that_was_chosen_is_no_other_than_that_of_the_json(writing: Browser, recorder: RecordingServer):
    write(writing, INVOICE | {"customer_uuid": "cus_2"}).press("Review")
    assert writing.status == 422
    assert "The JSON has another value for Customer UUID than the box above: cus_2." in writing.alert
    assert writing.value("Customer UUID") == CUSTOMER
    writing.fill("Customer UUID", "").press("Review")
    assert writing.h1 == "Review: Import an Invoice"
    assert "/v1/import/customers/cus_2/invoices" in writing.text


def test_amounts_are_cents_whatever_they_are_typed_in(writing: Browser, recorder: RecordingServer):
    writing.press("Back to the form").press("Type major units instead").press("Edit as JSON")
    write(writing, INVOICE).press("Back to the form")
    assert writing.value("Amount in Cents", within=line(writing)) == "123450"
    writing.press("Type major units instead")
    assert writing.value("Amount in Cents", within=line(writing)) == "1234.50"
    writing.press("Review").press("Send")
    assert body_sent(recorder) == {"invoices": [INVOICE]}


@pytest.mark.parametrize("amount", [12.5, 49.0, "49.0", "1,234.50"])
def test_an_amount_that_is_no_whole_number_of_cents_is_refused(amount: Any, writing: Browser):
    writing.press("Back to the form").press("Type major units instead").press("Edit as JSON")
    write(writing, INVOICE | {"line_items": [{"type": "one_time", "amount_in_cents": amount}]}).press("Review")
    assert writing.status == 422
    assert "Line item 1, Amount in Cents: Enter a whole number of cents" in writing.alert
    assert writing.value("Amount in Cents", within=line(writing)) == str(amount)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ('{"external_id": "\\ud800"}', "The text in this JSON is not valid Unicode."),
        ("{", "This is not JSON: a name in double quotes is expected, at line 1, column 2."),
        ("[]", "This must be a JSON object, in braces."),
        ('{"invoices": []}', "“invoices” must be a list with exactly one entry."),
        ('{"invoices": [{}, {}]}', "“invoices” must be a list with exactly one entry."),
        ('{"invoices": ["text"]}', "This must be a JSON object, in braces."),
        ('{"line_items": [' + ",".join(["{}"] * 501) + "]}", "“line_items” has more than 500 rows."),
        ("9" * 5000, "This JSON contains a number with too many digits."),
        ("[" * 100_000, "This JSON is nested too deeply."),
    ],
)
@pytest.mark.parametrize("button", ["Review", "Back to the form"])
def test_what_is_no_invoice_stays_and_is_said(button: str, text: str, said: str, writing: Browser):
    write(writing, text).press(button)
    assert writing.status == 422
    assert f"Request body: {said}" in writing.alert
    assert writing.value("Request body") == text


ODD = INVOICE | {
    "uuid": "inv_1",
    "due_date": "soon",
    "transactions": "text",
    "line_items": [
        {"type": "one_time", "amount_in_cents": 1, "description": {"a": 1}, "prorated": "yes", "trial": True},
        "text",
    ],
}
PATHS = "uuid, due_date, line_items, line_items.0.description, line_items.0.prorated, line_items.0.trial, transactions"


def test_what_no_box_can_hold_is_not_sent_unseen(writing: Browser, recorder: RecordingServer):
    write(writing, ODD).press("Review")
    assert writing.status == 422
    assert f"This form cannot send {PATHS}." in writing.alert
    assert json.loads(writing.value("Request body")) == ODD
    writing.press("Back to the form")
    assert f"The form has no field for: {PATHS}." in writing.text
    assert writing.value("External ID") == "INV-1"
    assert [request for request in recorder.requests if request.method == "POST"] == []


def test_what_is_wrong_is_said_at_its_box(writing: Browser):
    odd = INVOICE["line_items"][1] | {"amount_in_cents": "12a"}
    write(writing, INVOICE | {"currency": "EURO", "line_items": [odd]}).press("Review")
    assert writing.status == 422
    assert "Currency" in writing.alert
    assert "Line item 1, Amount in Cents" in writing.alert
    assert writing.value("Amount in Cents", within=line(writing)) == "12a"


def test_what_cannot_be_written_as_json_stays_in_the_form(writing: Browser):
    writing.press("Back to the form").fill("Date", "tomorrow").press("Edit as JSON")
    assert writing.status == 422
    assert "Date" in writing.alert
    assert writing.value("Date") == "tomorrow"
    writing.fill("Date", "2026-01-31").press("Edit as JSON")
    assert json.loads(writing.value("Request body")) == {
        "invoices": [{"date": "2026-01-31T00:00:00Z", "currency": "EUR"}]
    }


@pytest.mark.parametrize("address", ["customers/create", "plan-groups/create"])
def test_other_forms_have_their_boxes_alone(address: str, visitor: Browser, main: Connection):
    assert "Edit as JSON" not in visitor.open(f"/c/main/{address}/").text
