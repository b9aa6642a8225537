"""Deletions: what will be deleted is counted and can be exported, and irreversible ones must be confirmed by typing."""

import json
from typing import Any

import pytest

from activity.models import Event, Outcome, Write
from connections.models import Connection
from sandbox.handlers.data_sources import is_of_the_api
from sandbox.server import SandboxServer
from tests.pages import Browser
from tests.servers import RecordingServer, hang, reply

SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
CUSTOMER = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
INVOICE = "inv_6897d700-993e-41b5-bee6-f1569c92cf1e"
TYPED = "Type the name to confirm"


def page_of(key: str, count: int, *, more: bool = False) -> Any:
    rows = [{"uuid": f"x_{number}", "name": f"Row {number}"} for number in range(count)]
    return reply(200, {key: rows, "cursor": "abc" if more else None, "has_more": more})


@pytest.fixture
def source(main: Connection, recorder: RecordingServer) -> str:
    """A data source with more customers than one page, one plan and no invoice."""
    recorder.routes = {
        f"/v1/data_sources/{SOURCE}": reply(200, {"uuid": SOURCE, "name": "Stripe  <EU>", "system": "Stripe"}),
        "/v1/customers": page_of("entries", 200, more=True),
        "/v1/plans": page_of("plans", 1),
        "/v1/invoices": page_of("invoices", 0),
    }
    return SOURCE


def review(visitor: Browser, uuid: str, resource: str = "data-sources") -> Browser:
    return visitor.open(f"/c/main/{resource}/delete/?uuid={uuid}").press("Review")


def console(visitor: Browser, path: str, method: str = "DELETE") -> Browser:
    return visitor.open("/c/main/api-call/").fill("URL", path).fill("Method", method).press("Review")


def sent(recorder: RecordingServer) -> list[str]:
    return [f"{request.method} {request.path}" for request in recorder.requests if request.method != "GET"]


class TestTyping:
    def test_nothing_goes_out_before_the_name_and_a_reason_are_there(self, visitor, source, recorder):
        page = review(visitor, source)
        assert "Exactly: Stripe <EU>" in page.text
        page.press("Send")
        assert page.status == 422
        assert "required" in page.problem(TYPED)
        assert "required" in page.problem("Reason")
        page.fill(TYPED, "stripe <eu>").fill("Reason", "Moved to Stripe US").press("Send")
        assert "name does not match" in page.problem(TYPED)
        assert "Type the name to confirm" in page.alert
        assert (page.value(TYPED), page.value("Reason")) == ("stripe <eu>", "Moved to Stripe US")
        assert sent(recorder) == []
        assert Write.objects.get().outcome == Outcome.PREPARED
        page.fill(TYPED, " Stripe <EU> ").press("Send")
        assert sent(recorder) == [f"DELETE /v1/data_sources/{SOURCE}"]
        assert Write.objects.get().reason == "Moved to Stripe US"
        assert "Reason: Moved to Stripe US" in page.text

    def test_the_uuid_will_do(self, visitor, source, recorder):
        review(visitor, source).fill(TYPED, SOURCE).fill("Reason", "x").press("Send")
        assert sent(recorder) == [f"DELETE /v1/data_sources/{SOURCE}"]

    @pytest.mark.parametrize("name", ["", "   ", "n" * 101, None, 7])
    def test_where_no_name_can_be_typed_it_is_the_uuid(self, name, visitor, source, recorder):
        recorder.routes[f"/v1/data_sources/{SOURCE}"] = reply(200, {"uuid": SOURCE, "name": name})
        page = review(visitor, source)
        assert f"Exactly: {SOURCE}" in page.text
        page.fill(TYPED, SOURCE).fill("Reason", "x").press("Send")
        assert sent(recorder) == [f"DELETE /v1/data_sources/{SOURCE}"]

    def test_a_name_of_two_lines_is_typed_on_one(self, visitor, source, recorder):
        recorder.routes[f"/v1/data_sources/{SOURCE}"] = reply(200, {"uuid": SOURCE, "name": "Two\nlines"})
        review(visitor, source).fill(TYPED, "Two lines").fill("Reason", "x").press("Send")
        assert sent(recorder) == [f"DELETE /v1/data_sources/{SOURCE}"]

    def test_the_box_cannot_be_got_round_by_leaving_it_out(self, visitor, source, recorder):
        page = review(visitor, source)
        action = page.button("Send").inside("form")["action"]
        assert visitor.client.post(action, {"reason": "x"}).status_code == 422
        assert visitor.client.post(action).status_code == 422
        assert sent(recorder) == []

    @pytest.mark.parametrize(("resource", "uuid"), [("customers", CUSTOMER), ("invoices", INVOICE)])
    def test_of_others_a_reason_may_be_given(self, resource, uuid, visitor, main, recorder):
        recorder.routes = {f"/v1/{resource}/{uuid}": reply(200, {"uuid": uuid, "name": "Acme"})}
        page = review(visitor, uuid, resource)
        assert TYPED not in page.text
        page.fill("Reason", "Asked for it").press("Send")
        assert sent(recorder) == [f"DELETE /v1/{resource}/{uuid}"]
        assert Write.objects.get().reason == "Asked for it"


