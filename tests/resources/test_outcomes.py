"""Outcomes of writes to the sandbox: sent once or not at all, known or looked up."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from activity.models import Outcome, Write
from connections import rate_limiter
from tests.pages import Browser
from tests.resources.in_the_sandbox import CREATE, DELETE, UPDATE, ask, customer, fill_create, source, writes


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

    def test_what_may_have_been_carried_out_already_is_asked_about(self, visitor: Browser, box, sandbox, quick):
        plan = {
            "Data Source UUID": source(sandbox),
            "Plan Name": "Twice",
            "Interval Count": "1",
            "Interval Unit": "month",
        }

        def review() -> Browser:
            page = visitor.open("/c/box/plans/create/")
            for label, value in plan.items():
                page.fill(label, value)
            return page.press("Review")

        said = "This very request was sent by ada on"
        assert said not in review().text
        sandbox.faults.add(method="POST", applied=True, status=500)
        assert "Outcome unknown." in visitor.press("Send").alert
        assert said in review().text
        plan["Plan Name"] = "Another"
        assert said not in review().text

    @pytest.mark.parametrize("error", [DatabaseError("lock timeout"), OSError("no space left")])
    def test_what_got_no_turn_was_certainly_not_sent(self, error, visitor: Browser, box, sandbox, monkeypatch):
        review = fill_create(visitor, sandbox).press("Review")

        def fail(*_: Any) -> None:
            raise error

        monkeypatch.setattr(rate_limiter, "change", fail)
        review.press("Send")
        assert "The database of this program does not answer at the moment. Nothing was sent." in visitor.alert
        assert Write.objects.get().outcome == Outcome.REFUSED
        assert writes(sandbox) == []

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
