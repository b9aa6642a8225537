"""Specifics of customers: how errors name them, and the order of a lead's dates."""

import pytest

from connections.models import Connection
from tests.pages import Browser
from tests.servers import RecordingServer, reply

CUSTOMER = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
RECORD = {"uuid": CUSTOMER, "name": "Ada", "city": "Turin", "data_source_uuid": SOURCE, "external_id": "ext-1"}
# As recorded: the UUID without its prefix.
UNKNOWN = {"code": 404, "message": f'Customer "{CUSTOMER[4:]}" does not exist', "param": "customer_id"}


def asked(page: Browser) -> list[str]:
    return [item.text for notice in page.page.all(role="note") for item in notice.all("li")]


def lines(page: Browser) -> dict[str, list[str]]:
    """The review: label -> before and after."""
    rows = page.page.one("table", class_="changes").all("tr")[1:]
    return {row.all("th")[0].text: [cell.text for cell in row.all("td")] for row in rows}


@pytest.fixture
def known(main: Connection, recorder: RecordingServer) -> RecordingServer:
    recorder.routes = {f"/v1/customers/{CUSTOMER}": reply(200, RECORD)}
    return recorder


def test_a_customer_that_is_gone_is_said_at_the_field(visitor: Browser, known: RecordingServer):
    page = visitor.open(f"/c/main/customers/update/?uuid={CUSTOMER}").fill("City", "Rome").press("Review")
    known.routes[f"PATCH /v1/customers/{CUSTOMER}"] = reply(404, UNKNOWN)
    page.press("Send")
    assert "does not exist" in page.problem("Customer")
    assert "customer_id: " not in page.text


def test_one_that_goes_before_its_deletion_is_sent_is_said_to_be_gone(visitor: Browser, known: RecordingServer):
    page = visitor.open(f"/c/main/customers/delete/?uuid={CUSTOMER}").press("Review")
    known.routes[f"DELETE /v1/customers/{CUSTOMER}"] = reply(404, UNKNOWN)
    reviews = [page.url, visitor.open(f"/c/main/customers/delete/?uuid={CUSTOMER}").press("Review").url]
    visitor.open(reviews[0]).press("Send")
    assert "ChartMogul has no customer with this UUID in this account" in page.problem("Customer")
    assert "customer_id: " not in page.text
    third = visitor.open(f"/c/main/customers/delete/?uuid={CUSTOMER}").press("Review").url
    known.routes[f"DELETE /v1/customers/{CUSTOMER}"] = reply(204)
    assert "Customer deleted" in visitor.open(third).press("Send").text
    known.routes[f"DELETE /v1/customers/{CUSTOMER}"] = reply(404, UNKNOWN)
    visitor.open(reviews[1]).press("Send")
    assert "This customer was already deleted by ada" in page.problem("Customer")


@pytest.mark.parametrize(
    ("lead", "trial", "questions"),
    [
        ("2026-01-02", "2026-01-01", 1),
        ("2026-01-01", "2026-01-01", 0),
        ("2026-01-01", "2026-01-02", 0),
        ("2026-01-02", "", 0),
    ],
)
def test_a_lead_after_its_trial_is_a_question(lead: str, trial: str, questions: int, visitor: Browser, known):
    page = visitor.open("/c/main/customers/create/").fill("Data Source", SOURCE).fill("External ID", "x")
    page.fill("Lead Created At", lead).fill("Free Trial Started At", trial).press("Review")
    assert len(asked(page)) == questions
    assert all(line.startswith("Lead Created At is later than Free Trial Started At") for line in asked(page))