class TestConsole:
    def test_a_deletion_of_a_known_record_is_guarded_like_its_module(self, visitor, source, recorder):
        page = console(visitor, f"/v1/data_sources/{source}")
        assert "Exactly: Stripe <EU>" in page.text
        assert "at least 200 customers" in page.text
        assert "Deleting a data source is permanent" in page.text
        assert page.link("Download a copy of what will be deleted")
        page.press("Send")
        assert sent(recorder) == []
        page.fill(TYPED, "Stripe <EU>").fill("Reason", "x").press("Send")
        assert sent(recorder) == [f"DELETE /v1/data_sources/{SOURCE}"]
        assert page.link("Create again from the saved copy")

    @pytest.mark.parametrize("path", ["/v1/plans", "/v1/data_sources/ds_1/dependent", "/v1/line_items/li_1"])
    def test_of_anything_else_the_path_is_typed(self, path, visitor, main, recorder):
        page = console(visitor, path)
        assert f"Exactly: {path}" in page.text
        page.fill(TYPED, "plans").fill("Reason", "x").press("Send")
        assert "name does not match" in page.problem(TYPED)
        page.fill(TYPED, path).press("Send")
        assert sent(recorder) == [f"DELETE {path}"]

    def test_a_record_that_is_not_there_holds_nothing_up(self, visitor, main, recorder):
        recorder.routes = {f"/v1/customers/{CUSTOMER}": reply(404, {"error": "Customer not found"})}
        page = console(visitor, f"/v1/customers/{CUSTOMER}")
        assert "ChartMogul has no customer with this UUID" in page.notice
        page.fill(TYPED, CUSTOMER).fill("Reason", "x").press("Send")
        assert sent(recorder) == [f"DELETE /v1/customers/{CUSTOMER}"]

    def test_other_methods_need_no_typing(self, visitor, main, recorder):
        page = console(visitor, "/v1/plans", "POST")
        assert TYPED not in page.text


class TestCounting:
    def lines(self, page: Browser) -> list[str]:
        (listed,) = [part for part in page.page.all("ul") if part.get("aria-labelledby") == "goes-too"]
        return [item.text for item in listed.all("li")]

    def test_each_kind_with_one_call(self, visitor, source, recorder):
        assert self.lines(review(visitor, source)) == ["at least 200 customers", "1 plan", "0 invoices"]
        counted = [request for request in recorder.requests if "data_source_uuid" in request.query]
        assert [request.path for request in counted] == ["/v1/customers", "/v1/plans", "/v1/invoices"]
        assert [request.query.removeprefix(f"data_source_uuid={SOURCE}&") for request in counted] == [
            "per_page=200",
            "per_page=200",
            "validation_type=all&per_page=200",
        ]

    def test_what_an_invoice_holds(self, visitor, main, recorder):
        record = {"uuid": INVOICE, "line_items": [{"uuid": "li_1"}, {"uuid": "li_2"}], "transactions": [{}]}
        recorder.routes = {f"/v1/invoices/{INVOICE}": reply(200, record)}
        assert self.lines(review(visitor, INVOICE, "invoices")) == ["2 line items", "1 transaction"]

    def test_what_could_not_be_counted_is_said_and_holds_nothing_up(self, visitor, source, recorder):
        recorder.routes["/v1/plans"] = reply(403, {"error": "No access"})
        lines = self.lines(page := review(visitor, source))
        assert lines[0] == "at least 200 customers"
        assert lines[1].startswith("plans, invoices, which could not be counted. ")
        assert "/v1/invoices" not in [request.path for request in recorder.requests]
        page.confirm()
        assert sent(recorder) == [f"DELETE /v1/data_sources/{SOURCE}"]

    def test_a_list_that_never_answers_costs_its_time_once(self, visitor, source, recorder, quick):
        recorder.routes["/v1/customers"] = hang()
        lines = self.lines(review(visitor, source))
        assert lines[0].startswith("customers, plans, invoices, which could not be counted. ")

    @pytest.mark.parametrize("answer", [{}, [], None, {"entries": 7}, {"entries": ["x"], "has_more": True}])
    def test_odd_lists_are_no_traceback(self, answer, visitor, source, recorder):
        recorder.routes["/v1/customers"] = reply(200, answer)
        assert "could not be counted" in self.lines(review(visitor, source))[0]

    def test_the_counts_stay_with_the_write(self, visitor, source, recorder):
        page = review(visitor, source).confirm()
        assert "What was deleted with it, as counted beforehand" in page.text
        assert self.lines(page)[0] == "at least 200 customers"


