"""What is particular to customers: how errors name them, and the order of a lead's dates."""

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
    [("Germany", "BY", 1), ("United States", "NY", 0), ("", "NY", 0), ("Germany", "", 0)],
)
def test_a_state_that_is_not_kept_is_said(country: str, state: str, questions: int, visitor: Browser, known):
    page = visitor.open("/c/main/customers/create/").fill("Data Source", SOURCE).fill("External ID", "x")
    page.fill("Country", country or "—").fill("State", state).press("Review")
    assert len(asked(page)) == questions
    assert all("keeps the state only for the United States" in line for line in asked(page))


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