@pytest.mark.parametrize(
    ("country", "state", "questions"),
    [("Germany", "BY", 1), ("United States", "NY", 0), ("", "NY", 1), ("Germany", "", 0)],
)
def test_a_state_that_is_not_kept_is_said(country: str, state: str, questions: int, visitor: Browser, known):
    page = visitor.open("/c/main/customers/create/").fill("Data Source", SOURCE).fill("External ID", "x")
    page.fill("Country", country or "—").fill("State", state).press("Review")
    assert len(asked(page)) == questions
    said = "ChartMogul keeps State only if Country is United States (US); otherwise it drops it."
    assert all(line == said for line in asked(page))


class TestAStateThatGoesWithTheCountry:
    """ChartMogul drops it without a word when only the country is sent."""

    @pytest.fixture
    def moved(self, visitor: Browser, known: RecordingServer) -> Browser:
        known.routes[f"/v1/customers/{CUSTOMER}"] = reply(200, RECORD | {"country": "US", "state": "TX"})
        return visitor.open(f"/c/main/customers/update/?uuid={CUSTOMER}").fill("Country", "Germany")

    def test_the_review_names_it(self, moved: Browser):
        moved.press("Review")
        assert [line for line in asked(moved) if "clears “TX”. To keep it, leave Country unchanged" in line]
        assert lines(moved) == {"Country": ["United States (US)", "Germany (DE)"], "State": ["TX", "will be cleared"]}
        assert moved.page.one("pre", id="request-body").text == '{"country":"DE"}'

    def test_it_is_said_once_where_it_is_emptied_too(self, moved: Browser):
        moved.fill("State", "").press("Review")
        assert asked(moved) == []
        assert lines(moved)["State"] == ["TX", "will be cleared"]

    def test_one_that_came_meanwhile_is_named(self, moved: Browser, known: RecordingServer):
        known.routes[f"/v1/customers/{CUSTOMER}"] = reply(200, RECORD | {"country": "US", "state": "CA"})
        moved.press("Review")
        assert [line for line in asked(moved) if "clears “CA”" in line]
        assert lines(moved)["State"] == ["TX Now in ChartMogul: CA", "will be cleared"]

    def test_one_that_came_after_the_review_leads_to_another_review(self, moved: Browser, known: RecordingServer):
        moved.press("Review")
        known.routes[f"/v1/customers/{CUSTOMER}"] = reply(200, RECORD | {"country": "US", "state": "CA"})
        moved.press("Send")
        assert "Nothing was sent. Changed in ChartMogul since you reviewed this: State." in moved.text
        assert "PATCH" not in [request.method for request in known.requests]

    def test_nothing_is_said_where_there_is_none(self, moved: Browser, known: RecordingServer):
        known.routes[f"/v1/customers/{CUSTOMER}"] = reply(200, RECORD | {"country": "FR"})
        page = moved.open(f"/c/main/customers/update/?uuid={CUSTOMER}").fill("Country", "Germany").press("Review")
        assert asked(page) == []
        assert list(lines(page)) == ["Country"]


def test_a_customer_with_a_date_that_no_form_takes_is_updated_all_the_same(visitor: Browser, known):
    known.routes[f"/v1/customers/{CUSTOMER}"] = reply(200, RECORD | {"lead_created_at": "2999-01-01T00:00:00.000Z"})
    page = visitor.open(f"/c/main/customers/update/?uuid={CUSTOMER}").fill("City", "Rome").press("Review")
    assert page.h1 == "Review: Update a Customer"


@pytest.mark.parametrize(("label", "value", "questions"), [("Lead Created At", "2026-01-02", 1), ("City", "Rome", 0)])
def test_so_it_is_where_one_of_the_two_is_changed(label: str, value: str, questions: int, visitor: Browser, known):
    dates = {"free_trial_started_at": "2026-01-01T00:00:00.000Z", "lead_created_at": "2026-01-03T00:00:00.000Z"}
    known.routes[f"/v1/customers/{CUSTOMER}"] = reply(200, RECORD | dates)
    page = visitor.open(f"/c/main/customers/update/?uuid={CUSTOMER}").fill(label, value).press("Review")
    assert len(asked(page)) == questions
