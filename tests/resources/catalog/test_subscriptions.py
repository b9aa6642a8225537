"""Subscriptions: both views of the API in one list, and the two ways to cancel."""

import json
from urllib.parse import parse_qs

import pytest

from activity.models import Outcome, Write
from connections.roles import Role
from resources.catalog import plans
from resources.directory import services as directory
from resources.directory.models import Entry
from tests.pages import Browser, Element
from tests.people import somebody
from tests.servers import RecordingServer, reply

CUSTOMER = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
OTHER = "cus_99e01538-2c7e-11ee-b2ce-fb986e96e21b"
SUB = "sub_46c3f4c1-bfe5-4665-aeb7-95aa60fd2f49"
SECOND = "sub_0259d4d5-a63d-4a8c-b901-4f93f95b74b0"
BARE = "147cba1a-1fd9-411b-bcb7-2ed467cebe24"
SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
PLAN = "pl_de9e281e-76cb-11ee-b63f-b727630ce4d4"
CALCULATED_PATH = f"/v1/customers/{CUSTOMER}/subscriptions"
IMPORTED_PATH = f"/v1/import/customers/{CUSTOMER}/subscriptions"
LIST = f"/c/main/subscriptions/list/?uuid={CUSTOMER}"
CANCEL = "/c/main/subscriptions/cancel/"
OPENED = f"{CANCEL}?uuid={SUB}&customer_uuid={CUSTOMER}"
HELD = ["2016-01-15T12:00:00.000Z", "2017-01-15T12:00:00.000Z"]


def calculated(external_id="s-1", uuid=BARE, **more):
    # As recorded: hyphens, a bare UUID, the plan by its name.
    return {
        "id": 2293710870,
        "external_id": external_id,
        "subscription_set_external_id": "1",
        "quantity": 1,
        "uuid": uuid,
        "mrr": 756,
        "arr": 9072,
        "status": "active",
        "plan": "Gold annual",
        "billing-cycle": "year",
        "billing-cycle-count": 1,
        "start-date": "2016-02-24T00:00:00+00:00",
        "end-date": "2017-02-24T00:00:00+00:00",
        "currency": "EUR",
        "currency-sign": "€",
        **more,
    }


def imported(external_id="s-1", uuid=SUB, dates=()):
    return {
        "external_id": external_id,
        "uuid": uuid,
        "cancellation_dates": list(dates),
        "plan_uuid": PLAN,
        "data_source_uuid": SOURCE,
    }


def page_of_list(key, rows, cursor=None, **more):
    """As recorded: this endpoint gives a cursor on the last page too."""
    return reply(200, {key: rows, "cursor": cursor or "c3Vic2NyaXB0aW9ucz0y", "has_more": bool(cursor), **more})


def answers(recorder: RecordingServer, entries, subscriptions) -> None:
    recorder.routes = {
        CALCULATED_PATH: page_of_list("entries", entries),
        IMPORTED_PATH: page_of_list("subscriptions", subscriptions, customer_uuid=CUSTOMER),
    }


def writes(recorder: RecordingServer):
    return [(r.method, r.path, json.loads(r.body)) for r in recorder.requests if r.method != "GET"]


def above(page: Browser) -> Element:
    """The Canceled At that adds a cancellation, above those of the history."""
    return page.page.all(data_field="cancelled_at")[0]


@pytest.fixture
def loaded(visitor: Browser, main, recorder) -> Browser:
    """The form of a cancellation, opened for a subscription with two cancellations."""
    recorder.routes = {
        IMPORTED_PATH: page_of_list("subscriptions", [imported(uuid=SECOND), imported(dates=HELD)]),
        f"/v1/import/subscriptions/{SUB}": reply(202, {**imported(dates=HELD), "customer_uuid": CUSTOMER}),
    }
    return visitor.open(OPENED)


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