class TestCopy:
    def download(self, page: Browser) -> tuple[Any, Any]:
        response = page.client.get(page.link("Download a copy of what will be deleted")["href"])
        return response, json.loads(b"".join(response.streaming_content))

    def test_all_of_it_as_the_api_gave_it(self, visitor, box, sandbox: SandboxServer, seeded):
        uuid = seeded("data_sources", name="Recurly")["uuid"]
        page = visitor.open(f"/c/box/data-sources/delete/?uuid={uuid}").press("Review")
        response, held = self.download(page)
        assert response["Content-Disposition"] == f'attachment; filename="data-sources-{uuid}.json"'
        assert held["complete"] is True
        assert Event.objects.get(kind="records.exported").facts == {"path": f"/v1/data_sources/{uuid}"}
        assert held["data_source"]["uuid"] == uuid
        for key in ("customers", "plans", "invoices"):
            expected = {row["uuid"] for row in sandbox.api.store.all(key) if row.get("data_source_uuid") == uuid}
            if key != "invoices":
                assert {row["uuid"] for row in held[key]} == expected
            assert held[key]
        assert "Subscriptions and their cancellation dates are not in the copy" in page.text
        assert held["not_copied"].startswith("Subscriptions and their cancellation dates")
        assert [request.method for request in sandbox.requests if request.method != "GET"] == []

    def test_of_a_customer_with_what_was_stored_with_errors_and_the_dates_of_cancellations(
        self, visitor, box, sandbox: SandboxServer
    ):
        store = sandbox.api.store
        wrong = {row["customer_uuid"] for row in store.all("invoices") if row.get("errors")}
        made_here = (
            each["uuid"] for each in store.all("customers") if is_of_the_api(sandbox.api, each["data_source_uuid"])
        )
        customer = next(uuid for uuid in made_here if uuid in wrong and store.all("subscriptions", customer_uuid=uuid))
        invoices = {row["uuid"] for row in store.all("invoices") if row["customer_uuid"] == customer}
        page = visitor.open(f"/c/box/customers/delete/?uuid={customer}").press("Review")
        assert f"{len(invoices)} invoices" in page.text
        _, held = self.download(page)
        assert {row["uuid"] for row in held["invoices"]} == invoices
        assert held["imported_subscriptions"]
        assert all(row["uuid"].startswith("sub_") for row in held["imported_subscriptions"])
        assert all("cancellation_dates" in row for row in held["imported_subscriptions"])
        assert held["complete"] is True
        section = visitor.open(f"/c/box/customers/{customer}/invoices/")
        assert {row["UUID"] for row in section.table("Invoices")} == invoices

    def test_a_customer_of_an_integration_has_no_imported_subscriptions(self, visitor, main, recorder):
        recorder.routes = {
            f"/v1/customers/{CUSTOMER}": reply(200, {"uuid": CUSTOMER, "name": "Acme"}),
            f"/v1/customers/{CUSTOMER}/subscriptions": page_of("entries", 1),
            "/v1/invoices": page_of("invoices", 1),
            f"/v1/import/customers/{CUSTOMER}/subscriptions": reply(404, {"error": "Customer not found"}),
        }
        _, held = self.download(review(visitor, CUSTOMER, "customers"))
        assert (held["imported_subscriptions"], held["complete"]) == ([], True)

    def test_over_all_pages(self, visitor, main, recorder):
        pages = [page_of("invoices", 200, more=True), page_of("invoices", 3)]
        recorder.routes = {
            f"/v1/customers/{CUSTOMER}": reply(200, {"uuid": CUSTOMER, "name": "Acme"}),
            f"/v1/customers/{CUSTOMER}/subscriptions": page_of("entries", 0),
            f"/v1/import/customers/{CUSTOMER}/subscriptions": page_of("subscriptions", 0),
        }
        recorder.script = [page_of("invoices", 1), *pages]
        _, held = self.download(review(visitor, CUSTOMER, "customers"))
        assert (held["complete"], len(held["invoices"])) == (True, 203)

    def test_it_says_when_it_is_not_all(self, visitor, source, recorder):
        page = review(visitor, source)
        recorder.routes["/v1/customers"] = page_of("entries", 3)
        recorder.routes["/v1/plans"] = reply(403, {"error": "No access"})
        _, held = self.download(page)
        assert held["complete"] is False
        assert "No access" in held["missing"]
        assert [len(held[key]) for key in ("customers", "plans", "invoices")] == [3, 0, 0]

    def test_there_is_none_of_what_was_sent_or_deletes_nothing(self, visitor, source, recorder):
        page = review(visitor, source)
        address = page.link("Download a copy of what will be deleted")["href"]
        page.confirm()
        assert visitor.client.get(address).status_code == 404
        page = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review")
        assert visitor.client.get(f"{page.url}copy/").status_code == 404


def test_of_a_record_that_cannot_be_read_it_is_said_what_was_not_counted(visitor: Browser, main, recorder, quick):
    recorder.routes = {"/v1/customers": reply(200, {"entries": [{"uuid": "cus_1", "name": "Ada"}], "has_more": False})}
    visitor.open("/c/main/customers/list/")
    recorder.routes |= {"/v1/customers/cus_1": reply(500)}
    page = review(visitor, "cus_1", "customers")
    assert "Deleted with it, and not counted: subscriptions, invoices." in page.text
    assert "Customer: Ada" in page.text
