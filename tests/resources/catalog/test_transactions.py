"""Transactions of an existing invoice."""

import json
import re
from typing import Any, ClassVar

import pytest

from connections.models import Connection
from resources.directory.services import remember
from resources.registry import BY_KEY
from sandbox.server import SandboxServer
from tests.pages import Browser
from tests.resources.catalog.an_invoice import CUSTOMER
from tests.resources.catalog.an_invoice import RECORD as INVOICE_RECORD
from tests.resources.catalog.an_invoice import UUID as INVOICE
from tests.servers import RecordingServer, hang, reply

IMPORT = f"/v1/import/invoices/{INVOICE}/transactions"
# As recorded in 2025-03: without the currency of the fees.
RECORD = {
    "external_id": "tr_1",
    "result": "successful",
    "amount_in_cents": 500,
    "transaction_fees_in_cents": 2,
    "uuid": "tr_c6f3f8df-1d1a-4b77-b1b5-2d3a9b8f3c11",
    "type": "refund",
    "date": "2016-01-01T12:00:00.000Z",
}


@pytest.fixture
def form(visitor: Browser, main: Connection, recorder: RecordingServer) -> Browser:
    recorder.routes = {IMPORT: reply(201, RECORD)}
    page = visitor.open("/c/main/transactions/import/")
    return page.fill("Invoice", INVOICE).fill("Type", "refund").fill("Date", "2016-01-01T12:00:00Z")


def sent(recorder: RecordingServer) -> list[Any]:
    return [json.loads(request.body) for request in recorder.requests if request.method == "POST"]


def test_without_an_amount_it_is_the_whole_invoice(form: Browser, recorder: RecordingServer):
    form.press("Review").press("Send")
    assert sent(recorder) == [{"type": "refund", "date": "2016-01-01T12:00:00Z", "result": "successful"}]


def test_an_amount_is_positive_for_a_refund_too(form: Browser, recorder: RecordingServer):
    for typed in ("-500", "0"):
        form.fill("Amount in Cents", typed).press("Review")
        assert "refunds are positive too" in form.problem("Amount in Cents")
    form.fill("Amount in Cents", "500").press("Review")
    words = {row["Field"]: row["After"] for row in form.table("What is sent")}
    assert words["Amount in Cents"] == "500 = 5.00 in the currency of the invoice"
    assert words["Type"] == "Refund"
    form.press("Send")
    assert sent(recorder)[0]["amount_in_cents"] == 500


def test_a_date_in_the_future_is_asked_about(form: Browser):
    assert "future" not in form.press("Review").text
    form.follow("Edit").fill("Date", "2199-01-01T12:00:00Z").press("Review")
    assert "The date is in the future." in form.page.one("div", role="note", data_level="warning").text


def test_an_invoice_that_is_known_is_named_with_its_currency(visitor: Browser, main: Connection, recorder):
    remember(main, BY_KEY["customers"], [{"uuid": CUSTOMER, "name": "Ada"}])
    remember(main, BY_KEY["invoices"], [INVOICE_RECORD])
    page = visitor.open(f"/c/main/transactions/import/?invoice_uuid={INVOICE}")
    assert page.page.one("p", class_="picked").text.startswith("INV-1 · Ada · 2023-10-30 · USD")
    page.press("Type major units instead")
    assert page.page.one("span", class_="note").text == "typed in major units of USD"
    assert recorder.requests == []


def test_an_old_directory_refuses_no_amount(visitor: Browser, main: Connection, recorder: RecordingServer):
    remember(main, BY_KEY["invoices"], [INVOICE_RECORD | {"currency": "JPY"}])
    recorder.routes[f"/v1/invoices/{INVOICE}"] = reply(200, INVOICE_RECORD)
    page = visitor.open(f"/c/main/transactions/import/?invoice_uuid={INVOICE}").press("Type major units instead")
    page.fill("Type", "payment").fill("Date", "2023-11-01T12:00:00Z").fill("Amount in Cents", "12.50").press("Review")
    assert {row["Field"]: row["After"] for row in page.table("What is sent")}["Amount in Cents"] == "1250 = USD 12.50"


@pytest.mark.parametrize(("now", "said"), [("KWD", ""), ("EUR", "can be read in two ways")])
def test_three_decimals_are_taken_where_the_invoice_has_them(now: str, said: str, visitor: Browser, main, recorder):
    remember(main, BY_KEY["invoices"], [INVOICE_RECORD | {"currency": "KWD"}])
    recorder.routes[f"/v1/invoices/{INVOICE}"] = reply(200, INVOICE_RECORD | {"currency": now})
    page = visitor.open(f"/c/main/transactions/import/?invoice_uuid={INVOICE}").press("Type major units instead")
    page.fill("Type", "payment").fill("Date", "2023-11-01T12:00:00Z").fill("Amount in Cents", "1.230").press("Review")
    if said:
        assert said in page.problem("Amount in Cents")
    else:
        assert {row["Field"]: row["After"] for row in page.table("What is sent")}["Amount in Cents"].startswith("123 =")


