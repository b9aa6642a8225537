"""What makes writes safe: conflicts are shown before sending, edits can be undone, deleted records are kept."""

import json
import re
import shlex
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from activity import history
from activity.models import Write
from resources.catalog.customers import RESOURCE as CUSTOMERS
from resources.directory import services as directory
from resources.directory.models import Entry
from sandbox.server import SandboxServer
from tests.pages import Browser
from tests.servers import reply

UUID = "cus_3a84957e-4777-4dbf-9b7e-c310c26bd7a1"
UPDATE = f"/c/box/customers/update/?uuid={UUID}"


def ask(sandbox: SandboxServer, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{sandbox.url}/v1/{path}", json=body, auth=("sandbox", ""), timeout=5)
    sandbox.requests.pop()
    return answer.json() if answer.content else None


def lines(page: Browser) -> dict[str, str]:
    """The review: label -> the text of its line."""
    rows = page.page.one("table", class_="changes").all("tr")[1:]
    return {row.all("th")[0].text: row.text for row in rows}


class TestPutBack:
    def test_an_edit_is_put_back_through_the_ordinary_form(self, visitor: Browser, box, sandbox):
        before = ask(sandbox, "GET", f"customers/{UUID}")
        page = visitor.open(UPDATE).fill("Company", "Wrong").fill("Tags", "").fill("City", "Nowhere")
        page.press("Review").press("Send")
        # What somebody else changes afterwards is not part of it.
        ask(sandbox, "PATCH", f"customers/{UUID}", {"zip": "99999"})
        assert page.link("What was sent")
        page.follow("Restore these fields")
        assert page.h1 == "Update a Customer"
        # The old values stand in the form, which must not look as if they had been put back already.
        assert "Nothing has been sent yet. This form is filled in with the previous values" in page.text
        assert (page.value("Company"), page.value("City")) == (before["company"], before["city"])
        page.press("Review")
        assert set(lines(page)) == {"Company", "City", "Tags"}
        page.press("Send")
        after = ask(sandbox, "GET", f"customers/{UUID}")
        assert after["zip"] == "99999"
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {"zip", "address"}

    def test_a_field_that_was_dropped_with_another_is_put_back_too(self, visitor: Browser, box, sandbox):
        ask(sandbox, "PATCH", f"customers/{UUID}", {"country": "US", "state": "TX"})
        visitor.open(UPDATE).fill("Country", "Germany").press("Review").press("Send")
        assert ask(sandbox, "GET", f"customers/{UUID}")["state"] is None
        page = visitor.follow("Restore these fields").press("Review")
        assert set(lines(page)) == {"Country", "State"}
        page.press("Send")
        after = ask(sandbox, "GET", f"customers/{UUID}")
        assert (after["country"], after["state"]) == ("US", "TX")

    def test_a_cancellation_is_put_back(self, visitor: Browser, box, sandbox):
        subscriptions = ask(sandbox, "GET", f"import/customers/{UUID}/subscriptions")["subscriptions"]
        one = next(entry for entry in subscriptions if not entry["cancellation_dates"])
        customer = ask(sandbox, "GET", f"customers/{UUID}")
        directory.remember(box, CUSTOMERS, [customer])
        page = visitor.open(f"/c/box/subscriptions/cancel/?customer_uuid={UUID}&uuid={one['uuid']}")
        page.fill("Canceled At", "2025-01-01", within=None).press("Review")
        assert page.link(customer["name"])["href"] == f"/c/box/customers/{UUID}/"
        page.press("Send")
        assert page.link(customer["name"])["href"] == f"/c/box/customers/{UUID}/"
        page.follow("Restore these fields")
        page.press("Review").press("Send")
        after = ask(sandbox, "GET", f"import/customers/{UUID}/subscriptions")["subscriptions"]
        assert next(entry for entry in after if entry["uuid"] == one["uuid"])["cancellation_dates"] == []

    def test_a_deleted_customer_is_made_again(self, visitor: Browser, box, sandbox):
        before = ask(sandbox, "GET", f"customers/{UUID}")
        page = visitor.open(f"/c/box/customers/delete/?uuid={UUID}").press("Review").press("Send")
        assert "are not restored" in page.page.text
        page.follow("Create again from the saved copy").press("Review").press("Send")
        again = ask(sandbox, "GET", f"customers?external_id={before['external_id']}")["entries"][0]
        kept = ("name", "email", "company", "country", "city", "zip", "lead_created_at", "data_source_uuid")
        assert {name: again[name] for name in kept} == {name: before[name] for name in kept}
        assert again["attributes"]["tags"] == before["attributes"]["tags"]
        assert again["uuid"] != UUID

    def test_of_a_deleted_customer_it_is_said_what_the_form_does_not_have(self, visitor: Browser, box, main, recorder):
        held = {
            "uuid": UUID,
            "external_id": "c-1",
            "data_source_uuid": "ds_1",
            "owner": "zoe@example.com",
            "website_url": "",
            "status": "Qualified Lead",
            "attributes": {"tags": [], "custom": {"seats": 5, "roles": ["a", "b"], "blank": ""}},
        }
        recorder.routes = {f"/v1/customers/{UUID}": reply(200, held), f"DELETE /v1/customers/{UUID}": reply(204)}
        visitor.open(f"/c/main/customers/delete/?uuid={UUID}").press("Review").press("Send")
        page = visitor.follow("Create again from the saved copy").press("Review")
        said = "owner “zoe@example.com”, status “Qualified Lead”, attributes.custom.roles “["
        assert f"Not restored from the saved copy: {said}" in page.text

    def test_a_deleted_plan_group_is_made_again_with_its_plans(self, visitor: Browser, box, sandbox):
        groups = ask(sandbox, "GET", "plan_groups")["plan_groups"]
        group = next(one for one in groups if one["plans_count"] > 1)
        held = ask(sandbox, "GET", f"plan_groups/{group['uuid']}/plans")["plans"]
        page = visitor.open(f"/c/box/plan-groups/delete/?uuid={group['uuid']}").press("Review")
        copy = json.loads(visitor.client.get(f"{page.url}copy/").getvalue())
        assert copy["complete"]
        assert copy["plans"] == held
        page.press("Send").follow("Create again from the saved copy").press("Review").press("Send")
        (again,) = [one for one in ask(sandbox, "GET", "plan_groups")["plan_groups"] if one["name"] == group["name"]]
        plans = ask(sandbox, "GET", f"plan_groups/{again['uuid']}/plans")["plans"]
        assert {plan["uuid"] for plan in plans} == {plan["uuid"] for plan in held}

    @pytest.mark.parametrize(("system", "lost"), [("Recurly", True), ("Import API", False)])
    def test_a_data_source_comes_back_without_its_integration(self, system, lost, visitor: Browser, box, sandbox):
        source = ask(sandbox, "GET", f"data_sources?system={system}")["data_sources"][0]
        page = visitor.open(f"/c/box/data-sources/delete/?uuid={source['uuid']}").press("Review").confirm()
        page.follow("Create again from the saved copy")
        said = "Integration with Recurly: the new data source is filled only through the API."
        assert (said in page.text) is lost
        # What is typed wrong, or edited once more, does not make it forgotten.
        page.fill("Name", "").press("Review").fill("Name", source["name"]).press("Review")
        assert (f"Not restored from the saved copy: {said}" in page.text) is lost
        page.follow("Edit").press("Review")
        assert (f"Not restored from the saved copy: {said}" in page.text) is lost
        page.press("Send")
        (again,) = ask(sandbox, "GET", f"data_sources?name={source['name']}")["data_sources"]
        assert again["system"] == "Custom"

    @pytest.mark.parametrize("key", ["x", "123e4567-e89b-42d3-a456-426614174000"])
    def test_what_is_no_saved_copy_loses_nothing(self, key, visitor: Browser, box, sandbox):
        page = visitor.open("/c/box/data-sources/create/").fill("Name", "Another")
        answer = page.client.post(page.url, {"name": "Another", "restore": key})
        assert "Not restored" not in page.open(answer["Location"]).text

    def test_a_create_and_a_refused_update_offer_nothing_to_put_back(self, visitor: Browser, box, sandbox):
        sandbox.faults.add(method="PATCH", status=402)
        visitor.open(UPDATE).fill("Company", "Wrong").press("Review").press("Send")
        page = visitor.open(f"/c/box/activity/{Write.objects.get().key}/")
        assert "Restore these fields" not in page.page.text

    def test_a_row_of_another_operation_restores_nothing_here(self, visitor: Browser, box, sandbox):
        visitor.open(UPDATE).fill("Company", "Wrong").press("Review").press("Send")
        page = visitor.open(f"/c/box/customers/create/?restore={Write.objects.get().key}")
        assert page.response.status_code == 404


class TestConflict:
    def test_what_changed_there_meanwhile_is_said_with_all_three_values(self, visitor: Browser, box, sandbox):
        old = ask(sandbox, "GET", f"customers/{UUID}")["company"]
        page = visitor.open(UPDATE).fill("Company", "Mine")
        ask(sandbox, "PATCH", f"customers/{UUID}", {"company": "Theirs", "city": "Elsewhere"})
        page.press("Review")
        assert "Changed in ChartMogul since you opened the form: Company, City." in page.page.text
        line = lines(page)["Company"]
        assert old in line
        assert "Now in ChartMogul: Theirs" in line
        assert "Mine" in line
        assert "City" not in lines(page)

    def test_of_a_list_the_review_says_what_goes_that_came_meanwhile(self, visitor: Browser, box, sandbox):
        ask(sandbox, "PATCH", f"customers/{UUID}", {"attributes": {"tags": ["vip"]}})
        page = visitor.open(UPDATE).fill("Tags", "vip, mine")
        ask(sandbox, "PATCH", f"customers/{UUID}", {"attributes": {"tags": ["vip", "theirs"]}})
        page.press("Review")
        assert [item.text for item in page.page.all("li", class_="added")] == ["+ Added: mine"]
        assert [item.text for item in page.page.all("li", class_="removed")] == ["\u2212 Removed: theirs"]

    def test_nothing_is_said_where_nothing_changed(self, visitor: Browser, box, sandbox):
        page = visitor.open(UPDATE).fill("Company", "Mine").press("Review")
        assert "since you opened the form" not in page.page.text
        assert "Now in ChartMogul" not in page.page.text

    @pytest.fixture
    def left_open(self, visitor: Browser, box, sandbox) -> Browser:
        """A form from before its changes were sent, as somebody finds it who goes back to it."""
        page = Browser(visitor.client).open(UPDATE).fill("Company", "Mine").fill("Tags", "own")
        visitor.open(UPDATE).fill("Company", "Mine").fill("Tags", "own").press("Review").press("Send")
        return page

    def test_ones_own_last_write_is_no_foreign_change(self, left_open: Browser, sandbox):
        left_open.press("Review")
        assert left_open.status == 422
        assert "ChartMogul already has what this would send, so there is nothing to send." in left_open.alert
        assert Write.objects.count() == 1
        assert left_open.value("Company") == "Mine"

    def test_what_is_added_to_it_is_sent_alone(self, left_open: Browser, sandbox):
        left_open.fill("City", "Paris").press("Review")
        assert set(lines(left_open)) == {"City"}
        assert "since you opened the form" not in left_open.text
        left_open.press("Send")
        assert json.loads(sandbox.requests[-1].body) == {"city": "Paris"}


class TestDeleted:
    @pytest.fixture
    def deleted(self, visitor: Browser, box, sandbox) -> Browser:
        return visitor.open(f"/c/box/customers/delete/?uuid={UUID}").press("Review").press("Send")

    def test_deleting_twice_says_who_did_it(self, deleted: Browser, sandbox):
        page = deleted.open(f"/c/box/customers/delete/?uuid={UUID}").press("Review")
        assert "was already deleted by ada" in page.problem("Customer")
        assert [request.method for request in sandbox.requests].count("DELETE") == 1

    def test_a_list_that_lags_shows_it_as_deleted(self, visitor: Browser, box, sandbox, recorder, main):
        row = {"uuid": "cus_9", "name": "Ghost", "external_id": "g"}
        recorder.routes = {
            "/v1/customers/cus_9": reply(200, row),
            "/v1/customers": reply(200, {"entries": [row], "has_more": False, "cursor": None}),
        }
        visitor.open("/c/main/customers/delete/?uuid=cus_9").press("Review").press("Send")
        page = visitor.open("/c/main/customers/list/")
        ghost = page.page.one("tr", class_="gone")
        assert "Deleted" in ghost.text
        assert not Entry.objects.filter(uuid="cus_9").exists()
        assert visitor.open("/c/main/pickers/customers/?q=Ghost").page.all("li", role="option") == []

    def test_so_does_its_page_as_long_as_chartmogul_returns_it(self, visitor: Browser, main, recorder):
        recorder.routes = {
            "/v1/customers/cus_9": reply(200, {"uuid": "cus_9", "name": "Ghost"}),
            "DELETE /v1/customers/cus_9": reply(204),
        }
        page = visitor.open("/c/main/customers/cus_9/")
        assert page.link("Update a Customer")
        page.open("/c/main/customers/delete/?uuid=cus_9").press("Review").press("Send")
        for address in ("/c/main/customers/cus_9/", "/c/main/customers/get/?uuid=cus_9"):
            page.open(address)
            assert "This customer was already deleted by ada on" in page.text
            actions = [link.text for link in page.page.all("a", class_="button")]
            assert not {"Update a Customer", "Delete a Customer"} & {*actions}

    def test_so_it_does_with_what_belonged_to_a_deleted_data_source(self, visitor: Browser, main, recorder):
        row = {"uuid": "cus_9", "name": "Ghost", "external_id": "g", "data_source_uuid": "ds_9"}
        recorder.routes = {
            "/v1/data_sources/ds_9": reply(200, {"uuid": "ds_9", "name": "Old"}),
            "DELETE /v1/data_sources/ds_9": reply(204),
            "/v1/customers": reply(200, {"entries": [row], "has_more": False, "cursor": None}),
        }
        page = visitor.open("/c/main/data-sources/delete/?uuid=ds_9").press("Review").confirm()
        assert "is deleted in the background" in page.text
        assert "Deleted" in visitor.open("/c/main/customers/list/").page.one("tr", class_="gone").text
        assert not Entry.objects.filter(uuid="cus_9").exists()

    def test_a_customer_that_is_in_another_data_source_too_is_not_gone_with_one(self, visitor: Browser, main, recorder):
        row = {"uuid": "cus_9", "name": "Merged", "data_source_uuid": "ds_9", "data_source_uuids": ["ds_9", "ds_1"]}
        recorder.routes = {
            "/v1/data_sources/ds_9": reply(200, {"uuid": "ds_9", "name": "Old"}),
            "DELETE /v1/data_sources/ds_9": reply(204),
            "/v1/customers": reply(200, {"entries": [row], "has_more": False, "cursor": None}),
        }
        visitor.open("/c/main/data-sources/delete/?uuid=ds_9").press("Review").confirm()
        assert visitor.open("/c/main/customers/list/").page.all("tr", class_="gone") == []
        assert Entry.objects.filter(uuid="cus_9").exists()
        assert "Merged" in b"".join(visitor.client.get("/c/main/customers/list/export/?format=csv")).decode()

    def test_what_was_read_before_it_was_deleted_is_not_stored_after(self, visitor: Browser, box, sandbox):
        records = [{"uuid": UUID, "name": "Gone"}, {"uuid": "cus_9", "name": "There"}]
        read = list(directory.batches(box, CUSTOMERS, records))
        visitor.open(f"/c/box/customers/delete/?uuid={UUID}").press("Review").press("Send")
        for batch in read:
            batch.write()
        assert directory.names(box, "customers", [UUID, "cus_9"]) == {"cus_9": "There"}

    def test_the_tombstone_of_one_connection_is_not_another_s(self, deleted: Browser, box, main):
        assert history.recently_deleted(box) == {UUID}
        assert history.recently_deleted(main) == set()

    def test_the_page_of_a_deleted_record_says_so_in_the_zone_of_the_connection(self, deleted: Browser, box):
        box.account_time_zone = "Pacific/Kiritimati"
        box.save()
        when = Write.objects.get().finished_at.astimezone(ZoneInfo("Pacific/Kiritimati"))
        page = deleted.open(f"/c/box/customers/{UUID}/")
        assert page.response.status_code == 404
        assert f"was already deleted by ada on {when:%Y-%m-%d %H:%M} Pacific/Kiritimati." in page.page.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"company": "Mine", "attributes": {"tags": ["b", "a"]}, "state": "NY"}, ""),
        ({"company": "Theirs", "attributes": {"tags": ["a"]}, "state": None}, "Company, State, Tags"),
        ({"company": " MINE ", "attributes": {"tags": ["a", "b"]}}, ""),
    ],
)
def test_what_came_back_otherwise_than_it_was_sent_is_said(answer: Any, said: str, visitor: Browser, main, recorder):
    held = {"uuid": UUID, "name": "Acme", "country": "US", "company": "Old", "attributes": {"tags": []}}
    recorder.routes = {
        f"/v1/customers/{UUID}": reply(200, held),
        f"PATCH /v1/customers/{UUID}": reply(200, held | {"company": "Mine"} | answer),
    }
    page = visitor.open(f"/c/main/customers/update/?uuid={UUID}").fill("Company", "Mine").fill("State", "US-NY")
    page.fill("Tags", "a, b").press("Review").press("Send")
    assert re.findall(r"does not show these as they were sent: (.+?)\.", page.text) == ([said] if said else [])


def test_the_page_of_a_record_shows_what_was_sent_about_it(visitor: Browser, box, sandbox):
    page = visitor.open(UPDATE).fill("Company", "Mine").press("Review").press("Send")
    history = page.page.one("h2", id="history").inside("section")
    assert history is not None
    assert "Update a Customer Accepted" in history.text
    assert "by ada" in history.text


def test_the_curl_command_runs_and_holds_no_key(visitor: Browser, box, sandbox):
    page = visitor.open(UPDATE).fill("Company", 'It\'s "mine" $HOME `id` \\').press("Review")
    write = Write.objects.get()
    shown = next(code.raw_text for code in page.page.all("code") if code.raw_text.startswith("curl"))
    assert '--user "$CHARTMOGUL_API_KEY:"' in shown
    arguments = shlex.split(shown)
    assert arguments[arguments.index("--data-binary") + 1].encode() == bytes(write.body)
    assert arguments[-1] == f"{sandbox.url}/v1/customers/{UUID}"