class TestAdding:
    def test_canceled_at_alone_adds_a_cancellation(self, loaded: Browser, recorder):
        loaded.fill("Canceled At", "2020-01-15 13:00", within=above(loaded)).press("Review")
        assert loaded.h1 == "Review: Cancel a Customer's Subscription"
        assert "2020-01-15 13:00 Europe/Berlin = 2020-01-15 12:00 UTC" in loaded.text
        loaded.press("Send")
        assert writes(recorder) == [
            ("PATCH", f"/v1/import/subscriptions/{SUB}", {"cancelled_at": "2020-01-15T12:00:00Z"})
        ]
        assert "still calculating" in loaded.notice
        assert loaded.alert == ""

    def test_a_pasted_uuid_is_enough(self, visitor: Browser, main, recorder):
        recorder.routes = {f"/v1/import/subscriptions/{SUB}": reply(202, {**imported(), "customer_uuid": CUSTOMER})}
        visitor.open(CANCEL).fill("Subscription UUID", SUB).fill("Canceled At", "2020-01-15").press("Review").press(
            "Send"
        )
        assert recorder.paths == [f"/v1/import/subscriptions/{SUB}"]
        assert writes(recorder)[0][2] == {"cancelled_at": "2020-01-15T00:00:00Z"}

    @pytest.mark.parametrize(
        ("typed", "asked"), [("2016-02-23", True), ("2016-02-24 01:00", False), ("2020-01-01", False)]
    )
    def test_a_date_before_the_subscription_began_is_asked_about(self, typed, asked, visitor: Browser, main, recorder):
        """Only the calculated view says when it began: it is looked at for the review."""
        answers(
            recorder, [calculated(), calculated("other", **{"start-date": "2030-01-01T00:00:00+00:00"})], [imported()]
        )
        page = visitor.open(OPENED)
        page.fill("Canceled At", typed, within=above(page)).press("Review")
        assert page.h1 == "Review: Cancel a Customer's Subscription"
        assert ("this subscription starts 2016-02-24 01:00 Europe/Berlin" in page.text) is asked
        assert writes(recorder) == []

    def test_a_start_that_cannot_be_read_is_no_obstacle(self, loaded: Browser, recorder):
        recorder.routes[CALCULATED_PATH] = reply(200, {"entries": [None, {"external_id": "s-1", "start-date": 5}]})
        loaded.fill("Canceled At", "2001-01-01", within=above(loaded)).press("Review")
        assert loaded.h1 == "Review: Cancel a Customer's Subscription"

    @pytest.mark.parametrize("typed", ["2999-01-01", "2016-01-15 13:00", "soon"])
    def test_the_future_a_second_time_and_no_date_are_refused(self, typed, loaded: Browser, recorder):
        recorder.requests.clear()
        box = above(loaded)
        loaded.fill("Canceled At", typed, within=box).press("Review")
        assert loaded.status == 422
        assert loaded.problem("Canceled At", within=above(loaded))
        assert recorder.requests == []

    def test_a_refusal_stands_at_the_field(self, visitor: Browser, main, recorder):
        body = {"code": 422, "message": "The date provided must be in the past.", "param": "cancelled_at"}
        recorder.routes = {f"/v1/import/subscriptions/{SUB}": reply(422, body)}
        visitor.open(CANCEL).fill("Subscription UUID", SUB).fill("Canceled At", "2020-01-15").press("Review").press(
            "Send"
        )
        assert "must be in the past" in visitor.problem("Canceled At")
        assert visitor.value("Canceled At") == "2020-01-15"