class TestAgainstTheInvoice:
    """Of 1,189.50 dollars, from 2023-10-30."""

    PAYMENT: ClassVar = {"type": "payment", "result": "successful", "amount_in_cents": 18950}
    REFUND: ClassVar = {"type": "refund", "result": "successful", "amount_in_cents": 950}
    WHOLE: ClassVar = PAYMENT | {"amount_in_cents": None}
    FAILED: ClassVar = PAYMENT | {"result": "failed"}

    def review(self, form: Browser, recorder: RecordingServer, held: list[Any], **typed: str) -> Browser:
        recorder.routes[f"/v1/invoices/{INVOICE}"] = reply(200, INVOICE_RECORD | {"transactions": held})
        values = {"Type": "payment", "Date": "2023-11-01T12:00:00Z", **typed}
        for label, value in values.items():
            form.fill(label.replace("_", " "), value)
        return form.press("Review")

    def test_the_review_says_which_invoice_it_is_and_what_was_paid(
        self, form: Browser, main: Connection, recorder: RecordingServer
    ):
        remember(main, BY_KEY["customers"], [{"uuid": CUSTOMER, "name": "Ada"}])
        page = self.review(form, recorder, [self.PAYMENT, self.PAYMENT, self.FAILED, self.REFUND])
        assert "Paid so far" not in [row["Field"] for row in page.table("What is sent")]
        words = page.facts()
        # The account keeps the time of Berlin.
        assert words["Details of the invoice"] == "INV-1 · Ada · 2023-10-30 01:00 Europe/Berlin · USD"
        assert words["Sum of its line items"] == "118950 = USD 1,189.50"
        assert words["Paid so far"] == "37900 = USD 379.00"
        assert words["Refunded so far"] == "950 = USD 9.50"
        assert len(recorder.requests) == 1

    def test_a_payment_within_the_rest_is_not_asked_about(self, form: Browser, recorder: RecordingServer):
        page = self.review(form, recorder, [self.PAYMENT], Amount_in_Cents="100000")
        words = {row["Field"]: row["After"] for row in page.table("What is sent")}
        assert words["Amount in Cents"] == "100000 = USD 1,000.00"
        assert "Please check" not in page.text

    @pytest.mark.parametrize("amount", ["", "100001"])
    def test_a_payment_of_more_than_the_rest(self, amount: str, form: Browser, recorder: RecordingServer):
        page = self.review(form, recorder, [self.PAYMENT], Amount_in_Cents=amount)
        assert "larger than what is still to be paid: 100000 = USD 1,000.00." in page.notice
        page.press("Send")
        assert len(sent(recorder)) == 1

    def test_a_second_payment_of_the_whole_invoice(self, form: Browser, recorder: RecordingServer):
        assert "still to be paid: 0 = USD 0.00." in self.review(form, recorder, [self.WHOLE]).notice

    def test_what_was_refunded_may_be_paid_again(self, form: Browser, recorder: RecordingServer):
        whole_back = self.REFUND | {"amount_in_cents": None}
        assert "Please check" not in self.review(form, recorder, [self.WHOLE, whole_back]).text

    def test_a_refund_of_more_than_was_paid(self, form: Browser, recorder: RecordingServer):
        held = [self.PAYMENT, self.REFUND]
        page = self.review(form, recorder, held, Type="refund", Amount_in_Cents="18001")
        assert "larger than what was paid and not refunded yet: 18000 = USD 180.00." in page.notice
        page.follow("Edit").fill("Amount in Cents", "18000").press("Review")
        assert "Please check" not in page.text

    def test_what_failed_moves_no_money(self, form: Browser, recorder: RecordingServer):
        assert "Please check" not in self.review(form, recorder, [self.WHOLE], Result="failed").text

    def test_a_date_before_the_invoice(self, form: Browser, recorder: RecordingServer):
        page = self.review(form, recorder, [], Date="2023-10-29")
        assert "before that of the invoice, 2023-10-30 01:00 Europe/Berlin." in page.notice

    @pytest.mark.parametrize("answer", [{}, [], {"uuid": INVOICE}, {"uuid": INVOICE, "line_items": 7, "date": 7}])
    def test_whatever_an_invoice_looks_like(self, answer: Any, form: Browser, recorder: RecordingServer):
        recorder.routes[f"/v1/invoices/{INVOICE}"] = reply(200, answer)
        form.press("Review").press("Send")
        assert len(sent(recorder)) == 1

    def test_an_invoice_that_cannot_be_read(self, form: Browser, recorder: RecordingServer):
        assert "could not be read, so nothing was compared" in form.press("Review").notice


