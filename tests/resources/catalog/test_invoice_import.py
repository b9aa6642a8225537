"""The invoice builder: what it sends, what it asks before, and ChartMogul's answers."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from connections.models import Connection
from tests.pages import Browser
from tests.resources.catalog.an_invoice import (
    CUSTOMER,
    EARLIER,
    FORM,
    IMPORT,
    OTHER_SOURCE,
    PLAN,
    RECORD,
    SOURCE,
    fill_line,
    filled_in,
    know,
    line,
    sent,
    transaction,
)
from tests.servers import RecordingServer, hang, reply


@pytest.fixture
def builder(visitor: Browser, main: Connection, recorder: RecordingServer) -> Browser:
    """The form, filled in with all that an invoice with one line needs."""
    return filled_in(visitor, recorder)


class TestImport:
    def test_the_least_is_sent(self, builder: Browser, recorder: RecordingServer):
        builder.press("Review").press("Send")
        assert sent(recorder) == [
            {
                "invoices": [
                    {
                        "external_id": "INV-1",
                        "date": "2023-10-30T00:00:00Z",
                        "currency": "USD",
                        "line_items": [
                            {
                                "type": "subscription",
                                "amount_in_cents": 123450,
                                "subscription_external_id": "sub_ext",
                                "plan_uuid": PLAN,
                                "service_period_start": "2023-10-30T00:00:00Z",
                                "service_period_end": "2023-11-30T00:00:00Z",
                            }
                        ],
                    }
                ]
            }
        ]
        assert builder.h1 == "INV-1"
        assert "can take a few minutes" in builder.notice

    @pytest.mark.parametrize(("choice", "value"), [("Yes", True), ("No", False), ("Not defined", None)])
    def test_prorated_has_three_states(self, choice: str, value: Any, builder: Browser, recorder: RecordingServer):
        builder.fill("Prorated", choice, within=line(builder, 1)).press("Review").press("Send")
        (invoice,) = sent(recorder)[0]["invoices"]
        assert invoice["line_items"][0].get("prorated") is value

    def test_the_review_adds_the_lines_up(self, builder: Browser):
        builder.press("Add line item").fill("Type", "One time", within=line(builder, 2))
        builder.fill("Amount in Cents", "\u2212450", within=line(builder, 2)).press("Review")
        words = {row["Field"]: row["After"] for row in builder.table("What is sent")}
        assert "Amount in Cents: 123450 = USD 1,234.50" in words["Line item 1"]
        assert words["Line item 2"] == "Type: One time Amount in Cents: -450 = USD -4.50"
        assert words["Sum of the line items"] == "123000 = USD 1,230.00"
        assert words["Currency"] == "US Dollar (USD)"
        assert words["Transactions"] == "none: it is imported without a payment"

    @pytest.mark.parametrize(("of_account", "opens_with"), [("EUR", "EUR"), ("", ""), ("XXL", "")])
    def test_the_currency_opens_as_that_of_the_account(
        self, of_account: str, opens_with: str, visitor: Browser, main: Connection
    ):
        main.account_currency = of_account
        main.save()
        assert visitor.open(FORM).value("Currency") == opens_with
        assert visitor.open(f"{FORM}?currency=USD").value("Currency") == "USD"

    def test_another_currency_than_the_customers_earlier_invoices_have_is_asked_about(
        self, builder: Browser, recorder: RecordingServer
    ):
        recorder.routes[EARLIER] = reply(200, {"invoices": [RECORD | {"currency": "SEK"}], "has_more": False})
        page = builder.press("Review")
        assert "earlier invoices is in USD: the last one, INV-1, is in SEK." in page.notice
        page.follow("Edit").fill("Currency", "SEK").press("Review")
        assert "is in SEK" not in page.text

    def test_yen_are_not_guessed_at(self, builder: Browser):
        builder.fill("Currency", "JPY").press("Review")
        words = {row["Field"]: row["After"] for row in builder.table("What is sent")}
        assert words["Sum of the line items"] == (
            "123450; ChartMogul does not document whether this is JPY 1,234.50 in hundredths or whole JPY"
        )

    def test_an_invoice_needs_a_line(self, visitor: Browser, main: Connection):
        page = visitor.open(FORM).fill("Currency", "").press("Review")
        assert page.status == 422
        assert "Line Items: Add at least one line item." in page.alert
        for label in ("Customer UUID", "External ID", "Date", "Currency"):
            assert page.problem(label)

    def test_what_a_subscription_line_needs(self, visitor: Browser, main: Connection):
        page = visitor.open(FORM)
        said = line(page, 1).text
        assert "Amount in Cents required" in said
        assert "Service Period Start required" in said
        # A one-time line may do without.
        assert "Plan UUID required" not in said
        assert "Description required" not in said
        page.fill("Description", "Gold", within=line(page, 1)).press("Review")
        for label in (
            "Amount in Cents",
            "Subscription External ID",
            "Plan UUID",
            "Service Period Start",
            "Service Period End",
        ):
            assert "Subscription lines need this." in page.problem(label, within=line(page, 1))

    def test_what_belongs_to_subscriptions_is_refused_elsewhere(self, builder: Browser):
        builder.fill("Type", "One time", within=line(builder, 1)).press("Review")
        assert "This applies only to subscription lines." in builder.problem(
            "Service Period Start", within=line(builder, 1)
        )
        assert "aria-invalid" not in builder.field("Plan UUID", within=line(builder, 1)), "a plan it may have"

    @pytest.mark.parametrize("typed", ["1.234", "1,234", "12.5", "1_000", "1e3", "١٢", "twelve"])
    def test_amounts_are_whole_cents(self, typed: str, builder: Browser):
        builder.fill("Amount in Cents", typed, within=line(builder, 1)).press("Review")
        assert "whole number of cents" in builder.problem("Amount in Cents", within=line(builder, 1))
        assert builder.value("Amount in Cents", within=line(builder, 1)) == typed

    @pytest.mark.parametrize(
        ("label", "said"),
        [("Amount in Cents", "This amount is too large."), ("Quantity", "This number is too large.")],
    )
    def test_a_whole_number_may_be_too_large(self, label: str, said: str, builder: Browser):
        builder.fill(label, "1" * 16, within=line(builder, 1)).press("Review")
        assert builder.problem(label, within=line(builder, 1)).endswith(said)

    @pytest.mark.parametrize(
        ("label", "typed"), [("Quantity", "0"), ("Account Code", "a" * 31), ("Account Code", "4-0")]
    )
    def test_other_limits_of_a_line(self, label: str, typed: str, builder: Browser):
        builder.fill(label, typed, within=line(builder, 1)).press("Review")
        assert builder.problem(label, within=line(builder, 1))

    def test_a_period_ends_after_its_start(self, builder: Browser):
        builder.fill("Service Period End", "2023-10-30", within=line(builder, 1)).press("Review")
        assert "must be after the start" in builder.problem("Service Period End", within=line(builder, 1))

    def test_two_external_ids_of_a_kind(self, builder: Browser):
        builder.press("Duplicate", within=line(builder, 1))
        for row in (line(builder, 1), line(builder, 2), transaction(builder, 1)):
            builder.fill("External ID", "li_1", within=row)
        builder.fill("Date", "2023-10-30", within=transaction(builder, 1)).press("Review")
        for number in (1, 2):
            assert "Another line item has this external ID." in builder.problem(
                "External ID", within=line(builder, number)
            )
        assert "aria-invalid" not in builder.field("External ID", within=transaction(builder, 1))

    def test_rows_are_duplicated_moved_and_removed_without_javascript(self, builder: Browser):
        builder.press("Duplicate", within=line(builder, 1))
        builder.fill("Amount in Cents", "2", within=line(builder, 2)).press("Add line item")
        builder.fill("Amount in Cents", "3", within=line(builder, 3))
        up = builder.button("Move up", within=line(builder, 3))
        assert up["formaction"] == f"{FORM}#row_line_items-1", "the page comes back at the row"
        assert line(builder, 2)["id"] == "row_line_items-1"
        builder.press("Move up", within=line(builder, 3))
        builder.press("Move down", within=line(builder, 1))
        amounts = [builder.value("Amount in Cents", within=row) for row in builder.rows("Line Items")]
        assert amounts == ["3", "123450", "2"]
        builder.press("Remove", within=line(builder, 1))
        amounts = [builder.value("Amount in Cents", within=row) for row in builder.rows("Line Items")]
        assert amounts == ["123450", "2"]
        assert builder.value("Plan UUID", within=line(builder, 2)) == PLAN
        assert builder.value("External ID") == "INV-1"
        assert builder.alert == ""

    def test_a_hundred_lines_know_their_plans_in_a_few_queries(
        self, signed_in: Client, main: Connection, django_assert_max_num_queries: Any
    ):
        know(main, "plans", *({"uuid": f"pl_{number}", "name": f"Plan {number}"} for number in range(100)))
        posted = {f"line_items-{number}-plan_uuid": f"pl_{number}" for number in range(100)}
        with django_assert_max_num_queries(15):
            answer = signed_in.post(FORM, posted | {"rows": "line_items:add"})
        assert b"Plan 99" in answer.content


class TestWarnings:
    def warnings(self, page: Browser) -> list[str]:
        page.press("Review")
        assert page.h1 == "Review: Import an Invoice", page.alert
        return [item.text for notice in page.page.all(role="note") for item in notice.all("li")]

    def test_nothing_to_say(self, builder: Browser):
        assert self.warnings(builder) == []

    def test_a_date_to_come(self, builder: Browser):
        with time_machine.travel("2023-10-29T12:00:00Z", tick=True):
            assert self.warnings(builder) == [
                "The date is in the future. ChartMogul stores such an invoice as invalid."
            ]

    def test_a_refund_without_a_payment_and_before_the_invoice(self, builder: Browser):
        builder.fill("Type", "Refund", within=transaction(builder, 1))
        builder.fill("Date", "2023-10-01", within=transaction(builder, 1))
        refund, early = self.warnings(builder)
        assert refund.startswith("There is a refund but no payment.")
        assert early == "Transaction 1: dated before the invoice."

    def test_a_transaction_to_come(self, builder: Browser):
        builder.fill("Date", "2199-10-01", within=transaction(builder, 1))
        assert self.warnings(builder) == ["Transaction 1: dated in the future."]

    def test_plan_and_customer_of_another_source(self, builder: Browser, main: Connection):
        know(main, "customers", {"uuid": CUSTOMER, "name": "Ada", "data_source_uuid": OTHER_SOURCE})
        know(main, "plans", {"uuid": PLAN, "name": "Gold", "data_source_uuid": OTHER_SOURCE})
        builder.fill("Data Source", SOURCE)
        assert self.warnings(builder) == [
            "The customer is known here under a different data source than the one chosen.",
            "Line item 1: the plan Gold belongs to another data source.",
        ]

    def test_plan_of_another_source_than_the_customer(self, builder: Browser, main: Connection):
        know(main, "customers", {"uuid": CUSTOMER, "name": "Ada", "data_source_uuid": SOURCE})
        know(main, "plans", {"uuid": PLAN, "name": "Gold", "data_source_uuid": OTHER_SOURCE})
        assert self.warnings(builder) == ["Line item 1: the plan Gold belongs to another data source."]

    @pytest.mark.parametrize(
        ("chosen", "said"),
        [
            ("", []),
            (OTHER_SOURCE, []),
            (SOURCE, ["Line item 1: the plan Gold belongs to another data source."]),
        ],
    )
    def test_a_merged_customer_is_of_all_its_sources(self, chosen, said, builder: Browser, main: Connection):
        sources = {"data_source_uuid": SOURCE, "data_source_uuids": [SOURCE, OTHER_SOURCE]}
        know(main, "customers", {"uuid": CUSTOMER, "name": "Ada", **sources})
        know(main, "plans", {"uuid": PLAN, "name": "Gold", "data_source_uuid": OTHER_SOURCE})
        assert self.warnings(builder.fill("Data Source", chosen)) == said

    def test_what_the_customer_has_already_comes_of_one_call(self, builder: Browser, recorder: RecordingServer):
        recorder.routes[EARLIER] = reply(200, {"invoices": [RECORD], "has_more": True, "cursor": "more"})
        partly, taken, large, overlap = self.warnings(fill_line(builder, 1, **{"Amount in Cents": "9999999"}))
        assert partly == "The customer has more invoices than the 200 that were compared."
        assert "the external ID INV-1 already" in taken
        assert "Did you mean cents?" in large
        assert "overlaps with the last one of the subscription sub_ext" in overlap
        [request] = recorder.requests
        assert request.query == f"customer_uuid={CUSTOMER}&validation_type=all&per_page=200"

    def test_what_cannot_be_read_holds_nobody_up(self, builder: Browser, recorder: RecordingServer, quick: Any):
        recorder.routes[EARLIER] = hang()
        assert self.warnings(builder) == [
            "The customer's earlier invoices could not be read, so nothing was compared with them."
        ]
        assert len(recorder.requests) == 1

    def test_an_external_id_that_is_known_here(self, builder: Browser, main: Connection):
        know(main, "invoices", {"uuid": "inv_other", "external_id": "INV-1"})
        [known] = self.warnings(builder)
        assert known.startswith("An invoice with the external ID INV-1 already exists: inv_other.")


class TestAnswers:
    """What ChartMogul answers to an import, as recorded or reported."""

    def answer(self, builder: Browser, recorder: RecordingServer, *answer: Any, **more: Any) -> Browser:
        recorder.routes[IMPORT] = reply(*answer, **more)
        return builder.press("Review").press("Send")

    def test_errors_inside_of_a_201(self, builder: Browser, recorder: RecordingServer):
        stored = RECORD | {"errors": {"currency": ["Currency must be supported"]}}
        page = self.answer(builder, recorder, 201, {"invoices": [stored]})
        assert page.h1 == "INV-1"
        assert "Invoice imported" in page.notice
        assert "Currency must be supported" in page.notice

    def test_the_page_after_it_names_the_customer(self, builder: Browser, recorder: RecordingServer):
        """The answer does not say whose invoice it is (recorded)."""
        without = {name: value for name, value in RECORD.items() if name != "customer_uuid"}
        page = self.answer(builder, recorder, 201, {"invoices": [without]})
        assert page.facts()["Customer"].startswith(CUSTOMER)

    def test_invoice_not_found_means_the_customer(self, builder: Browser, recorder: RecordingServer):
        detail = {"param": "invoice", "code": "invalid", "message": "Invoice not found"}
        page = self.answer(builder, recorder, 404, {"error": "Invoice not found", "error_details": [detail]})
        assert "has no customer with this UUID" in page.problem("Customer UUID")
        assert page.value("Amount in Cents", within=line(page, 1)) == "123450"

    @pytest.mark.parametrize("body", [{"error": "Invoice not found"}, {"message": "Invoice not found"}])
    def test_the_same_without_details(self, body: Any, builder: Browser, recorder: RecordingServer):
        page = self.answer(builder, recorder, 404, body)
        assert "has no customer with this UUID" in page.problem("Customer UUID")

    def test_a_taken_external_id(self, builder: Browser, recorder: RecordingServer):
        taken = "The external ID for this invoice already exists in our system."
        page = self.answer(builder, recorder, 422, {"errors": {"external_id": taken}})
        assert taken in page.problem("External ID")

    def test_a_taken_external_id_of_the_only_line_that_has_one(self, builder: Browser, recorder: RecordingServer):
        builder.press("Duplicate", within=line(builder, 1)).fill("External ID", "li_1", within=line(builder, 2))
        taken = "The external ID for this line item already exists in our system."
        page = self.answer(builder, recorder, 422, {"errors": {"line_items.external_id": taken}})
        assert taken in page.problem("External ID", within=line(page, 2))

    def test_what_is_said_of_the_only_line_stands_at_its_field(self, builder: Browser, recorder: RecordingServer):
        page = self.answer(builder, recorder, 422, {"errors": {"line_items.external_id": "can't be blank"}})
        assert "can't be blank" in page.problem("External ID", within=line(page, 1))

    def test_a_taken_external_id_of_one_of_several(self, builder: Browser, recorder: RecordingServer):
        for number, date in ((1, "2023-10-30"), (2, "2023-10-31")):
            builder.fill("Date", date, within=transaction(builder, number))
            builder.fill("External ID", f"tr_{number}", within=transaction(builder, number))
            builder.press("Add transaction")
        page = self.answer(builder, recorder, 422, {"errors": {"transactions.external_id": "has already been taken"}})
        assert "Transactions: External ID: has already been taken" in page.alert

    @pytest.mark.parametrize(
        "place", ["line_items[1].plan_uuid", "line_items.1.plan_uuid", "invoices[0].line_items[1].plan_uuid"]
    )
    def test_an_error_of_one_line(self, place: str, builder: Browser, recorder: RecordingServer):
        builder.press("Duplicate", within=line(builder, 1))
        page = self.answer(builder, recorder, 422, {"errors": {place: "is of another source"}})
        assert "is of another source" in page.problem("Plan UUID", within=line(page, 2))

    def test_an_error_of_the_invoice_in_its_wrapping(self, builder: Browser, recorder: RecordingServer):
        page = self.answer(builder, recorder, 422, {"errors": {"invoices[0].date": "is not a valid date"}})
        assert "is not a valid date" in page.problem("Date")

    def test_a_plain_text_500_leaves_the_outcome_open(self, builder: Browser, recorder: RecordingServer):
        page = self.answer(builder, recorder, 500, body=b"500 Internal Server Error", content_type="text/plain")
        assert "Outcome unknown" in page.alert
        assert len(sent(recorder)) == 1, "it is not sent again"

    def test_an_unknown_outcome_is_looked_up_by_customer_and_external_id(
        self, builder: Browser, recorder: RecordingServer, quick: Any
    ):
        recorder.routes[IMPORT] = hang()
        builder.press("Review").press("Send")
        assert "Outcome unknown" in builder.alert
        stored = RECORD | {"errors": {"date": ["Date is in the future"]}}
        recorder.routes["/v1/invoices"] = reply(200, {"invoices": [stored], "cursor": None, "has_more": False})
        builder.check()
        assert "It exists" in builder.notice
        asked = recorder.requests[-1]
        assert asked.query == f"customer_uuid={CUSTOMER}&external_id=INV-1&validation_type=all"
        assert len(sent(recorder)) == 1

    def test_one_that_is_not_as_it_was_sent_may_be_an_older_one(
        self, builder: Browser, recorder: RecordingServer, quick: Any
    ):
        recorder.routes[IMPORT] = hang()
        builder.press("Review").press("Send")
        older = RECORD | {"currency": "CHF"}
        recorder.routes["/v1/invoices"] = reply(200, {"invoices": [older], "cursor": None, "has_more": False})
        builder.check()
        assert "not as it was sent: it has Currency “CHF”" in builder.text
        assert "Outcome unknown" in builder.alert

    def test_one_of_another_customer_is_not_it(self, builder: Browser, recorder: RecordingServer, quick: Any):
        recorder.routes[IMPORT] = hang()
        builder.press("Review").press("Send")
        other = RECORD | {"customer_uuid": "cus_other"}
        recorder.routes["/v1/invoices"] = reply(200, {"invoices": [other], "cursor": None, "has_more": False})
        builder.check()
        assert "It does not exist" in builder.text


class TestPeriodEnd:
    def ask(self, client: Client, **query: str) -> Any:
        answer = client.get("/c/main/period-end/", query)
        assert answer.status_code == 200
        return answer.json()

    def test_it_follows_from_the_plan(self, signed_in: Client, main: Connection, recorder: RecordingServer):
        plan = {"uuid": PLAN, "interval_count": 1, "interval_unit": "month"}
        recorder.routes = {f"/v1/plans/{PLAN}": reply(200, plan)}
        answer = self.ask(signed_in, plan_uuid=PLAN, service_period_start="2024-01-31")
        assert answer["value"] == "2024-02-29"
        assert {request.method for request in recorder.requests} == {"GET"}

    @pytest.mark.parametrize(
        "plan",
        [
            {"uuid": PLAN},
            {"uuid": PLAN, "interval_count": "1", "interval_unit": "month"},
            {"uuid": PLAN, "interval_count": 1, "interval_unit": "week"},
            {"uuid": PLAN, "interval_count": 10**30, "interval_unit": "day"},
            {"error": "Plan not found"},
        ],
    )
    def test_a_plan_that_tells_nothing(self, plan: Any, signed_in: Client, main, recorder: RecordingServer):
        recorder.routes = {f"/v1/plans/{PLAN}": reply(200, plan)}
        assert self.ask(signed_in, plan_uuid=PLAN, service_period_start="2024-01-31") == {"value": "", "why": ""}

    @pytest.mark.parametrize("uuid", ["", "..", "Gold", "pl_/.."])
    def test_no_plan_is_no_request(self, uuid: str, signed_in: Client, main, recorder: RecordingServer):
        assert self.ask(signed_in, plan_uuid=uuid, service_period_start="2024-01-31") == {"value": "", "why": ""}
        assert recorder.requests == []


@pytest.mark.parametrize(
    ("canceled", "asked"), [("2999-01-31", True), ("2020-01-01", True), ("2023-11-10", False), ("", False)]
)
def test_a_cancellation_that_can_hardly_be_meant_is_asked_about(canceled: str, asked: bool, builder: Browser):
    line = builder.rows("Line Items")[0]
    builder.fill("Canceled At", canceled, within=line).press("Review")
    assert ("Line item 1: the cancellation is in the future, or before the service period." in builder.text) is asked
