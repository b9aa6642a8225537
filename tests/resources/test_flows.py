"""Writes to the sandbox: form, review, send, and the resulting record."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from activity.models import Write
from resources.directory.models import Entry
from tests.pages import Browser
from tests.resources.in_the_sandbox import CREATE, DELETE, UPDATE, ask, customer, fill_create, source, writes


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

    def test_what_was_typed_before_the_record_was_chosen_counts_as_changed(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "emoji")["uuid"]
        page = visitor.open(UPDATE).fill("City", "Paris").fill("Email", "ada@example.com").fill("Tags", "new")
        page.fill("Customer", uuid).press("Load")
        assert page.status == 200
        assert "Nothing has been sent yet. What you had filled in was kept: Email, City, Tags." in page.text
        assert (page.value("Company"), page.value("City")) == ("💸", "Paris")
        # Tags are added, for a list is sent as a whole.
        tags = [*customer(sandbox, "emoji")["attributes"]["tags"], "new"]
        page.press("Review")
        body = json.loads(page.page.one("pre", id="request-body").raw_text)
        assert body == {"email": "ada@example.com", "city": "Paris", "attributes": {"tags": tags}}

    def test_nothing_that_was_typed_comes_into_an_address(self, signed_in, box, sandbox):
        """Addresses are kept in more places than forms are."""
        uuid = customer(sandbox, "emoji")["uuid"]
        assert signed_in.post(UPDATE, {"load": "1", "uuid": uuid, "email": "ada@example.com"}).status_code == 200
        answer = signed_in.post(UPDATE, {"load": "1", "uuid": uuid, "nonsense": "ada@example.com"})
        assert answer["Location"] == f"{UPDATE}?uuid={uuid}"

    def test_what_was_typed_stays_where_the_record_cannot_be_read(self, visitor: Browser, box, sandbox):
        uuid = customer(sandbox, "emoji")["uuid"]
        sandbox.faults.add(method="GET", status=404)
        page = visitor.open(UPDATE).fill("City", "Paris").fill("Customer", uuid).press("Load")
        assert page.alert
        assert (page.value("Customer"), page.value("City")) == (uuid, "Paris")
        assert page.press("Load").value("Company") == "💸"
        assert page.value("City") == "Paris"

    @pytest.mark.parametrize("chosen", ["emoji", "linked"])
    def test_changes_of_a_loaded_record_are_dropped_only_once_that_was_said(
        self, chosen: str, visitor: Browser, box, sandbox
    ):
        one, other = customer(sandbox, "emoji"), customer(sandbox, chosen)
        page = visitor.open(f"{UPDATE}?uuid={one['uuid']}").fill("City", "Paris").fill("Customer", other["uuid"])
        page.press("Add attribute").press("Load again")
        assert page.status == 422
        assert f"Loading would discard your changes to {one['name']}" in page.problem("Customer")
        assert page.problem("Customer").endswith("which have not been sent: City.")
        assert page.value("City") == "Paris"
        page.press("Discard the changes and load")
        assert page.value("External ID") == chosen
        assert page.value("City") == (other["city"] or "")

    def test_changes_of_a_loaded_record_are_kept_by_choosing_it_again(self, visitor: Browser, box, sandbox):
        one, other = customer(sandbox, "emoji")["uuid"], customer(sandbox, "linked")["uuid"]
        page = visitor.open(f"{UPDATE}?uuid={one}").fill("City", "Paris").fill("Customer", other).press("Load again")
        page.fill("Customer", one).press("Review")
        assert json.loads(page.page.one("pre", id="request-body").raw_text) == {"city": "Paris"}

    def test_a_form_that_loads_nothing_has_no_load(self, signed_in, box):
        assert signed_in.post(CREATE, {"load": "1"}).status_code == 404

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
