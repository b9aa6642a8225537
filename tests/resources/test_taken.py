"""An external ID or a name that is taken: who has it, where the directory knows."""

import pytest

from connections.models import Connection
from resources.directory.services import remember
from resources.registry import BY_KEY
from tests.pages import Browser
from tests.servers import RecordingServer, reply

DS = "ds_1"
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
