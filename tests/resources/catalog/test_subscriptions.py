"""Subscriptions: both views of the API in one list."""

import json
from urllib.parse import parse_qs

import pytest

from activity.models import Write
from connections.roles import Role
from resources.directory.models import Entry
from tests.pages import Browser
from tests.people import somebody
from tests.resources.catalog.a_subscription import (
    BARE,
    CALCULATED_PATH,
    CUSTOMER,
    HELD,
    IMPORTED_PATH,
    LIST,
    OTHER,
    PLAN,
    SECOND,
    SOURCE,
    SUB,
    answers,
    calculated,
    imported,
    page_of_list,
)
from tests.servers import reply


class TestList:
    def test_a_row_holds_what_both_views_know(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated()], [imported(dates=HELD)])
        (row,) = visitor.open(LIST).table()
        assert row == {
            "External ID": "s-1",
            "Plan": "Gold annual",
            "Status": "Active",
            "MRR": "EUR 7.56",
            "Billing cycle": "year",
            "Cancellation dates": "2016-01-15 13:002017-01-15 13:00",
            "Cancel": "Cancel",
            "Start": "2016-02-24 01:00",
            "End": "2017-02-24 01:00",
            "Subscription UUID": SUB,
            "Calculated UUID": BARE,
            "Plan UUID": PLAN,
            "Data source": SOURCE,
        }
        assert visitor.alert == ""
        assert "may not be complete" not in visitor.text

    def test_it_takes_two_calls(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated(), calculated("s-2", "x")], [imported(), imported("s-2", SECOND)])
        visitor.open(f"{LIST}&limit=20")
        assert recorder.paths == [CALCULATED_PATH, IMPORTED_PATH]
        assert parse_qs(recorder.requests[0].query) == {"per_page": ["20"]}

    def test_cancel_leads_to_the_form_of_that_subscription(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated()], [imported(dates=HELD)])
        visitor.open(LIST).follow("Cancel")
        assert visitor.h1 == "Cancel a Customer's Subscription"
        assert visitor.value("Subscription UUID") == SUB
        dates = [visitor.value("Canceled At", within=row) for row in visitor.rows("Cancellation Dates")]
        # In the account's zone, an hour before UTC.
        assert dates == ["2016-01-15 13:00", "2017-01-15 13:00"]

    def test_one_that_is_canceled_already_says_so_and_leads_to_its_history(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated(status="inactive")], [imported(dates=[*HELD, "2999-01-01T00:00:00.000Z"])])
        (row,) = visitor.open(LIST).table()
        assert row["Cancel"] == "Already canceled, since 2017-01-15 13:00. Edit the whole history"
        visitor.follow("Edit the whole history")
        assert visitor.h1 == "Cancel a Customer's Subscription"
        assert [each.get("value") for each in visitor.page.all("input", type="radio") if "checked" in each] == ["edit"]
        visitor.press("Remove", within=visitor.rows("Cancellation Dates")[1]).press("Review")
        assert json.loads(Write.objects.get().body_text) == {
            "cancellation_dates": ["2016-01-15T12:00:00Z", "2999-01-01T00:00:00Z"]
        }

    def test_the_page_of_the_customer_says_so_too(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated(status="inactive")], [imported(dates=HELD)])
        visitor.open(f"/c/main/customers/{CUSTOMER}/subscriptions/")
        assert "Already canceled, since 2017-01-15 13:00. Edit the whole history" in visitor.text

    @pytest.mark.parametrize(
        ("status", "dates"), [("active", HELD), ("inactive", ()), ("inactive", ["2999-01-01T00:00:00.000Z"])]
    )
    def test_one_that_is_active_again_or_has_no_date_of_the_past_is_not(
        self, status, dates, visitor: Browser, main, recorder
    ):
        answers(recorder, [calculated(status=status)], [imported(dates=dates)])
        assert [row["Cancel"] for row in visitor.open(LIST).table()] == ["Cancel"]

    def test_a_viewer_is_told_but_led_nowhere(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated(status="inactive")], [imported(dates=HELD)])
        (row,) = somebody(Role.VIEWER, main).open(LIST).table()
        assert row["Cancel"] == "Already canceled, since 2017-01-15 13:00."

    @pytest.mark.parametrize(
        ("system", "reason"),
        [
            ("Stripe", "Came from Stripe: cancel it there"),
            ("Custom", "Not imported through the API"),
            ("", "Not imported through the API"),
        ],
    )
    def test_a_customer_that_the_api_did_not_make(self, system, reason, visitor: Browser, main, recorder):
        Entry.objects.create(
            connection=main, resource="customers", uuid=CUSTOMER, name="Ada", system=system, seen_at="2026-01-01T00:00Z"
        )
        recorder.routes = {
            CALCULATED_PATH: page_of_list("entries", [calculated()]),
            IMPORTED_PATH: reply(404, {"error": "Customer not found"}),
        }
        (row,) = visitor.open(LIST).table()
        assert row["Cancel"] == reason
        assert row["Subscription UUID"] == "—"
        assert row["Calculated UUID"] == BARE
        assert visitor.alert == ""
        assert not [link for link in visitor.page.one("table").all("a") if "/cancel/" in link["href"]]

    def test_subscriptions_that_share_an_external_id_are_never_mixed_up(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated(uuid="a"), calculated(uuid="b")], [imported(), imported(uuid=SECOND)])
        rows = visitor.open(LIST).table()
        assert [(row["Calculated UUID"], row["Subscription UUID"]) for row in rows] == [
            ("a", "—"),
            ("b", "—"),
            ("—", SUB),
            ("—", SECOND),
        ]
        assert rows[0]["Cancel"].startswith("2 imported subscriptions share this external ID")
        assert [row["Cancel"] for row in rows[2:]] == ["Cancel", "Cancel"]

    def test_several_calculated_ones_of_one_imported_subscription_all_lead_to_it(self, visitor, main, recorder):
        answers(recorder, [calculated(uuid="a"), calculated(uuid="b")], [imported()])
        assert [row["Subscription UUID"] for row in visitor.open(LIST).table()] == [SUB, SUB]

    def test_one_that_is_not_calculated_yet_is_there(self, visitor: Browser, main, recorder):
        answers(recorder, [], [imported("new", SECOND)])
        (row,) = visitor.open(LIST).table()
        assert (row["External ID"], row["Status"], row["Cancel"]) == ("new", "—", "Cancel")

    def test_the_imported_view_is_read_over_its_pages(self, visitor: Browser, main, recorder):
        recorder.routes = {CALCULATED_PATH: page_of_list("entries", [calculated("s-1"), calculated("s-2", "x")])}
        recorder.script = [
            page_of_list("subscriptions", [imported("s-1")], cursor="Mg=="),
            page_of_list("subscriptions", [imported("s-2", SECOND)]),
        ]
        assert [row["Subscription UUID"] for row in visitor.open(LIST).table()] == [SUB, SECOND]
        assert parse_qs(recorder.requests[2].query) == {"per_page": ["200"], "cursor": ["Mg=="]}

    def test_without_the_imported_view_the_list_is_still_there(self, visitor: Browser, main, recorder, quick):
        recorder.routes = {
            CALCULATED_PATH: page_of_list("entries", [calculated()]),
            IMPORTED_PATH: reply(500, body=b"500 Internal Server Error", content_type="text/plain"),
        }
        (row,) = visitor.open(LIST).table()
        assert row["Cancel"] == "Not known"
        assert "Could not read which subscriptions can be canceled" in visitor.text

    def test_the_pages_are_those_of_the_calculated_view(self, visitor: Browser, main, recorder):
        recorder.routes = {
            IMPORTED_PATH: page_of_list("subscriptions", [imported(f"s-{n}", f"sub_{n}") for n in (1, 2)])
        }
        recorder.script = [
            page_of_list("entries", [calculated("s-1")], cursor="Mg=="),
            page_of_list("entries", [calculated("s-2", "x")]),
            page_of_list("entries", [calculated("s-1"), calculated("s-2", "x")]),
        ]
        # The second is not taken for one that is not calculated yet: it may stand on the next page.
        assert [row["External ID"] for row in visitor.open(f"{LIST}&limit=1").table()] == ["s-1"]
        assert [row["Subscription UUID"] for row in visitor.follow("Next").table()] == ["sub_2"]
        assert not [link for link in visitor.page.all("a") if link.text == "Next"]

    def test_what_is_not_calculated_yet_stands_at_the_end_of_the_last_page(self, visitor: Browser, main, recorder):
        recorder.routes = {
            IMPORTED_PATH: page_of_list("subscriptions", [imported(f"s-{n}", f"sub_{n}") for n in (1, 2, 3)])
        }
        both = [calculated("s-1"), calculated("s-2", "x")]
        pages = [page_of_list("entries", both[:1], cursor="Mg=="), page_of_list("entries", both[1:])]
        recorder.script = [*pages, page_of_list("entries", both)]
        assert [row["External ID"] for row in visitor.open(f"{LIST}&limit=1").table()] == ["s-1"]
        assert [row["External ID"] for row in visitor.follow("Next").table()] == ["s-2", "s-3"]
        assert not visitor.page.all(role="note")
        recorder.script = [*pages, reply(403, {"error": "No access"})]
        visitor.open(f"{LIST}&limit=1")
        assert [row["External ID"] for row in visitor.follow("Next").table()] == ["s-2"]
        assert "not calculated yet are not shown" in visitor.notice
        assert "No access" in visitor.notice

    def test_a_place_in_the_list_of_one_customer_is_none_in_that_of_another(self, visitor: Browser, main, recorder):
        recorder.script = [page_of_list("entries", [calculated()], cursor="Mg==")]
        recorder.routes = {IMPORTED_PATH: reply(404, {"error": "Customer not found"})}
        following = visitor.open(f"{LIST}&limit=1").link("Next")["href"]
        recorder.requests.clear()
        recorder.routes[f"/v1/import/customers/{OTHER}/subscriptions"] = reply(404, {"error": "Customer not found"})
        visitor.open(following.replace(CUSTOMER, OTHER))
        assert parse_qs(recorder.requests[0].query) == {"per_page": ["1"]}
        assert "no longer exists" in visitor.notice

    @pytest.mark.parametrize(
        ("unit", "count", "words"),
        [("month", "3", "3 months"), ("month", "1", "month"), (None, 3, "—"), ("week", 2, "2 weeks")],
    )
    def test_a_billing_cycle_in_words(self, unit, count, words, visitor: Browser, main, recorder):
        answers(recorder, [calculated(**{"billing-cycle": unit, "billing-cycle-count": count})], [imported()])
        assert visitor.open(LIST).table()[0]["Billing cycle"] == words

    def test_odd_values_are_shown_as_they_are(self, visitor: Browser, main, recorder):
        odd = calculated(None, None, **{"billing-cycle": 7, "billing-cycle-count": "x", "start-date": {}, "mrr": "?"})
        answers(recorder, [odd], [{**imported(None, 5), "cancellation_dates": "never"}])
        assert len(visitor.open(LIST).table()) == 1
        assert visitor.status == 200

    def test_an_unknown_customer_is_said_at_the_field(self, visitor: Browser, main, recorder):
        message = f'Customer "{CUSTOMER[4:]}" does not exist'
        recorder.script = [reply(404, {"code": 404, "message": message, "param": "customer_id"})]
        assert "does not exist" in visitor.open(LIST).problem("Customer")
        assert recorder.paths == [CALCULATED_PATH]
