"""Invoices: lists, records with their tables, pickers, and the sandbox."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection
from resources.catalog import invoice_rows
from resources.sync import services as sync_services
from sandbox.server import SandboxServer
from tests.pages import Browser
from tests.resources.catalog.an_invoice import (
    CUSTOMER,
    LINES,
    OTHER_SOURCE,
    PLAN,
    RECORD,
    SOURCE,
    UUID,
    customer_of,
    know,
    line,
    without,
)
from tests.servers import RecordingServer, reply


class TestList:
    def test_rows_have_the_sum_of_their_lines(self, visitor: Browser, main: Connection, recorder: RecordingServer):
        know(main, "customers", {"uuid": CUSTOMER, "name": "Ada"})
        bare = {"uuid": "inv_2", "external_id": "INV-2", "errors": {"date": "Date is in the future"}}
        mixed = {"uuid": "inv_3", "currency": "EUR", "line_items": [{"amount_in_cents": 5}, {"amount_in_cents": "5.5"}]}
        # The cursor is there on the last page too.
        rows = {"invoices": [RECORD, bare, mixed], "cursor": "MjAyMw==", "has_more": False}
        recorder.routes = {"/v1/invoices": reply(200, rows)}
        first, second, third = visitor.open("/c/main/invoices/list/").table("Invoices")
        assert first == {
            "External ID": "INV-1",
            "Customer": f"Ada {CUSTOMER}",
            "Date": "2023-10-30 01:00",
            "Due date": "—",
            "Sum of lines": "USD 1,189.50 (118950)",
            "Lines": "2",
            "Errors": "—",
            "UUID": UUID,
        }
        assert (second["Customer"], second["Sum of lines"]) == ("—", "—")
        assert second["Errors"] == "Date is in the future"
        assert third["Sum of lines"] == "—"
        assert "the end of the list" in visitor.page.one("caption").text
        assert [(request.path, request.query) for request in recorder.requests] == [("/v1/invoices", "per_page=50")]

    def test_in_german_numbers_and_times_are_german(
        self, visitor: Browser, main: Connection, recorder: RecordingServer, settings
    ):
        settings.LANGUAGE_CODE = "de"
        rows = {"invoices": [RECORD], "cursor": None, "has_more": False}
        recorder.routes = {"/v1/invoices": reply(200, rows)}
        [cells] = [row.all("td") for row in visitor.open("/c/main/invoices/list/").page.one("tbody").all("tr")]
        assert "USD 1.189,50 (118950)" in [cell.text for cell in cells]
        date = next(cell.one("time") for cell in cells if cell.all("time"))
        assert date.text == "30.10.2023, 01:00"
        assert (date["datetime"], date["title"]) == ("2023-10-30T00:00:00Z", "2023-10-30 00:00 UTC")

    def test_those_stored_with_errors_can_be_listed(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.routes = {"/v1/invoices": reply(200, {"invoices": [], "cursor": None, "has_more": False})}
        visitor.open("/c/main/invoices/list/").fill("Validation", "Stored with errors").press("Run")
        assert recorder.requests[-1].query == "validation_type=invalid&per_page=50"


class TestRecord:
    def open(self, visitor: Browser, recorder: RecordingServer, record: dict[str, Any]) -> Browser:
        recorder.routes = {f"/v1/invoices/{UUID}": reply(200, record)}
        return visitor.open(f"/c/main/invoices/{UUID}/")

    def test_lines_and_transactions_are_tables(self, visitor: Browser, main: Connection, recorder: RecordingServer):
        know(main, "plans", {"uuid": PLAN, "name": "Gold"})
        page = self.open(visitor, recorder, RECORD)
        assert page.h1 == "INV-1"
        assert page.facts()["Sum of the line items"] == "USD 1,189.50 (118950)"
        assert "line_items" not in page.facts()
        first, second = page.table("Line items: 2")
        assert first["Plan"] == f"Gold {PLAN}"
        assert (first["Amount"], second["Amount"]) == ("USD 1,234.50 (123450)", "USD -45.00 (-4500)")
        assert (first["Type"], second["Type"]) == ("Subscription", "One time")
        assert second["Description"] == "Setup"
        assert second["flavour"] == "vanilla", "what this version does not know is shown all the same"
        assert "balance_transfer" not in first, "a column that is blank everywhere is left out"
        foot = [cell.text for cell in page.page.one("tfoot").all("th", "td")]
        assert foot[:4] == ["Sum of 2", "USD 1,189.50 (118950)", "", ""]
        (payment,) = page.table("Transactions: 1")
        assert payment == {
            "Date": "2023-10-30 01:00",
            "Type": "Payment",
            "Result": "Successful",
            "Amount": "whole invoice",
            "UUID": "tr_13920c67-3782-4d8c-b835-03deb3dd471c",
        }
        # An invoice that was stored with errors is no less an invoice.
        assert [request.query for request in recorder.requests] == ["validation_type=all"]

    def test_get_shows_the_same(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.routes = {f"/v1/invoices/{UUID}": reply(200, RECORD)}
        page = visitor.open("/c/main/invoices/get/").fill("Invoice", UUID).press("Run")
        assert page.facts()["UUID"] == UUID
        assert len(page.table("Line items: 2")) == 2

    @pytest.mark.parametrize("nothing", [{}, None, "absent", []])
    def test_no_errors_is_no_warning(self, nothing: Any, visitor: Browser, main, recorder: RecordingServer):
        record = without(RECORD, "errors") if nothing == "absent" else RECORD | {"errors": nothing}
        assert "something is wrong" not in self.open(visitor, recorder, record).text

    def test_errors_of_the_invoice_and_of_its_parts_are_a_warning(self, visitor, main, recorder: RecordingServer):
        record = RECORD | {
            "errors": {
                "currency": ["Currency is invalid", "Currency must be supported"],
                "date": "Date is in the future",
            },
            "line_items": [LINES[0] | {"errors": {"amount_in_cents": ["must be positive"]}}],
            "transactions": [{"errors": {"result": {"odd": [1]}}}],
        }
        page = self.open(visitor, recorder, record)
        wrongs = [item.text for item in page.page.one(role="note", data_level="warning").all("li")]
        assert wrongs == [
            "Currency is invalid",
            "Currency must be supported",
            "Date is in the future",
            "Line item 1: amount_in_cents: must be positive",
            "Transaction 1: result: odd: 1",
        ]

    def test_a_currency_without_decimals_is_not_guessed_at(self, visitor: Browser, main, recorder: RecordingServer):
        page = self.open(visitor, recorder, RECORD | {"currency": "JPY"})
        assert page.table("Line items")[0]["Amount"] == "123450 (cents of JPY)"
        assert "does not document" in page.page.all("caption")[1].text

    @pytest.mark.parametrize("odd", [None, "text", 5, {"a": 1}, ["text"], [[1]], [None]])
    def test_lines_that_are_no_lines_are_a_fact(self, odd: Any, visitor: Browser, main, recorder: RecordingServer):
        page = self.open(visitor, recorder, RECORD | {"line_items": odd, "transactions": odd})
        assert page.status == 200
        assert page.facts()["UUID"] == UUID

    @pytest.mark.parametrize("amount", [{}, {"amount_in_cents": None}])
    def test_a_transaction_without_an_amount_is_the_whole_invoice(self, amount, visitor: Browser, main, recorder):
        paid = {"uuid": "tr_1", "type": "payment", "result": "successful", "date": None, **amount}
        page = self.open(visitor, recorder, RECORD | {"transactions": [paid]})
        assert page.table("Transactions")[0]["Amount"] == "whole invoice"

    def test_fees_keep_a_currency_of_their_own(self, visitor: Browser, main, recorder: RecordingServer):
        fees = {"transaction_fees_in_cents": 150, "transaction_fees_currency": "EUR"}
        page = self.open(visitor, recorder, RECORD | {"line_items": [LINES[0] | fees]})
        assert page.table("Line items")[0]["Transaction fees"] == "EUR 1.50 (150)"

    def test_names_of_many_plans_come_in_one_query(
        self, signed_in: Client, main: Connection, recorder: RecordingServer, django_assert_max_num_queries: Any
    ):
        lines = [LINES[0] | {"plan_uuid": f"pl_{number}"} for number in range(60)]
        know(main, "plans", *({"uuid": f"pl_{number}", "name": f"Plan {number}"} for number in range(60)))
        recorder.routes = {f"/v1/invoices/{UUID}": reply(200, RECORD | {"line_items": lines})}
        with django_assert_max_num_queries(25):
            answer = signed_in.get(f"/c/main/invoices/{UUID}/")
        assert b"Plan 59" in answer.content


class TestPickers:
    def options(self, client: Client, slug: str, resource: str, **query: str) -> list[str]:
        answer = client.get(f"/c/{slug}/pickers/{resource}/", query)
        assert answer.status_code == 200
        return answer.content.decode().split('data-value="')[1:]

    def test_plans_keep_to_the_customers_source(self, signed_in: Client, main: Connection, recorder: RecordingServer):
        know(main, "customers", {"uuid": CUSTOMER, "name": "Ada", "data_source_uuid": SOURCE})
        know(main, "plans", {"uuid": PLAN, "name": "Gold", "data_source_uuid": SOURCE})
        know(main, "plans", {"uuid": "pl_2", "name": "Foreign", "data_source_uuid": OTHER_SOURCE})
        assert len(self.options(signed_in, "main", "plans")) == 2
        (option,) = self.options(signed_in, "main", "plans", customer_uuid=CUSTOMER)
        assert option.startswith(PLAN)
        (option,) = self.options(signed_in, "main", "plans", customer_uuid=CUSTOMER, data_source_uuid=OTHER_SOURCE)
        assert option.startswith("pl_2")

    def test_two_of_one_external_id_are_told_apart_by_customer_day_and_currency(
        self, signed_in: Client, main: Connection, recorder: RecordingServer
    ):
        know(main, "customers", {"uuid": CUSTOMER, "name": "Ada"})
        other = RECORD | {"uuid": "inv_2", "customer_uuid": "cus_other", "date": "2023-11-30T23:30:00.000Z"}
        know(main, "invoices", RECORD, other)
        options = self.options(signed_in, "main", "invoices", q="INV-1")
        # The account keeps the time of Berlin.
        told = {option.partition('"')[0]: option for option in options}
        assert "Ada · 2023-10-30 · USD" in told[UUID]
        assert "cus_other · 2023-12-01" in told["inv_2"]
        found = signed_in.get("/c/main/search/", {"q": "INV-1"}).content.decode()
        assert "Ada · 2023-10-30" in found
        assert "cus_other · 2023-12-01" in found

    @pytest.mark.parametrize("date", [None, 7, "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "a\nb", {}])
    def test_whatever_stands_for_a_date_is_shown(self, date: Any, signed_in: Client, main: Connection):
        know(main, "invoices", RECORD | {"date": date})
        assert len(self.options(signed_in, "main", "invoices", q="INV-1")) == 1

    def test_a_merged_customer_is_offered_with_each_of_its_sources(
        self, signed_in: Client, main: Connection, recorder: RecordingServer
    ):
        sources = {"data_source_uuid": SOURCE, "data_source_uuids": [SOURCE, OTHER_SOURCE]}
        know(main, "customers", {"uuid": CUSTOMER, "name": "Ada", **sources})
        for source in (SOURCE, OTHER_SOURCE):
            (option,) = self.options(signed_in, "main", "customers", q="ada", data_source_uuid=source)
            assert f"{SOURCE}, {OTHER_SOURCE}" in option
        know(main, "plans", {"uuid": PLAN, "name": "Gold", "data_source_uuid": OTHER_SOURCE})
        (option,) = self.options(signed_in, "main", "plans", customer_uuid=CUSTOMER)
        assert option.startswith(PLAN)

    def test_an_invoice_is_found_by_its_external_id(self, signed_in: Client, main, recorder: RecordingServer):
        recorder.routes = {"/v1/invoices": reply(200, {"invoices": [RECORD], "cursor": None, "has_more": False})}
        (option,) = self.options(signed_in, "main", "invoices", q="INV-1")
        assert option.startswith(UUID)
        assert recorder.requests[-1].query == "external_id=INV-1&validation_type=all"

    def test_what_looks_like_a_uuid_is_looked_for_as_an_external_id_too(
        self, signed_in: Client, main: Connection, recorder: RecordingServer
    ):
        sync_services.switch(main, enabled=False, every_hours=0)
        stripe = "cus_NffrFeUfNV2Hib"
        found = [{"uuid": CUSTOMER, "name": "Ada", "external_id": stripe}]
        others = [{"uuid": f"cus_{number}", "name": f"Other {number}"} for number in range(30)]
        recorder.routes = {f"/v1/customers/{stripe}": reply(404, {"error": "Customer not found"})}
        recorder.script = [reply(200, {"entries": rows, "has_more": False}) for rows in (others, found)]
        (option,) = self.options(signed_in, "main", "customers", q=stripe)
        assert option.startswith(CUSTOMER)
        assert recorder.requests[-1].query == f"external_id={stripe}"

    def test_what_is_certainly_a_uuid_is_looked_for_as_nothing_else(
        self, signed_in: Client, main: Connection, recorder: RecordingServer
    ):
        recorder.routes = {"/v1/customers": reply(200, {"entries": [], "cursor": None, "has_more": False})}
        recorder.routes[f"/v1/customers/{CUSTOMER}"] = reply(404, {"error": "Customer not found"})
        assert self.options(signed_in, "main", "customers", q=CUSTOMER) == []
        assert not any("external_id" in request.query for request in recorder.requests)

    def test_transactions_have_no_list_to_pick_from(self, signed_in: Client, main: Connection):
        assert signed_in.get("/c/main/pickers/transactions/").status_code == 404


class TestAgainstTheSandbox:
    def test_import_list_get_and_delete(self, visitor: Browser, box: Connection, sandbox: SandboxServer):
        customer = customer_of(sandbox)
        page = visitor.open("/c/box/invoices/import/")
        page.fill("Customer UUID", customer["uuid"]).fill("External ID", "NEW-1")
        page.fill("Date", "2026-01-31").fill("Currency", "EUR")
        page.fill("Type", "One time", within=line(page, 1)).fill("Amount in Cents", "990", within=line(page, 1))
        page.press("Review").press("Send")
        assert page.h1 == "NEW-1"
        uuid = page.facts()["UUID"]
        page.open("/c/box/invoices/list/").fill("External ID", "NEW-1").press("Run")
        assert [row["UUID"] for row in page.table("Invoices")] == [uuid]
        page.open("/c/box/invoices/delete/").fill("Invoice", uuid).press("Review")
        assert "permanent" in page.text
        assert page.table("Line items: 1")[0]["Amount"] == "EUR 9.90 (990)"
        page.press("Send")
        assert "Invoice deleted" in page.notice
        assert page.open(f"/c/box/invoices/{uuid}/").status == 404

    def test_one_stored_with_errors_can_be_read(self, visitor: Browser, box: Connection, sandbox: SandboxServer):
        customer = customer_of(sandbox)
        page = visitor.open("/c/box/invoices/import/")
        page.fill("Customer UUID", customer["uuid"]).fill("External ID", "NEW-2")
        page.fill("Date", "2100-01-01").fill("Currency", "EUR")
        page.fill("Type", "One time", within=line(page, 1)).fill("Amount in Cents", "990", within=line(page, 1))
        page.press("Review").press("Send")
        assert "Date is in the future" in page.notice
        page.follow("Read it again")
        assert page.h1 == "NEW-2"
        assert "Date is in the future" in page.notice

    def test_an_unknown_customer(self, visitor: Browser, box: Connection):
        page = visitor.open("/c/box/invoices/import/")
        page.fill("Customer UUID", "cus_unknown").fill("External ID", "NEW-3")
        page.fill("Date", "2026-01-31").fill("Currency", "EUR")
        page.fill("Type", "One time", within=line(page, 1)).fill("Amount in Cents", "990", within=line(page, 1))
        page.press("Review").press("Send")
        assert "has no customer with this UUID" in page.problem("Customer UUID")


def test_every_line_field_that_belongs_to_subscriptions_is_a_field():
    for names in (invoice_rows.LineItemForm.only_for, invoice_rows.LineItemForm.needed_for):
        assert set(names) <= set(invoice_rows.LineItemForm.base_fields)