class TestHistory:
    def test_a_date_that_is_left_out_is_named_before_it_is_erased(self, loaded: Browser, recorder):
        loaded.press("Remove", within=loaded.rows("Cancellation Dates")[0]).press("Review")
        changes = {row["Field"]: row for row in loaded.table("What is sent")}
        assert "2016-01-15 12:00 UTC" in changes["Erased, along with its churn"]["After"]
        assert "2017" not in changes["Erased, along with its churn"]["After"]
        loaded.press("Send")
        assert [body for _, _, body in writes(recorder)] == [{"cancellation_dates": ["2017-01-15T12:00:00Z"]}]

    def test_a_date_is_added_to_the_list(self, loaded: Browser, recorder):
        loaded.press("Add cancellation date")
        loaded.fill("Canceled At", "2020-06-01", within=loaded.rows("Cancellation Dates")[-1]).press("Review")
        assert "Erased" not in loaded.text
        loaded.press("Send")
        dates = ["2016-01-15T12:00:00Z", "2017-01-15T12:00:00Z", "2020-06-01T00:00:00Z"]
        assert [body for _, _, body in writes(recorder)] == [{"cancellation_dates": dates}]

    def test_an_empty_history_must_be_chosen_in_words(self, loaded: Browser, recorder):
        for _ in HELD:
            loaded.press("Remove", within=loaded.rows("Cancellation Dates")[0])
        loaded.press("Review")
        assert loaded.status == 422
        assert "choose Remove every cancellation" in loaded.alert
        loaded.tick("Remove every cancellation").press("Review").press("Send")
        assert [body for _, _, body in writes(recorder)] == [{"cancellation_dates": []}]

    def test_remove_every_cancellation_needs_no_row_to_be_removed(self, loaded: Browser, recorder):
        loaded.tick("Remove every cancellation").press("Review")
        assert (
            "2016-01-15 12:00 UTC"
            in {row["Field"]: row for row in loaded.table("What")}["Erased, along with its churn"]["After"]
        )
        loaded.press("Send")
        assert [body for _, _, body in writes(recorder)] == [{"cancellation_dates": []}]

    def test_where_the_present_dates_are_not_known_the_review_says_so(self, visitor: Browser, main, recorder):
        page = visitor.open(CANCEL).fill("Subscription UUID", SUB).press("Add cancellation date")
        assert page.value("Subscription UUID") == SUB
        page.fill("Canceled At", "2020-06-01", within=page.rows("Cancellation Dates")[0]).press("Review")
        changes = {row["Field"]: row for row in page.table("What is sent")}
        assert changes["Edit the whole history"]["Before"] == "not known"
        assert "every cancellation that ChartMogul has" in changes["Erased, along with its churn"]["After"]
        assert recorder.requests == []

    def test_what_chartmogul_has_is_read_for_the_review_where_the_customer_is_given(self, visitor, main, recorder):
        answers(recorder, [], [imported(dates=HELD)])
        page = visitor.open(CANCEL).fill("Subscription UUID", SUB).fill("Customer", CUSTOMER)
        page.press("Add cancellation date")
        page.fill("Canceled At", "2017-01-15 13:00", within=page.rows("Cancellation Dates")[0]).press("Review")
        changes = {row["Field"]: row for row in page.table("What is sent")}
        assert changes["Erased, along with its churn"]["After"].endswith("2016-01-15 12:00 UTC")

    @pytest.mark.parametrize("typed", ["2999-01-01", "2016-01-15 13:00", "2017-01-15T12:00:00Z"])
    def test_the_future_and_a_date_twice_are_refused(self, typed, loaded: Browser, recorder):
        loaded.press("Add cancellation date")
        loaded.fill("Canceled At", typed, within=loaded.rows("Cancellation Dates")[-1]).press("Review")
        assert loaded.status == 422
        assert loaded.problem("Canceled At", within=loaded.rows("Cancellation Dates")[-1])
        assert writes(recorder) == []

    def test_a_future_date_that_chartmogul_holds_stays(self, visitor: Browser, main, recorder):
        answers(recorder, [], [imported(dates=[HELD[0], "2999-01-01T00:00:00.000Z"])])
        page = visitor.open(OPENED)
        page.press("Remove", within=page.rows("Cancellation Dates")[0]).press("Review")
        assert json.loads(Write.objects.get().body_text) == {"cancellation_dates": ["2999-01-01T00:00:00Z"]}


class TestTheChoice:
    def adds(self, page: Browser) -> Browser:
        return page.fill("Canceled At", "2020-01-15", within=above(page))

    def edits(self, page: Browser) -> Browser:
        return page.press("Remove", within=page.rows("Cancellation Dates")[0])

    def test_both_are_refused_whatever_is_chosen(self, loaded: Browser, recorder):
        for choice in ("", "Add a cancellation", "Edit the whole history"):
            page = self.adds(self.edits(loaded.open(OPENED)))
            if choice:
                page.tick(choice)
            page.press("Review")
            assert page.status == 422
            assert "Only one of the two can be sent" in page.alert
        assert not Write.objects.exists()

    @pytest.mark.parametrize("choice", ["Edit the whole history", "Remove every cancellation"])
    def test_adding_under_another_choice_is_refused(self, choice, loaded: Browser):
        self.adds(loaded).tick(choice).press("Review")
        assert "belongs to a different choice" in loaded.alert

    @pytest.mark.parametrize("choice", ["Add a cancellation", "Remove every cancellation"])
    def test_editing_under_another_choice_is_refused(self, choice, loaded: Browser):
        self.edits(loaded).tick(choice).press("Review")
        assert "belongs to a different choice" in loaded.alert

    @pytest.mark.parametrize(
        ("choice", "said"),
        [
            ("", "Enter a date here"),
            ("Add a cancellation", "Enter a date here"),
            ("Edit the whole history", "The dates are unchanged"),
        ],
    )
    def test_nothing_filled_in(self, choice, said, loaded: Browser):
        if choice:
            loaded.tick(choice)
        loaded.press("Review")
        assert said in loaded.alert
        assert not Write.objects.exists()

    def test_nothing_to_remove(self, visitor: Browser, main, recorder):
        answers(recorder, [], [imported()])
        visitor.open(OPENED).tick("Remove every cancellation").press("Review")
        assert "has no cancellation" in visitor.alert


