"""Writes over the sandbox: form, review, send, outcome."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.test import Client
from django.utils import timezone

from activity.models import Write
from resources.directory.models import Entry
from sandbox.server import SandboxServer
from tests.pages import Browser

CREATE = "/c/box/customers/create/"
UPDATE = "/c/box/customers/update/"
DELETE = "/c/box/customers/delete/"


def ask(sandbox: SandboxServer, path: str, **query: str) -> Any:
    """What the sandbox holds, without leaving a trace in its log."""
    answer = requests.get(f"{sandbox.url}/v1/{path}", query, auth=("sandbox", ""), timeout=5).json()
    sandbox.requests.pop()
    return answer


def customer(sandbox: SandboxServer, external_id: str) -> dict[str, Any]:
    return ask(sandbox, "customers", external_id=external_id)["entries"][0]


def source(sandbox: SandboxServer, name: str = "Sandbox billing") -> str:
    return ask(sandbox, "data_sources", name=name)["data_sources"][0]["uuid"]


def writes(sandbox: SandboxServer) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in sandbox.requests if request.method != "GET"]


def fill_create(page: Browser, sandbox: SandboxServer, external_id: str = "new-1") -> Browser:
    return page.open(CREATE).fill("Data Source", source(sandbox)).fill("External ID", external_id)


class TestCreate:
    def test_all_fields_and_all_five_types_arrive(self, visitor: Browser, box, sandbox):
        page = fill_create(visitor, sandbox)
        for label, value in {
            "Name": "Zoë <b>",
            "Email": "zoe@example.com",
            "Company": "Ünïcode & Sons",
            "Country": "United States",
            "State": "US-NY",
            "City": "New York",
            "Zip": "10001",
            "Lead Created At": "2016-01-01 13:00",
            "Free Trial Started At": "2016-02-01",
            "Tags": 'one, "two, three"',
        }.items():
            page.fill(label, value)
        for kind, key, value in [
            ("String", "text", "007"),
            ("Integer", "whole", "7"),
            ("Decimal", "part", "0.1"),
            ("Timestamp", "moment", "2016-01-01 12:00+01:00"),
            ("Boolean", "yes", "false"),
        ]:
            page.press("Add attribute")
            row = page.rows("Custom")[-1]
            page.fill("Type", kind, within=row).fill("Key", key, within=row).fill("Value", value, within=row)
        page.press("Review")
        assert "Nothing has been sent yet." in page.text
        assert writes(sandbox) == []
        body = json.loads(page.page.one("pre", id="request-body").raw_text)
        page.press("Send")
        assert json.loads(sandbox.requests[-1].body) == body
        assert page.h1 == "Zoë <b>"
        assert "Customer created: Zoë <b>." in page.notice
        held = customer(sandbox, "new-1")
        assert held["lead_created_at"] == "2016-01-01T12:00:00.000Z"
        assert held["free_trial_started_at"] == "2016-02-01T00:00:00.000Z"
        assert held["attributes"]["tags"] == ["one", "two, three"]
        assert held["attributes"]["custom"] == {
            "text": "007", "whole": 7, "part": 0.1, "moment": "2016-01-01T11:00:00.000Z", "yes": False,
        }  # fmt: skip
        assert (held["name"], held["country"], held["state"]) == ("Zoë <b>", "US", "NY")
        assert page.url.startswith(f"/c/box/customers/{held['uuid']}/")

    def test_what_must_be_there_is_said_beside_each_field(self, visitor: Browser, box, sandbox):
        page = visitor.open(CREATE).fill("Email", "nonsense").press("Review")
        assert page.status == 422
        assert page.h1 == "Create a Customer"
        for label in ("Data Source", "External ID", "Email"):
            assert page.problem(label)
            assert page.page.one("a", href=f"#{page.field(label)['id']}").text == label
        assert page.value("Email") == "nonsense"
        assert Write.objects.count() == 0

    def test_a_refusal_leads_back_to_the_form_with_everything_there(self, visitor: Browser, box, sandbox):
        page = fill_create(visitor, sandbox, "acme").fill("Name", "Twin").fill("Tags", "kept").press("Add attribute")
        row = page.rows("Custom")[-1]
        page.fill("Key", "k", within=row).fill("Value", "kept too", within=row).press("Review").press("Send")
        assert page.h1 == "Create a Customer"
        assert "already exists" in page.problem("External ID")
        assert page.value("Name") == "Twin"
        assert page.value("Tags") == "kept"
        assert "kept too" in [page.value("Value", within=row) for row in page.rows("Custom")]
        page.fill("External ID", "acme-2").press("Review").press("Send")
        assert "Customer created: Twin." in page.notice

    def test_an_error_of_no_field_stands_at_the_top(self, visitor: Browser, box, sandbox):
        sandbox.faults.add(method="POST", status=402)
        page = fill_create(visitor, sandbox).press("Review").press("Send")
        assert page.h1 == "Create a Customer"
        assert "402" in page.alert
        assert page.value("External ID") == "new-1"

    def test_where_chartmogul_asks_to_wait_the_form_counts_down(self, visitor: Browser, box, sandbox):
        sandbox.faults.add(method="POST", path="/v1/customers", status=429, retry_after="600", times=None)
        page = fill_create(visitor, sandbox).press("Review").press("Send")
        assert page.value("External ID") == "new-1"
        left = int(page.page.one("retry-countdown")["data-seconds"])
        assert 590 <= left <= 600
        assert f"Try again in {left} s." in page.alert
        with time_machine.travel(timezone.now() + timedelta(minutes=11)):
            page.open(page.url)
            assert page.page.all("retry-countdown") == []

    def test_edit_leads_back_and_a_new_review_shows_the_change(self, visitor: Browser, box, sandbox):
        page = fill_create(visitor, sandbox).fill("Name", "First").press("Review").follow("Edit")
        assert page.value("Name") == "First"
        page.fill("Name", "Second").press("Review")
        assert '"name":"Second"' in page.page.one("pre", id="request-body").raw_text
        page.press("Send")
        assert customer(sandbox, "new-1")["name"] == "Second"
        assert len(writes(sandbox)) == 1

    def test_the_form_is_prefilled_from_the_address(self, visitor: Browser, box, sandbox):
        page = visitor.open(f"{CREATE}?name=Ada&external_id=x&nonsense=1&opened=junk")
        assert page.value("Name") == "Ada"
        assert page.value("External ID") == "x"

    def test_lists_and_rows_are_prefilled_too(self, visitor: Browser, box, sandbox):
        """A list by naming it again and again, rows by the names that they are posted with."""
        page = visitor.open(f"{CREATE}?tags=a&tags=b, c&custom-0-key=channel&custom-2-key=seats&custom-2-value=5")
        assert page.value("Tags") == 'a,"b, c"'
        rows = page.rows("Custom")
        assert [page.value("Key", within=row) for row in rows] == ["channel", "", "seats"]
        assert page.value("Value", within=rows[2]) == "5"
        page.open(
            "/c/box/invoices/import/?line_items-0-type=one_time&line_items-0-quantity=3&transactions-0-type=refund"
        )
        (line,) = page.rows("Line Items")
        assert page.value("Type", within=line) == "one_time"
        assert page.value("Quantity", within=line) == "3"
        assert page.value("Type", within=page.rows("Transactions")[0]) == "refund"

    def test_rows_added_and_removed_keep_what_was_typed(self, visitor: Browser, box, sandbox):
        page = visitor.open(CREATE).fill("Name", "Kept").press("Add attribute").press("Add attribute")
        for number, row in enumerate(page.rows("Custom")):
            page.fill("Key", f"key-{number}", within=row)
        page.press("Remove", within=page.rows("Custom")[1])
        assert [page.value("Key", within=row) for row in page.rows("Custom")] == ["key-0", "key-2"]
        assert page.value("Name") == "Kept"
        assert page.alert == ""
        assert page.status == 200


class TestUpdate:
    def test_it_changes_clears_and_leaves(self, visitor: Browser, box, sandbox):
        held = customer(sandbox, "all-types")
        page = visitor.open(UPDATE).fill("Customer", held["uuid"]).press("Load")
        assert page.value("Name") == "All five types"
        assert page.value("External ID") == "all-types"
        assert "disabled" in page.field("External ID")
        rows = {page.value("Key", within=row): row for row in page.rows("Custom")}
        page.fill("Value", "7", within=rows["integer_key"])
        page.fill("Name", "Renamed").fill("Tags", "").fill("City", "Paris").press("Review")
        assert json.loads(page.page.one("pre", id="request-body").raw_text) == {
            "name": "Renamed", "city": "Paris", "attributes": {"tags": [], "custom": {"integer_key": 7}},
        }  # fmt: skip
        changes = {row["Field"]: row for row in page.table("What is sent")}
        assert changes["Name"] == {"Field": "Name", "Before": "All five types", "After": "Renamed"}
        assert changes["Tags"]["After"].endswith("will be cleared")
        page.press("Send")
        assert "Customer updated: Renamed." in page.notice
        now = customer(sandbox, "all-types")
        assert now["attributes"]["tags"] == []
        assert now["attributes"]["custom"] == held["attributes"]["custom"] | {"integer_key": 7}
        assert (now["name"], now["city"], now["company"]) == ("Renamed", "Paris", held["company"])

    def test_the_review_says_what_chartmogul_will_hold(self, visitor: Browser, box, sandbox):
        """It keeps attributes that are not sent: one whose key was changed is there under both."""
        held = customer(sandbox, "all-types")
        page = visitor.open(f"{UPDATE}?uuid={held['uuid']}")
        rows = {page.value("Key", within=row): row for row in page.rows("Custom")}
        page.fill("Key", "renamed", within=rows["integer_key"]).press("Review")
        (line,) = page.table("What is sent, in words")
        assert line["After"] == f"{line['Before']}, renamed = {held['attributes']['custom']['integer_key']}"
        page.press("Send")
        now = customer(sandbox, "all-types")["attributes"]["custom"]
        assert now == {**held["attributes"]["custom"], "renamed": now["integer_key"]}

    @pytest.mark.parametrize(
        "external_id",
        ["name-quotes", "zero-width", "formula-at", "name-300", "array-value", "markup-tags", "rtl-override", "name-empty",
         "emoji", "old-clearbit", "all-types"],
    )  # fmt: skip
    def test_an_awkward_customer_left_alone_has_nothing_to_send(self, external_id: str, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, external_id)["uuid"]
        page = visitor.open(f"{UPDATE}?uuid={uuid}").press("Review")
        assert page.status == 422
        assert "Nothing was changed, so there is nothing to send." in page.alert
        page.fill("Zip", "99").press("Review")
        assert json.loads(page.page.one("pre", id="request-body").raw_text) == {"zip": "99"}

    def test_the_record_page_leads_to_it(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "emoji")["uuid"]
        page = visitor.open(f"/c/box/customers/{uuid}/").follow("Update a Customer")
        assert page.value("Company") == "💸"

    def test_a_refusal_leads_back_with_the_first_values_still_known(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "emoji")["uuid"]
        sandbox.faults.add(method="PATCH", status=422)
        page = visitor.open(f"{UPDATE}?uuid={uuid}").fill("City", "Paris").press("Review").press("Send")
        assert page.h1 == "Update a Customer"
        assert page.value("City") == "Paris"
        page.press("Review")
        assert json.loads(page.page.one("pre", id="request-body").raw_text) == {"city": "Paris"}

    @pytest.mark.parametrize(
        "typed", ["", "Nobody of that name", "..", "cus_x/../..", "a\r\nb", "x" * 300, "&uuid=b#c"]
    )
    def test_load_of_what_is_none_says_so(self, typed: str, visitor: Browser, box, sandbox):
        page = visitor.open(UPDATE).fill("Customer", typed).press("Load")
        assert page.status == 422
        assert page.problem("Customer")
        assert page.value("Customer") == typed.replace("\r\n", "")
        assert sandbox.requests == []

    def test_load_takes_a_name_that_is_known(self, visitor: Browser, box, sandbox):
        visitor.open("/c/box/customers/list/?external_id=linked")
        page = visitor.open(UPDATE).fill("Customer", "Billing URL that is one").press("Load")
        assert page.value("External ID") == "linked"

    @pytest.mark.parametrize(
        "uuid", ["cus_00000000-0000-0000-0000-000000000000", "..", "%00", "a%2Fb", "x" * 3000, "%20"]
    )
    def test_an_address_of_no_record_says_so(self, uuid: str, visitor: Browser, box, sandbox):
        page = visitor.open(f"{UPDATE}?uuid={uuid}")
        assert page.status in (200, 404, 422)
        assert page.h1 == "Update a Customer"

    def test_another_record_than_the_one_loaded_is_not_overwritten(self, visitor: Browser, box, sandbox):
        one, other = customer(sandbox, "emoji")["uuid"], customer(sandbox, "linked")["uuid"]
        page = visitor.open(f"{UPDATE}?uuid={one}").fill("City", "Paris").fill("Customer", other).press("Review")
        assert "belong to another record" in page.problem("Customer")
        assert writes(sandbox) == []


class TestDelete:
    def test_the_review_names_what_goes_and_sends_one_request(self, visitor: Browser, box, sandbox):
        held = customer(sandbox, "emoji")
        page = visitor.open(f"/c/box/customers/{held['uuid']}/").follow("Delete a Customer")
        assert "permanent" in page.text
        page.press("Review")
        assert held["name"] in page.text
        assert "permanent" in page.text
        assert page.facts()["External ID"].startswith("emoji")
        page.press("Send")
        assert writes(sandbox) == [("DELETE", f"/v1/customers/{held['uuid']}")]
        assert f"Customer deleted: {held['name']}." in page.notice
        assert ask(sandbox, "customers", external_id="emoji")["entries"] == []
        assert not Entry.objects.filter(uuid=held["uuid"]).exists()

    def test_what_is_not_there_is_said_at_the_field(self, visitor: Browser, box, sandbox):
        page = visitor.open(DELETE).fill("Customer", "cus_00000000-0000-0000-0000-000000000000").press("Review")
        assert "has no customer" in page.problem("Customer")
        assert Write.objects.count() == 0

    def test_the_page_of_what_is_not_there_says_so_once(self, visitor: Browser, box, sandbox):
        page = visitor.open("/c/box/customers/cus_00000000-0000-0000-0000-000000000000/")
        assert page.status == 404
        assert page.alert.startswith("ChartMogul has no customer with this UUID in this account: ")
        for words in ("has no customer", "status 404", "request ID"):
            assert page.page.text.count(words) == 1

    def test_a_data_source_takes_its_customers_along_in_the_pickers(self, visitor: Browser, box, sandbox):
        uuid = source(sandbox, "Recurly")
        visitor.open(f"/c/box/customers/list/?data_source_uuid={uuid}&limit=5")
        assert Entry.objects.filter(data_source_uuid=uuid).exists()
        page = visitor.open("/c/box/data-sources/delete/").fill("Data Source", uuid).press("Review").confirm()
        assert "Data source deleted: Recurly." in page.notice
        assert not Entry.objects.filter(data_source_uuid=uuid).exists()


class TestDataSources:
    def test_create_and_get(self, visitor: Browser, box, sandbox):
        page = visitor.open("/c/box/data-sources/create/").fill("Name", "New <source>").press("Review").press("Send")
        assert "Data source created: New <source>." in page.notice
        assert json.loads(sandbox.requests[-1].body) == {"name": "New <source>"}
        uuid = source(sandbox, "New <source>")
        page = visitor.open("/c/box/data-sources/get/").fill("Data Source", uuid).press("Run")
        assert page.facts()["Name"] == "New <source>"

    def test_a_name_that_is_taken_is_said_at_the_field(self, visitor: Browser, box, sandbox):
        page = visitor.open("/c/box/data-sources/create/").fill("Name", "Stripe").press("Review").press("Send")
        assert "taken" in page.problem("Name")


class TestRecord:
    def test_a_get_shows_every_field_of_the_answer(self, visitor: Browser, box, sandbox):
        held = customer(sandbox, "linked")
        page = visitor.open("/c/box/customers/get/").fill("Customer", held["uuid"]).press("Run")
        facts = page.facts()
        assert facts["Name"] == held["name"]
        assert facts["id"] == str(held["id"])
        assert facts["owner"] == "owner@sandbox.example"
        assert "seats" in facts["attributes.stripe"]
        assert "UUID" in facts

    def test_fields_that_nobody_knew_of_are_shown_under_their_names(self, visitor: Browser, main, recorder):
        from tests.servers import reply

        record = {
            "uuid": "cus_1",
            "name": "Ada",
            "brand-new": {"deep": [1, {"x": "<b>"}]},
            "with.dot": True,
            "": "empty",
        }
        recorder.routes = {"/v1/customers/cus_1": reply(200, record)}
        facts = visitor.open("/c/main/customers/cus_1/").facts()
        assert "<b>" in facts["brand-new"]
        assert facts["with.dot"] == "Yes"
        assert facts[""] == "empty"

    def test_what_is_not_there_is_404(self, visitor: Browser, box, sandbox):
        for uuid in ("cus_00000000-0000-0000-0000-000000000000", "..%00", "a b", "%2e%2e", "x" * 3000):
            page = visitor.open(f"/c/box/customers/{uuid}/")
            assert page.status == 404
            assert page.alert

    @pytest.mark.parametrize("written", ["", "x", "%00", "00000000-0000-0000-0000-000000000000", "1" * 5000])
    def test_a_made_up_write_in_the_address_changes_nothing(self, written: str, visitor: Browser, box, sandbox):
        held = customer(sandbox, "emoji")
        page = visitor.open(f"/c/box/customers/{held['uuid']}/?written={written}")
        assert page.status == 200
        assert page.h1 == held["name"]

    def test_right_after_a_write_the_answer_to_it_is_shown(self, visitor: Browser, box, sandbox):
        page = fill_create(visitor, sandbox).press("Review").press("Send")
        assert "As returned by ChartMogul for the write" in page.text
        asked = len(sandbox.requests)
        visitor.open(page.url)
        assert len(sandbox.requests) == asked
        page.follow("Read it again")
        assert len(sandbox.requests) == asked + 1


class TestOutcome:
    def test_sending_twice_is_one_request(self, visitor: Browser, box, sandbox):
        review = fill_create(visitor, sandbox).press("Review")
        button, url = review.button("Send"), review.url
        action = button.inside("form")["action"]
        review.press("Send")
        first = review.url
        again = visitor.client.post(action, follow=True)
        assert len(writes(sandbox)) == 1
        assert again.redirect_chain[-1][0] == first
        assert "Customer created" in visitor.open(url).text
        assert [button.text for button in visitor.page.all("button")].count("Send") == 0

    @pytest.mark.parametrize(
        ("fault", "applied"),
        [
            ({"status": 500}, True),
            ({"status": 500}, False),
            ({"status": 504, "body": "text"}, True),
            ({"status": 502, "body": "html"}, False),
            ({"hang": True}, True),
            ({"hang": True}, False),
            ({"cut_off": True}, True),
        ],
    )
    def test_E8_an_unknown_outcome_is_looked_up_and_never_sent_again(
        self, fault: dict[str, Any], applied: bool, visitor: Browser, box, sandbox, quick
    ):
        review = fill_create(visitor, sandbox).press("Review")
        sandbox.faults.add(method="POST", applied=applied, **fault)
        page = review.press("Send")
        assert "Outcome unknown." in page.alert
        assert len(writes(sandbox)) == 1
        if not applied:
            assert "does not show the effect of this yet" in page.check(at_once=True).notice
            assert "Outcome unknown." in page.alert
        page.check(at_once=applied)
        assert len(writes(sandbox)) == 1
        if applied:
            assert "It exists: ChartMogul has a customer with Data Source “ds_" in page.notice
            assert Write.objects.get().outcome == "accepted"
            assert Write.objects.get().record_uuid == customer(sandbox, "new-1")["uuid"]
        else:
            assert "It does not exist" in page.text
            assert Write.objects.get().outcome == "refused"
            page.follow("Back to the form, with your entries kept").press("Review").press("Send")
            assert customer(sandbox, "new-1")

    @pytest.mark.parametrize("applied", [True, False])
    def test_E8_of_an_update_and_of_a_deletion_too(self, applied: bool, visitor: Browser, box, sandbox, quick):
        uuid = customer(sandbox, "emoji")["uuid"]
        sandbox.faults.add(method="PATCH", status=502, applied=applied)
        page = visitor.open(f"{UPDATE}?uuid={uuid}").fill("City", "Paris").press("Review").press("Send")
        page.check()
        assert ("was not carried out" not in page.text) is applied
        sandbox.faults.add(method="DELETE", status=502, applied=applied)
        page = visitor.open(f"{DELETE}?uuid={uuid}").press("Review").press("Send")
        assert "Outcome unknown." in page.alert
        page.check()
        assert ("was deleted" in page.text) is applied
        assert len(writes(sandbox)) == 2
        # What is gone is found by nobody any more.
        choices = visitor.open(f"/c/box/pickers/customers/?q={uuid}").page.all("li", role="option")
        assert (choices == []) is applied

    def test_E8_what_was_there_before_is_not_taken_for_what_was_sent(self, visitor: Browser, box, sandbox, quick):
        """Somebody else's record has the external ID already."""
        known = customer(sandbox, "emoji")
        form = fill_create(visitor, sandbox).fill("External ID", "emoji").fill("Name", "Brand new")
        sandbox.faults.add(method="POST", status=500)
        page = form.press("Review").press("Send").check()
        assert "not as it was sent" in page.text
        assert known["name"] in page.text
        assert "Outcome unknown." in page.alert
        assert Write.objects.get().outcome == "unknown"
        page.follow("List Customers")
        assert page.h1 == "List Customers"
        assert known["uuid"] in page.text

    @pytest.mark.parametrize("status", [422, 500])
    def test_what_was_not_created_has_its_name_in_the_trail(self, status, visitor: Browser, box, sandbox, quick):
        review = fill_create(visitor, sandbox).fill("Name", "Not there").press("Review")
        sandbox.faults.add(method="POST", status=status)
        review.press("Send")
        (row,) = visitor.open("/c/box/activity/?record=not+th").table()
        assert row["Record"] == "Not there"
        assert "Create a Customer: Not there" in visitor.open("/c/box/").text
        # As much of what else is created, in whatever it is sent.
        source = ask(sandbox, "data_sources")["data_sources"][0]["uuid"]
        held = ask(sandbox, "customers", data_source_uuid=source)["entries"][0]["uuid"]
        page = visitor.open(
            f"/c/box/invoices/import/?customer_uuid={held}&external_id=inv-77&currency=EUR&date=2026-01-31"
        )
        (line,) = page.rows("Line Items")
        page.fill("Type", "one_time", within=line).fill("Amount in Cents", "100", within=line).press("Review")
        assert Write.objects.latest("prepared_at").record_name == "inv-77"

    def test_a_look_up_that_fails_leaves_the_outcome_unknown(self, visitor: Browser, box, sandbox, quick):
        review = fill_create(visitor, sandbox).press("Review")
        sandbox.faults.add(method="POST", status=500)
        page = review.press("Send")
        sandbox.faults.add(method="GET", status=500, times=None)
        page.check()
        assert "The check failed too." in page.alert
        assert "Outcome unknown." in page.alert
        assert Write.objects.get().outcome == "unknown"

    def test_a_202_says_that_chartmogul_is_still_computing(self, visitor: Browser, main, recorder):
        from tests.servers import reply

        recorder.routes = {"/v1/data_sources": reply(202, {"uuid": "ds_1", "name": "New"})}
        page = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review")
        page.press("Send")
        assert "still calculating" in page.notice

    def test_a_write_of_somebody_else_cannot_be_sent(self, visitor: Browser, box, sandbox, django_user_model):
        review = fill_create(visitor, sandbox).press("Review")
        action = review.button("Send").inside("form")["action"]
        stranger = Client()
        stranger.force_login(django_user_model.objects.create_superuser("eve"))
        assert stranger.post(action).status_code == 404
        assert stranger.get(f"{CREATE}?draft={Write.objects.get().key}").status_code == 404
        assert writes(sandbox) == []

    def test_a_write_of_another_connection_cannot_be_sent_in_this_one(self, visitor: Browser, box, sandbox):
        from tests.conftest import make_connection

        make_connection("Other", kind="sandbox")
        review = fill_create(visitor, sandbox).press("Review")
        action = review.button("Send").inside("form")["action"]
        assert visitor.client.post(action.replace("/c/box/", "/c/other/")).status_code == 404
        assert writes(sandbox) == []

    @pytest.mark.parametrize("draft", ["", "x", "%00", "00000000-0000-0000-0000-000000000000", "1" * 5000])
    def test_a_made_up_draft_is_not_found(self, draft: str, visitor: Browser, box, sandbox):
        assert visitor.open(f"{CREATE}?draft={draft}").status == 404

    def test_a_draft_of_another_module_is_not_found(self, visitor: Browser, box, sandbox):
        fill_create(visitor, sandbox).press("Review")
        key = Write.objects.get().key
        assert visitor.open(f"/c/box/data-sources/create/?draft={key}").status == 404


