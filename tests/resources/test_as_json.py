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


LINE, PAID = INVOICE["line_items"][1], INVOICE["transactions"][0]
CHOICE = "Select a valid choice. {} is not one of the available choices."
ONLY_FOR = "This applies only to subscription lines. Clear it, or choose another Type."
CANNOT = "The field of the form cannot hold this value."
DROPPED = "The form would drop its line breaks, and its spaces at the beginning and the end."


@pytest.mark.parametrize("button", ["Review", "Back to the form"])
@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"currency": "usd"}, [f"currency: {CHOICE.format('usd')}"]),
        ({"line_items": [LINE, LINE | {"type": "onetime"}]}, [f"line_items.1.type: {CHOICE.format('onetime')}"]),
        (
            {"transactions": [PAID | {"type": "Refund", "result": "failure"}]},
            [f"transactions.0.type: {CHOICE.format('Refund')}", f"transactions.0.result: {CHOICE.format('failure')}"],
        ),
        (
            {"line_items": [LINE | {"subscription_external_id": "sub", "prorated": True}]},
            [f"line_items.0.subscription_external_id: {ONLY_FOR}", f"line_items.0.prorated: {ONLY_FOR}"],
        ),
        ({"line_items": [LINE | {"description": "a\nb"}]}, [f"line_items.0.description: {DROPPED}"]),
        ({"external_id": " INV-1"}, [f"external_id: {DROPPED}"]),
        ({"external_id": "a\0b"}, ["external_id: Null characters are not allowed."]),
        ({"due_date": "soon"}, [f"due_date: {CANNOT}"]),
        ({"external_id": {"a": 1}}, [f"external_id: {CANNOT}"]),
        ({"line_items": [LINE | {"prorated": "yes"}]}, [f"line_items.0.prorated: {CANNOT}"]),
        ({"transactions": "text"}, ["“transactions” must be a list of JSON objects."]),
        ({"line_items": [LINE, "text"]}, ["“line_items” must be a list of JSON objects."]),
    ],
)
def test_a_value_that_the_form_cannot_hold_stays_in_the_json(
    odd: dict[str, Any], said: list[str], button: str, writing: Browser
):
    write(writing, INVOICE | odd).press(button)
    assert writing.status == 422
    for problem in said:
        assert f"Request body: {problem}" in writing.alert
    assert json.loads(writing.value("Request body")) == INVOICE | odd


@pytest.mark.parametrize("button", ["Review", "Back to the form"])
def test_neither_of_two_equal_keys_is_dropped(button: str, writing: Browser):
    text = '{"currency": "EUR", "line_items": [{"\\ud800": 1, "\\ud800": 2}], "currency": "USD"}'
    write(writing, text).press(button)
    assert writing.status == 422
    assert "Request body: “\\ud800” is twice in the same JSON object." in writing.alert
    write(writing, text.replace("\\ud800", "a", 1)).press(button)
    assert writing.status == 422
    assert "Request body: “currency” is twice in the same JSON object." in writing.alert


def test_of_many_problems_the_first_are_named(writing: Browser):
    write(writing, INVOICE | {"line_items": [LINE | {"type": "x"}] * 500}).press("Review")
    assert "line_items.9.type" in writing.alert
    assert "line_items.10.type" not in writing.alert


def test_a_fraction_keeps_its_digits(writing: Browser):
    write(writing, '{"external_id": 1.10}').press("Back to the form")
    assert writing.value("External ID") == "1.10"


MORE = INVOICE | {"uuid": "inv_1", "errors": {}, "line_items": [LINE | {"trial": True}]}
PATHS = "has_more, uuid, line_items.0.trial"


def test_what_has_no_field_is_not_dropped_unseen(writing: Browser, recorder: RecordingServer):
    page = {"invoices": [MORE], "has_more": False}
    write(writing, page).press("Review")
    assert writing.status == 422
    assert f"This form cannot send {PATHS}." in writing.alert
    assert json.loads(writing.value("Request body")) == page
    writing.press("Back to the form")
    assert f"The form has no field for: {PATHS}." in writing.text
    assert writing.value("External ID") == "INV-1"
    assert [request for request in recorder.requests if request.method == "POST"] == []


def test_what_is_wrong_is_said_at_its_box(writing: Browser):
    odd = INVOICE["line_items"][1] | {"amount_in_cents": "12a"}
    write(writing, INVOICE | {"line_items": [odd]}).press("Review")
    assert writing.status == 422
    assert "Line item 1, Amount in Cents" in writing.alert
    assert writing.value("Amount in Cents", within=line(writing)) == "12a"


@pytest.mark.parametrize("button", ["Review", "Back to the form"])
@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"transactions": [{"date": "2026-02-01T00:00:00Z", "type": "payment"}]}, "transactions.0.result"),
        ({"transactions": [{"date": "2026-02-01T00:00:00Z", "result": "failed"}]}, "transactions.0.type"),
        ({"line_items": [{"amount_in_cents": 5}]}, "line_items.0.type"),
    ],
)
def test_what_a_select_would_fill_in_by_itself_has_to_be_said(more, place: str, button: str, writing: Browser):
    write(writing, INVOICE | more).press(button)
    assert writing.status == 422
    assert f"{place}: This field is required." in writing.alert


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


def test_the_address_of_the_json_opens_it_as_the_button_does(writing: Browser):
    pressed = writing.value("Request body")
    writing.open(f"{FORM}&as=json")
    assert writing.value("Request body") == pressed
    assert writing.value("Customer UUID") == CUSTOMER
    writing.open(f"{FORM}&as=json&line_items-0-type=one_time&line_items-0-amount_in_cents=123456")
    assert '"amount_in_cents": 123456' in writing.value("Request body")


def test_the_address_of_the_json_shows_what_has_no_place_in_it(writing: Browser):
    writing.open(f"{FORM}&as=json&date=soon")
    assert writing.value("Date") == "soon"
    assert "Date" in writing.alert
