"""The two ways to cancel a subscription: to add a date, and to edit the whole history."""

import json

import pytest

from activity.models import Outcome, Write
from resources.catalog import plans
from resources.directory import services as directory
from resources.directory.models import Entry
from resources.registry import BY_KEY
from tests.pages import Browser, page_of
from tests.resources.catalog.a_subscription import (
    CALCULATED_PATH,
    CANCEL,
    CUSTOMER,
    HELD,
    IMPORTED_PATH,
    LIST,
    OPENED,
    OTHER,
    PLAN,
    SECOND,
    SOURCE,
    SUB,
    above,
    answers,
    calculated,
    imported,
    opened_with_dates,
    page_of_list,
    writes,
)
from tests.servers import RecordingServer, reply


@pytest.fixture
def loaded(visitor: Browser, main, recorder) -> Browser:
    """The cancellation form of a subscription with two cancellations."""
    return opened_with_dates(visitor, recorder)


class TestTypedBeforeTheSubscriptionWasChosen:
    @pytest.fixture
    def page(self, loaded: Browser) -> Browser:
        return loaded.open(CANCEL).fill("Customer", CUSTOMER).fill("Subscription UUID", SUB)

    def test_canceled_at_stays(self, page: Browser, recorder):
        page.fill("Canceled At", "2020-01-15 13:00", within=above(page)).press("Load")
        assert page.value("Canceled At", within=above(page)) == "2020-01-15 13:00"
        assert len(page.rows("Cancellation Dates")) == 2
        page.press("Review").press("Send")
        assert [body for *_, body in writes(recorder)] == [{"cancelled_at": "2020-01-15T12:00:00Z"}]

    def test_dates_come_to_the_history(self, page: Browser, recorder):
        page.press("Add cancellation date")
        page.fill("Canceled At", "2018-01-15 13:00", within=page.rows("Cancellation Dates")[0]).press("Load")
        page.press("Review").press("Send")
        ((*_, body),) = writes(recorder)
        assert len(body["cancellation_dates"]) == 3
        assert "2018-01-15T12:00:00Z" in body["cancellation_dates"]

    def test_nothing_typed_leads_to_the_address_of_the_subscription(self, page: Browser):
        assert page.press("Load").page.one("form", class_="operation").get("data-address") == ""
        assert len(page.rows("Cancellation Dates")) == 2


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

    @pytest.mark.parametrize(
        ("status", "dates", "asked"),
        [
            ("inactive", HELD, True),
            ("Inactive", [*HELD, "2999-01-01T00:00:00.000Z"], True),
            ("active", HELD, False),
            ("inactive", [], False),
            ("inactive", ["2999-01-01T00:00:00.000Z"], False),
        ],
    )
    def test_canceling_what_is_canceled_is_asked_about(self, status, dates, asked, visitor: Browser, main, recorder):
        answers(recorder, [calculated(status=status)], [imported(dates=dates)])
        page = visitor.open(OPENED)
        page.fill("Canceled At", "2020-01-01", within=above(page)).press("Review")
        assert page.h1 == "Review: Cancel a Customer's Subscription"
        said = "already canceled on 2017-01-15 13:00 Europe/Berlin = 2017-01-15 12:00 UTC"
        assert (said in page.text) is asked
        assert ("edit the whole history instead" in page.text) is asked

    def test_so_it_is_where_only_the_dates_are_known(self, loaded: Browser):
        loaded.fill("Canceled At", "2020-01-15", within=above(loaded)).press("Review")
        assert "already canceled on 2017-01-15" in loaded.text

    def test_of_a_history_that_is_edited_nothing_is_asked(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated(status="inactive")], [imported(dates=HELD)])
        page = visitor.open(OPENED)
        page.fill("Canceled At", "2018-01-01", within=page.rows("Cancellation Dates")[1]).press("Review")
        assert page.h1 == "Review: Cancel a Customer's Subscription"
        assert "already canceled" not in page.text

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

    def test_one_of_another_customer_is_told_whose_it_is(self, visitor: Browser, main, recorder):
        answers(recorder, [calculated()], [imported(dates=HELD)])
        visitor.open(LIST)
        directory.remember(
            main, BY_KEY["customers"], [{"uuid": CUSTOMER, "name": "Ada"}, {"uuid": OTHER, "name": "Bob"}]
        )
        recorder.routes[f"/v1/import/customers/{OTHER}/subscriptions"] = page_of_list("subscriptions", [])
        visitor.open(f"{CANCEL}?uuid={SUB}&customer_uuid={OTHER}")
        visitor.fill("Canceled At", "2020-01-15", within=above(visitor)).press("Review")
        said = f"This subscription belongs to Ada ({CUSTOMER}), not to Bob ({OTHER})."
        assert said in visitor.problem("Subscription UUID")

    def test_a_customer_without_any_to_cancel_is_told_as_one(self, signed_in, main, recorder):
        answers(recorder, [calculated()], [])
        recorder.routes[IMPORTED_PATH] = reply(404)
        offered = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": CUSTOMER}).content.decode()
        assert "This customer has no subscriptions that can be canceled here." in offered
        assert "is known yet" not in offered

    def test_the_picker_offers_the_imported_subscriptions_of_the_customer(self, signed_in, main, recorder):
        answers(recorder, [calculated()], [imported(), imported("s-2", SECOND)])
        offered = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": CUSTOMER}).content.decode()
        assert recorder.paths == [IMPORTED_PATH, CALCULATED_PATH]
        assert SUB in offered
        assert f"{CUSTOMER} · {PLAN} · {SOURCE}" in offered
        directory.remember(main, plans.RESOURCE, [{"uuid": PLAN, "name": "Gold"}])
        known = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": CUSTOMER}).content.decode()
        assert f"{CUSTOMER} · Gold · {SOURCE}" in known
        assert SECOND in offered
        other = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": OTHER}).content.decode()
        assert SUB not in other

    def test_the_picker_tells_them_apart_by_status_mrr_and_cancellations(self, signed_in, main, recorder):
        given = [calculated(status="Inactive", mrr=0), calculated("s-2", "x", mrr=123456, currency="JPY")]
        answers(recorder, given, [imported(dates=HELD), imported("s-2", SECOND)])

        def details(**query) -> list[str]:
            page = page_of(signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": CUSTOMER, **query}))
            return [option["data-detail"] for option in page.all("li", role="option")]

        shown = [
            f"{CUSTOMER} · {PLAN} · Canceled: 2016-01-15, 2017-01-15 · MRR EUR 0.00 · {SOURCE} · Inactive",
            f"{CUSTOMER} · {PLAN} · MRR JPY 1,234.56 · {SOURCE} · Active",
        ]
        assert details() == shown
        recorder.requests.clear()
        assert details(q="s-") == shown
        assert recorder.requests == []

    @pytest.mark.parametrize(
        "calculated_view",
        [
            reply(500),
            reply(200, {"entries": [None, {"external_id": "s-1", "status": ["?"]}, {"external_id": "s-1"}]}),
            page_of_list("entries", [calculated(), calculated(uuid="x", status="inactive", mrr=0)]),
        ],
    )
    def test_what_is_not_known_of_one_is_not_shown(self, calculated_view, signed_in, main, recorder):
        answers(recorder, [], [imported(dates=HELD)])
        recorder.routes[CALCULATED_PATH] = calculated_view
        offered = signed_in.get("/c/main/pickers/subscriptions/", {"customer_uuid": CUSTOMER}).content.decode()
        assert f'Canceled: 2016-01-15, 2017-01-15 · {SOURCE}"' in offered

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
