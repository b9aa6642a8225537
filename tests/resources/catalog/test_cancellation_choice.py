"""Which of the two ways to cancel is meant: an explicit choice decides, and what it leaves out is said."""

import pytest

from activity.models import Write
from tests.pages import Browser
from tests.resources.catalog.a_subscription import (
    HELD,
    IMPORTED_PATH,
    OPENED,
    above,
    answers,
    imported,
    opened_with_dates,
    page_of_list,
    writes,
)

ADD, EDIT, REMOVE = "Add a cancellation", "Edit the whole history", "Remove every cancellation"


@pytest.fixture
def loaded(visitor: Browser, main, recorder) -> Browser:
    """The form of a cancellation, opened for a subscription with two cancellations."""
    return opened_with_dates(visitor, recorder)


def adds(page: Browser, moment: str = "2020-01-15") -> Browser:
    return page.fill("Canceled At", moment, within=above(page))


def edits(page: Browser) -> Browser:
    return page.press("Remove", within=page.rows("Cancellation Dates")[0])


def types_no_date(page: Browser) -> Browser:
    return page.fill("Canceled At", "soon", within=page.rows("Cancellation Dates")[0])


def bodies(recorder) -> list[object]:
    return [body for *_, body in writes(recorder)]


class TestBoth:
    """With the style sheet a choice hides what belongs to another one, so that nobody could correct it."""

    def test_without_a_choice_they_are_refused(self, loaded: Browser):
        adds(edits(loaded)).press("Review")
        assert loaded.status == 422
        assert "Only one of the two can be sent" in loaded.alert
        assert not Write.objects.exists()

    @pytest.mark.parametrize("change", [edits, types_no_date])
    def test_adding_leaves_the_history_alone_and_says_so(self, change, loaded: Browser, recorder):
        adds(change(loaded)).tick(ADD).press("Review")
        assert loaded.h1 == "Review: Cancel a Customer's Subscription"
        assert f"You chose “{ADD}”, so what you entered in Cancellation Dates is not sent." in loaded.notice
        assert "Erased" not in loaded.text
        loaded.press("Send")
        assert bodies(recorder) == [{"cancelled_at": "2020-01-15T00:00:00Z"}]

    @pytest.mark.parametrize("typed", ["2020-01-15", "soon"])
    def test_editing_adds_nothing_and_says_so(self, typed, loaded: Browser, recorder):
        adds(edits(loaded), typed).tick(EDIT).press("Review")
        assert f"You chose “{EDIT}”, so what you entered in Canceled At is not sent." in loaded.notice
        loaded.press("Send")
        assert bodies(recorder) == [{"cancellation_dates": ["2017-01-15T12:00:00Z"]}]

    @pytest.mark.parametrize("change", [edits, types_no_date])
    def test_removing_all_uses_neither_and_says_so(self, change, loaded: Browser, recorder):
        adds(change(loaded)).tick(REMOVE).press("Review")
        assert f"You chose “{REMOVE}”, so what you entered in Canceled At is not sent." in loaded.notice
        assert f"You chose “{REMOVE}”, so what you entered in Cancellation Dates is not sent." in loaded.notice
        loaded.press("Send")
        assert bodies(recorder) == [{"cancellation_dates": []}]

    def test_a_choice_that_leaves_nothing_out_says_nothing(self, loaded: Browser):
        adds(loaded).tick(ADD).press("Review")
        assert "You chose" not in loaded.notice
        edits(loaded.open(OPENED)).tick(EDIT).press("Review")
        assert "You chose" not in loaded.notice
        edits(edits(loaded.open(OPENED))).tick(REMOVE).press("Review")
        assert "You chose" not in loaded.notice

    def test_a_history_that_changed_since_the_review_is_not_removed_unseen(self, loaded: Browser, recorder):
        loaded.tick(REMOVE).press("Review")
        now = imported(dates=[*HELD, "2020-01-15T00:00:00.000Z"])
        recorder.routes[IMPORTED_PATH] = page_of_list("subscriptions", [now])
        loaded.press("Send")
        assert "Changed in ChartMogul since you reviewed this: Cancellation Dates." in loaded.notice
        assert bodies(recorder) == []


class TestAlone:
    def test_adding_with_only_the_history_edited(self, loaded: Browser):
        edits(loaded).tick(ADD).press("Review")
        assert "belongs to a different choice" in loaded.alert

    def test_editing_with_only_a_cancellation_to_add(self, loaded: Browser):
        adds(loaded).tick(EDIT).press("Review")
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

    @pytest.mark.parametrize(
        ("choice", "dates"), [(ADD, [*HELD, "2020-01-15T00:00:00.000Z"]), (EDIT, HELD[1:]), (REMOVE, [])]
    )
    def test_what_chartmogul_has_by_now_is_not_sent_again(self, choice, dates, loaded: Browser, recorder):
        adds(edits(loaded)).tick(choice)
        recorder.routes[IMPORTED_PATH] = page_of_list("subscriptions", [imported(dates=dates)])
        loaded.press("Review")
        assert "ChartMogul already has what this would send" in loaded.alert
        assert not Write.objects.exists()
