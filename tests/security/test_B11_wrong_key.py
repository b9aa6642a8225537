"""B11: where this server has not the key of a connection's credentials, its pages say so and nothing is sent."""

import pytest
from cryptography.fernet import Fernet

from activity.models import Write
from tests.conftest import make_connection
from tests.pages import Browser
from tests.security.routes import every_route
from tests.servers import reply

SAID = "cannot read the credentials"


@pytest.fixture
def other_key(main, recorder, settings) -> None:
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]


def test_B11_every_page_answers_and_nothing_is_sent(visitor: Browser, other_key, recorder):
    for route in every_route():
        for query in ("", "?uuid=cus_1&q=cus_1"):
            answer = visitor.client.get(route.path + query)
            # Machines are told that this server cannot do its work; people get pages that say why.
            assert answer.status_code < 500 or (answer.status_code == 503 and route.path == "/readyz"), route
    assert recorder.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "/c/main/customers/list/",
        "/c/main/customers/get/?uuid=cus_1",
        "/c/main/customers/cus_1/",
        "/c/main/customers/update/?uuid=cus_1",
        "/c/main/data-sources/list/",
    ],
)
def test_B11_reading_pages_say_so(address: str, visitor: Browser, other_key, recorder):
    page = visitor.open(address)
    assert SAID in page.alert
    assert recorder.requests == []


def test_B11_a_picker_says_so(visitor: Browser, other_key):
    assert SAID in visitor.client.get("/c/main/pickers/customers/?q=x").content.decode()


def test_B11_the_search_says_so(visitor: Browser, other_key):
    assert SAID in visitor.open("/c/main/search/?q=nobody").text


def test_B11_a_prepared_write_is_not_sent(visitor: Browser, main, recorder, settings):
    review = visitor.open("/c/main/data-sources/create/").fill("Name", "New").press("Review")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    page = review.press("Send")
    assert SAID in page.alert
    assert recorder.requests == []
    assert Write.objects.get().outcome == "prepared"


def test_B11_other_connections_work(visitor: Browser, other_key, recorder):
    recorder.routes = {"/v1/data_sources": reply(200, {"data_sources": [{"uuid": "ds_1", "name": "Seen"}]})}
    make_connection("Second")
    assert visitor.open("/c/second/data-sources/list/").table("Data Sources")[0]["Name"] == "Seen"
