"""An external ID or name that is taken: the record that has it, if the directory knows it, before and after sending."""

import pytest

from connections.models import Connection
from resources.directory.services import remember
from resources.registry import BY_KEY
from tests.pages import Browser
from tests.servers import RecordingServer, reply

DS = "ds_1"
SOURCE = "ds_03cfd2c4-2c7e-11ee-ab23-cb0f008cff46"
CUSTOMER = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
PLAN = "pl_1184b750-5905-013c-13b1-46813c1ddd3d"
INVOICE = "inv_6897d700-993e-41b5-bee6-f1569c92cf1e"
TAKEN = "The external ID for this customer already exists in our system."


def refused(visitor: Browser, recorder: RecordingServer, said: str = TAKEN) -> Browser:
    recorder.routes = {"/v1/customers": reply(422, {"errors": {"external_id": said}})}
    page = visitor.open("/c/main/customers/create/").fill("Data Source", DS).fill("External ID", "a-1")
    return page.press("Review").press("Send")


def known(main: Connection, *records: dict[str, str]) -> None:
    remember(main, BY_KEY["customers"], records)


def test_who_has_the_external_id_in_this_source_is_said_with_a_link(visitor: Browser, main, recorder):
    known(
        main,
        {"uuid": "cus_1", "external_id": "a-1", "name": "<b>Ada", "data_source_uuid": DS},
        {"uuid": "cus_2", "external_id": "a-1", "name": "Other source", "data_source_uuid": "ds_2"},
        {"uuid": "cus_3", "external_id": "A-1", "name": "Other case", "data_source_uuid": DS},
    )
    page = refused(visitor, recorder)
    assert TAKEN in page.problem("External ID")
    assert "Already used in this data source by <b>Ada." in page.problem("External ID")
    assert page.page.all("a", href="/c/main/customers/cus_1/")
    assert "&lt;b&gt;Ada" in page.html


@pytest.mark.parametrize("said", [TAKEN, "is bad"])
def test_nothing_is_added_where_it_is_not_known_or_not_taken(said: str, visitor: Browser, main, recorder):
    if said != TAKEN:
        known(main, {"uuid": "cus_1", "external_id": "a-1", "name": "Ada", "data_source_uuid": DS})
    page = refused(visitor, recorder, said)
    assert said in page.problem("External ID")
    assert "Already used" not in page.text


def test_a_name_of_a_data_source(visitor: Browser, main, recorder):
    remember(main, BY_KEY["data_sources"], [{"uuid": DS, "name": "Shop", "system": "Custom"}])
    recorder.routes = {"/v1/data_sources": reply(422, {"errors": {"name": "Has already been taken."}})}
    page = visitor.open("/c/main/data-sources/create/").fill("Name", "Shop").press("Review").press("Send")
    assert "Already used by Shop." in page.problem("Name")
    assert page.page.all("a", href=f"/c/main/data-sources/{DS}/")


def test_an_invoice(visitor: Browser, main, recorder):
    remember(main, BY_KEY["invoices"], [{"uuid": "inv_1", "external_id": "INV-1", "customer_uuid": "cus_1"}])
    said = {"errors": {"external_id": "The external ID for this invoice already exists in our system."}}
    recorder.routes = {"/v1/import/customers/cus_1/invoices": reply(422, said)}
    page = visitor.open(
        "/c/main/invoices/import/?customer_uuid=cus_1&external_id=INV-1&currency=EUR&date=2026-01-31"
        "&line_items-0-type=one_time&line_items-0-amount_in_cents=100"
    )
    page.press("Review").press("Send")
    assert "Already used by INV-1." in page.problem("External ID")
    assert page.page.all("a", href="/c/main/invoices/inv_1/")


def asked(page: Browser) -> list[str]:
    """What the review asks to be checked."""
    return [item.text for note in page.page.all("div", role="note") for item in note.all("li")]


