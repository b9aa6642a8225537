"""Role status is used for successes, and for nothing else."""

import re

from django.conf import settings

from tests.pages import Browser
from tests.servers import RecordingServer, reply

CUSTOMER = "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
SUCCESS = re.compile(r"""data-level="success" role="status"|level_tag == 'success' %}status{%""")


def test_a_review_has_none_and_what_follows_an_accepted_write_has_one(
    visitor: Browser, main, recorder: RecordingServer
):
    record = {"uuid": CUSTOMER, "name": "Ada"}
    recorder.routes = {f"/v1/customers/{CUSTOMER}": reply(200, record)}
    page = visitor.open(f"/c/main/customers/update/?uuid={CUSTOMER}").fill("Name", "Ada Lovelace")
    assert page.press("Review").page.all(role="status") == []
    page.press("Send")
    assert page.success.startswith("Customer updated")


def test_a_place_that_is_gone_is_no_success(visitor: Browser, main, recorder: RecordingServer):
    recorder.routes = {"/v1/customers": reply(200, {"entries": [{"uuid": CUSTOMER, "name": "Ada"}]})}
    page = visitor.open("/c/main/customers/list/?at=nonsense")
    assert "no longer exists" in page.notice
    assert page.page.all(role="status") == []


def test_no_template_and_no_script_has_another_one():
    files = [*settings.BASE_DIR.glob("templates/**/*.html"), *settings.BASE_DIR.glob("static/js/*.js")]
    lines = [line for path in files for line in path.read_text().splitlines()]
    # An <output> is one where it has no other role.
    said = [line for line in lines if re.search(r"""role[="', ]+status\b|}status{|<output(?! role)""", line)]
    assert len(said) > 2
    assert [line for line in said if not SUCCESS.search(line)] == []