def test_review_and_result_lead_to_the_invoice(form: Browser, main: Connection):
    remember(main, BY_KEY["invoices"], [{"uuid": INVOICE, "external_id": "INV-1"}])
    form.press("Review")
    assert form.link("INV-1")["href"] == f"/c/main/invoices/{INVOICE}/"
    form.press("Send")
    assert "Transaction imported" in form.notice
    assert form.link("INV-1")["href"] == f"/c/main/invoices/{INVOICE}/"


def test_what_is_wrong_with_a_stored_transaction_is_said(form: Browser, recorder: RecordingServer):
    recorder.routes = {IMPORT: reply(201, RECORD | {"errors": {"date": ["Date is in the future"]}})}
    page = form.press("Review").press("Send")
    assert "Transaction imported" in page.success
    note = page.page.one(role="note", data_level="warning")
    assert "stored this transaction, but says that something is wrong" in note.text
    assert [item.text for item in note.all("li")] == ["Date is in the future"]


def test_an_unknown_invoice(form: Browser, recorder: RecordingServer):
    recorder.routes = {IMPORT: reply(404, {"error": "Invoice not found"})}
    form.press("Review").press("Send")
    assert "has no invoice with this UUID" in form.problem("Invoice")


def test_a_taken_external_id(form: Browser, recorder: RecordingServer):
    recorder.routes = {IMPORT: reply(422, {"errors": {"external_id": "has already been taken"}})}
    form.fill("External ID", "tr_1").press("Review").press("Send")
    assert "has already been taken" in form.problem("External ID")
    assert form.value("External ID") == "tr_1"


def test_a_refusal_keeps_what_chartmogul_answered_behind_a_toggle(form: Browser, recorder: RecordingServer):
    refused = {"code": 422, "message": "No.", "errors": {"type": "is bad"}}
    recorder.routes = {IMPORT: reply(422, refused, headers={"X-Request-Id": "req-7"})}
    form.press("Review").press("Send")
    toggle = form.page.one(role="alert").one("details")
    assert "open" not in toggle
    assert toggle.one("summary").text == "ChartMogul's response: 422"
    assert "request ID req-7" in toggle.text
    assert json.loads(toggle.one("copy-text").one("pre").raw_text) == refused
    form.follow("View the refused request")
    assert "Not carried out." in form.alert
    assert form.page.one("pre", id="request-line").text == f"POST {IMPORT}"


@pytest.mark.parametrize(
    ("found", "words"),
    [([RECORD], "It exists"), ([], "It does not exist"), ([RECORD | {"external_id": None}], "not exist")],
)
def test_an_unknown_outcome_is_looked_up_in_the_invoice(
    found: list[Any], words: str, form: Browser, recorder: RecordingServer, quick: Any
):
    recorder.routes = {IMPORT: hang()}
    form.fill("External ID", "tr_1").press("Review").press("Send")
    assert "Outcome unknown" in form.alert
    recorder.routes[f"/v1/invoices/{INVOICE}"] = reply(200, {"uuid": INVOICE, "transactions": found})
    form.check()
    assert words in form.text
    assert len(sent(recorder)) == 1


def test_without_an_external_id_one_like_it_is_looked_for(form: Browser, recorder: RecordingServer, quick: Any):
    recorder.routes = {IMPORT: hang()}
    form.press("Review").press("Send")
    recorder.routes[f"/v1/invoices/{INVOICE}"] = reply(200, {"uuid": INVOICE, "transactions": []})
    form.check()
    assert "It does not exist: ChartMogul has no transaction like the one that was sent." in form.text
    assert len(sent(recorder)) == 1


def test_an_external_id_is_proposed_on_demand(form: Browser, recorder: RecordingServer):
    form.press("Propose an external ID")
    proposed = form.value("External ID")
    assert re.fullmatch(r"transaction-[0-9a-f]{12}", proposed)
    assert form.status == 200
    assert form.page.all(role="alert") == []
    recorder.routes = {IMPORT: reply(201, RECORD)}
    form.press("Review").press("Send")
    assert sent(recorder)[0]["external_id"] == proposed


def test_against_the_sandbox(visitor: Browser, box: Connection, sandbox: SandboxServer):
    page = visitor.open("/c/box/invoices/list/?limit=1")
    uuid = page.table("Invoices")[0]["UUID"]
    page.open(f"/c/box/transactions/import/?invoice_uuid={uuid}").fill("Date", "2026-06-01")
    page.fill("External ID", "tr_new").press("Review").press("Send")
    page.open(f"/c/box/invoices/{uuid}/")
    assert "tr_new" in [row.get("External ID") for row in page.table("Transactions")]