def reviewed(visitor: Browser, source: str = SOURCE) -> Browser:
    page = visitor.open("/c/main/customers/create/").fill("Data Source", source).fill("External ID", "a-1")
    return page.press("Review")


class TestBeforeItIsSent:
    @pytest.fixture
    def known_already(self, main: Connection) -> None:
        record = {"uuid": CUSTOMER, "external_id": "a-1", "name": "<b>Ada", "data_source_uuid": SOURCE}
        remember(main, BY_KEY["customers"], [record])

    def test_the_review_says_who_has_the_external_id_with_a_link_and_can_be_sent(
        self, visitor: Browser, main, recorder, known_already
    ):
        page = reviewed(visitor)
        assert page.h1 == "Review: Create a Customer"
        assert asked(page) == [
            f"External ID: as far as is known here, “a-1” is already used in this data source by <b>Ada ({CUSTOMER}). "
            "ChartMogul rejects a second one."
        ]
        assert page.link(CUSTOMER)["href"] == f"/c/main/customers/{CUSTOMER}/"
        assert "&lt;b&gt;Ada" in page.html
        assert recorder.requests == []
        recorder.script = [reply(201, {"uuid": "cus_2", "external_id": "a-1"})]
        page.press("Send")
        assert [request.method for request in recorder.requests if request.method != "GET"] == ["POST"]

    def test_another_data_source_and_another_external_id_are_free(
        self, visitor: Browser, main, recorder, known_already
    ):
        assert asked(reviewed(visitor, "ds_2")) == []
        page = visitor.open("/c/main/customers/create/").fill("Data Source", SOURCE).fill("External ID", "A-1")
        assert asked(page.press("Review")) == []

    def test_a_record_without_a_name_is_told_by_its_external_id(self, visitor: Browser, main, recorder):
        remember(main, BY_KEY["customers"], [{"uuid": CUSTOMER, "external_id": "a-1", "data_source_uuid": SOURCE}])
        (said,) = asked(reviewed(visitor))
        assert f"by a-1 ({CUSTOMER})." in said

    def test_a_plan(self, visitor: Browser, main, recorder):
        record = {"uuid": PLAN, "external_id": "gold", "name": "Gold", "data_source_uuid": SOURCE}
        remember(main, BY_KEY["plans"], [record])
        page = visitor.open("/c/main/plans/create/").fill("Data Source UUID", SOURCE).fill("Plan Name", "Gold 2")
        page.fill("Interval Unit", "year")
        assert asked(page.press("Review")) == []
        page.follow("Edit").fill("External ID", "gold").press("Review")
        assert f"by Gold ({PLAN})" in asked(page)[0]
        assert page.link(PLAN)["href"] == f"/c/main/plans/{PLAN}/"

    def test_the_name_of_a_data_source(self, visitor: Browser, main, recorder):
        remember(main, BY_KEY["data_sources"], [{"uuid": SOURCE, "name": "Shop", "system": "Custom"}])
        page = visitor.open("/c/main/data-sources/create/").fill("Name", "Shop").press("Review")
        assert f"“Shop” is already used by Shop ({SOURCE})." in asked(page)[0]
        assert page.link(SOURCE)["href"] == f"/c/main/data-sources/{SOURCE}/"

    def test_an_invoice(self, visitor: Browser, main, recorder):
        remember(main, BY_KEY["invoices"], [{"uuid": INVOICE, "external_id": "INV-1", "customer_uuid": "cus_1"}])
        recorder.routes = {"/v1/invoices": reply(200, {"invoices": [], "has_more": False, "cursor": None})}
        page = visitor.open(
            "/c/main/invoices/import/?customer_uuid=cus_1&external_id=INV-1&currency=EUR&date=2026-01-31"
            "&line_items-0-type=one_time&line_items-0-amount_in_cents=100"
        )
        page.press("Review")
        assert any("INV-1 already exists" in said for said in asked(page))
        assert page.link(INVOICE)["href"] == f"/c/main/invoices/{INVOICE}/"