class TestPickers:
    URL = "/c/box/pickers/customers/"

    def choices(self, visitor: Browser, **query: str) -> list[str]:
        visitor.response = visitor.client.get(self.URL, query)
        assert visitor.status == 200
        from tests.pages import page_of

        visitor.page = page_of(visitor.response)
        return [option["data-name"] for option in visitor.page.all(role="option")]

    def note(self, visitor: Browser) -> str:
        return visitor.page.one("p", class_="note").text

    def test_a_uuid_is_fetched(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "emoji")["uuid"]
        assert self.choices(visitor, q=uuid) == ["🦄 Unicorn 👩‍👩‍👧‍👦 🏳️‍🌈"]
        assert "Searched:" in self.note(visitor)

    def test_an_email_and_an_external_id_are_searched_at_chartmogul(self, visitor: Browser, box, sandbox):
        assert set(self.choices(visitor, q="billing@acme.example")) == {"Acme"}
        assert "email" in self.note(visitor)
        assert self.choices(visitor, q="linked") == ["Billing URL that is one"]
        assert "external ID" in self.note(visitor)

    def test_a_part_of_a_name_is_searched_among_what_was_seen(self, visitor: Browser, box, sandbox):
        visitor.open("/c/box/customers/list/?limit=1000")
        sandbox.requests.clear()
        assert "<script>alert(1)</script>" in self.choices(visitor, q="alert(1)")
        assert len(self.choices(visitor, q="e")) == 20
        assert "20 shown; type more to narrow the search." in self.note(visitor)

    def test_nothing_found_says_where_was_looked(self, visitor: Browser, box, sandbox):
        assert self.choices(visitor, q="nobody-at-all") == []
        assert "Nothing found for “nobody-at-all”." in self.note(visitor)
        assert self.choices(visitor, q="nobody@nowhere.example") == []
        assert "failed" not in self.note(visitor)

    def test_a_failure_is_said_and_what_is_known_still_offered(self, visitor: Browser, box, sandbox, quick):
        visitor.open("/c/box/customers/list/?external_id=linked")
        sandbox.faults.add(status=503, times=None)
        assert self.choices(visitor, q="") == ["Billing URL that is one"]
        assert "The search at ChartMogul failed:" in self.note(visitor)
        assert self.choices(visitor, q="nobody-at-all") == []
        # Whether there is none is not known.
        assert re.fullmatch(
            r"The search at ChartMogul failed: \S.*[^.]\. A pasted UUID still works\.", self.note(visitor)
        )

    def test_what_is_known_needs_no_call(self, visitor: Browser, box, sandbox):
        visitor.open("/c/box/customers/list/?external_id=linked")
        sandbox.requests.clear()
        uuid = customer(sandbox, "linked")["uuid"]
        for typed in ("linked", "LINK", "billing url", "b", "g u", uuid, uuid[5:20]):
            assert self.choices(visitor, q=typed) == ["Billing URL that is one"]
        assert sandbox.requests == []

    def test_it_keeps_to_a_source(self, visitor: Browser, box, sandbox):
        assert len(self.choices(visitor, q="acme")) == 2
        assert len(self.choices(visitor, q="acme", data_source_uuid=source(sandbox, "Stripe"))) == 1

    def test_what_was_chosen_before_comes_first(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "zero-width")["uuid"]
        visitor.open(f"/c/box/customers/get/?uuid={uuid}")
        self.choices(visitor, q="")
        assert visitor.page.all(role="option")[0]["data-value"] == uuid

    @pytest.mark.parametrize(
        "typed", ["\0", "%", "_", "x" * 5000, "'; --", "\\", "\u202e", "[", "@", "a@b.c\n", "cus_" + "x" * 300]
    )
    def test_nothing_typed_breaks_it(self, typed: str, visitor: Browser, box, sandbox):
        self.choices(visitor, q=typed)
        self.choices(visitor, q="a", data_source_uuid=typed)

    def test_an_unknown_resource_is_not_found(self, visitor: Browser, box):
        assert visitor.client.get("/c/box/pickers/nonsense/").status_code == 404


class TestMomentPreview:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("2016-01-01 13:00", "2016-01-01 13:00 Europe/Berlin = 2016-01-01 12:00 UTC"),
            ("2016-01-01", "2016-01-01 00:00 UTC"),
            ("2026-03-29 02:30", "The clocks were set forward"),
            ("2026-10-25 02:30", "The clocks were set back"),
            ("soon", "Enter a date and time as"),
            ("", "A date alone means 00:00 UTC."),
            ("\0", ""),
            ("9" * 5000, "Enter a date"),
        ],
    )
    def test_it_says_what_will_be_sent(self, typed: str, said: str, visitor: Browser, box, sandbox):
        answer = visitor.client.get("/c/box/moment/", {"lead_created_at": typed})
        assert answer.status_code == 200
        assert said in answer.content.decode()
        assert sandbox.requests == []