class TestLoading:
    def test_load_keeps_the_customer(self, visitor: Browser, main, recorder):
        answers(recorder, [], [imported(dates=HELD)])
        visitor.open(CANCEL).fill("Customer", CUSTOMER).fill("Subscription UUID", SUB).press("Load")
        assert visitor.value("Customer") == CUSTOMER
        assert len(visitor.rows("Cancellation Dates")) == 2

    def test_a_subscription_seen_in_the_list_brings_its_customer(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated()], [imported(dates=HELD)])
        visitor.open(LIST).open(f"{CANCEL}?uuid={SUB}")
        assert visitor.value("Customer") == CUSTOMER
        assert len(visitor.rows("Cancellation Dates")) == 2

    def test_one_that_the_customer_has_not(self, visitor: Browser, main, recorder):
        answers(recorder, [], [imported(uuid=SECOND)])
        visitor.open(OPENED)
        assert f"{CUSTOMER} has no such subscription." in visitor.alert

    def test_the_picker_offers_the_imported_subscriptions_of_the_customer(self, signed_in, main, recorder):
        answers(recorder, [calculated()], [imported(), imported("s-2", SECOND)])
        offered = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": CUSTOMER}).content.decode()
        assert recorder.paths == [IMPORTED_PATH]
        assert SUB in offered
        assert f"{CUSTOMER} · {PLAN} · {SOURCE}" in offered
        directory.remember(main, plans.RESOURCE, [{"uuid": PLAN, "name": "Gold"}])
        known = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": CUSTOMER}).content.decode()
        assert f"{CUSTOMER} · Gold · {SOURCE}" in known
        assert SECOND in offered
        other = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": OTHER}).content.decode()
        assert SUB not in other

    def test_the_picker_never_offers_a_bare_uuid(self, signed_in, visitor: Browser, main, recorder):
        answers(recorder, [calculated(), calculated("s-9", "147cba1a-1fd9-411b-bcb7-2ed467cebe25")], [imported()])
        visitor.open(LIST)
        assert [entry.uuid for entry in Entry.objects.filter(resource="subscriptions")] == [SUB]


class TestUnknownOutcome:
    def lost(self, page: Browser, recorder: RecordingServer) -> Browser:
        recorder.routes[f"/v1/import/subscriptions/{SUB}"] = reply(500, body=b"", content_type="text/plain")
        page.fill("Canceled At", "2020-01-15", within=above(page))
        page.press("Review").press("Send")
        assert "Outcome unknown" in page.alert
        return page

    def test_the_dates_tell_that_it_was_carried_out(self, loaded: Browser, recorder):
        self.lost(loaded, recorder)
        now = imported(dates=[*HELD, "2020-01-15T00:00:00.000Z"])
        recorder.routes[IMPORTED_PATH] = page_of_list("subscriptions", [now])
        loaded.check()
        assert Write.objects.get().outcome == Outcome.ACCEPTED

    def test_the_dates_tell_that_it_was_not(self, loaded: Browser, recorder):
        self.lost(loaded, recorder).check()
        assert Write.objects.get().outcome == Outcome.REFUSED
        assert len(writes(recorder)) == 1


def test_from_the_list_to_the_answer_in_the_sandbox(visitor: Browser, box, sandbox):
    """The whole way against the stand-in: cancel, see it in the list, undo it."""
    row = sandbox.api.store.all("subscriptions")[0]
    address = f"/c/box/subscriptions/list/?uuid={row['customer_uuid']}"

    def dates() -> str:
        rows = visitor.open(address).table()
        return next(shown for shown in rows if shown["Subscription UUID"] == row["uuid"])["Cancellation dates"]

    before = dates()
    visitor.open(f"/c/box/subscriptions/cancel/?uuid={row['uuid']}&customer_uuid={row['customer_uuid']}")
    visitor.fill("Canceled At", "2026-01-02 03:04", within=above(visitor))
    visitor.press("Review").press("Send")
    assert visitor.status == 200
    assert "2026-01-02 03:04" in dates()
    assert "2026-01-02 03:04" not in before
    visitor.open(f"/c/box/subscriptions/cancel/?uuid={row['uuid']}")
    visitor.tick("Remove every cancellation").press("Review").press("Send")
    assert dates() == "—"
