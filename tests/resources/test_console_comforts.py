"""Conveniences of the API console: a formatted body, and the last calls."""

import json

from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.roles import Role
from tests.conftest import make_connection
from tests.pages import Browser
from tests.people import somebody
from tests.servers import RecordingServer, reply

PAGE = "/c/main/api-call/"
LIST = {"plans": [], "has_more": False}


def calls(page: Browser) -> list[str]:
    page.open(PAGE)
    return [row["Call"] for row in page.table("Times in")] if "Your last calls" in page.text else []


def run(page: Browser, url: str) -> None:
    page.open(PAGE).fill("URL", url).press("Run")


class TestFormat:
    def test_the_body_gets_a_line_for_each_value(self, visitor: Browser, main, recorder: RecordingServer):
        page = visitor.open(PAGE).fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", '{"a":1.50,"b":[]}')
        page.fill("Key", "odd", within=page.rows("Query String")[0]).press("Format the body")
        assert page.value("Body").splitlines() == ["{", '  "a": 1.50,', '  "b": []', "}"]
        assert (page.value("URL"), page.value("Method")) == ("/v1/plans", "POST")
        assert page.value("Key", within=page.rows("Query String")[0]) == "odd"
        assert page.alert == ""
        assert recorder.connections == 0

    def test_what_is_no_json_stays_and_is_said(self, visitor: Browser, main):
        page = visitor.open(PAGE).fill("Method", "POST").fill("Body", '{"a" 1}').press("Format the body")
        assert page.status == 422
        assert "This is not JSON: a colon is expected" in page.problem("Body")
        # Of what is missing nothing is said yet.
        assert "URL" not in page.alert
        assert page.value("Body") == '{"a" 1}'

    def test_what_would_grow_far_too_long_stays(self, visitor: Browser, main):
        deep = "[" * 300 + ",".join(["1"] * 5_000) + "]" * 300
        page = visitor.open(PAGE).fill("Body", deep).press("Format the body")
        assert "this would be too long" in page.problem("Body")
        assert page.value("Body") == deep


class TestLastCalls:
    def test_each_leads_to_the_form_filled_in(self, visitor: Browser, main, recorder: RecordingServer):
        assert calls(visitor) == []
        recorder.routes = {"/v1/plans": reply(200, LIST), "/v1/ping": reply(200, {})}
        recorder.routes["POST /v1/plans"] = reply(201, {"uuid": "pl_1"})
        run(visitor, "/v1/plans?system=Stripe&external_id=secret")
        run(visitor, "/v1/ping")
        run(visitor, "/v1/plans?system=Stripe&external_id=another")
        visitor.open(PAGE).fill("URL", "/v1/plans?x=1").fill("Method", "POST").fill("Body", '{"name": "Gold"}')
        visitor.press("Review").press("Send")
        assert calls(visitor) == ["POST /v1/plans?x=…", "GET /v1/plans?external_id=…&system=…", "GET /v1/ping"]
        assert "secret" not in visitor.text
        sent = len(recorder.requests)
        visitor.follow("GET /v1/plans?external_id=…&system=…")
        assert (visitor.value("URL"), visitor.value("Method")) == ("/v1/plans", "GET")
        assert [visitor.value("Key", within=row) for row in visitor.rows("Query String")] == ["external_id", "system"]
        visitor.open(PAGE).follow("POST /v1/plans?x=…")
        assert (visitor.value("URL"), visitor.value("Method")) == ("/v1/plans?x=1", "POST")
        assert json.loads(visitor.value("Body")) == {"name": "Gold"}
        assert len(recorder.requests) == sent

    def test_it_is_filled_in_with_its_headers_and_no_body_is_loaded_for_the_list(
        self, visitor: Browser, main, recorder
    ):
        recorder.routes = {"POST /v1/plans": reply(201, {"uuid": "pl_1"})}
        page = visitor.open(PAGE).fill("URL", "/v1/plans").fill("Method", "POST")
        page.fill("Key", "Accept-Language", within=page.rows("Headers")[0])
        page.fill("Value", "de", within=page.rows("Headers")[0]).press("Review").press("Send")
        with CaptureQueriesContext(database) as queries:
            visitor.open(PAGE)
        (listed,) = [query["sql"] for query in queries if "operation\" = 'api_call'" in query["sql"]]
        assert '"activity_write"."body"' not in listed.partition(" FROM ")[0]
        assert not [
            query
            for query in queries
            if query["sql"].startswith('SELECT "activity_write"."key", "activity_write"."body"')
        ]
        visitor.follow("POST /v1/plans")
        assert visitor.value("Key", within=visitor.rows("Headers")[0]) == "Accept-Language"
        assert visitor.value("Value", within=visitor.rows("Headers")[0]) == "de"

    def test_nobody_sees_those_of_another_person_or_connection(self, visitor: Browser, main, recorder):
        recorder.routes = {"/v1/ping": reply(200, {})}
        run(visitor, "/v1/ping")
        other = make_connection("Other")
        assert "Your last calls" not in visitor.open(f"/c/{other.slug}/api-call/").text
        assert calls(somebody(Role.VIEWER, main)) == []

    def test_a_write_is_left_out_for_who_may_only_read_by_now(self, main, recorder: RecordingServer, visitor: Browser):
        recorder.routes = {"POST /v1/plans": reply(201, {"uuid": "pl_1"})}
        visitor.open(PAGE).fill("URL", "/v1/plans").fill("Method", "POST").press("Review").press("Send")
        assert calls(visitor) == ["POST /v1/plans"]
        main.read_only = True
        main.save()
        assert calls(visitor) == []

    def test_ten_are_shown(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.routes = {f"/v1/plans/pl_{number}": reply(200, {}) for number in range(12)}
        for number in range(12):
            run(visitor, f"/v1/plans/pl_{number}")
        assert calls(visitor) == [f"GET /v1/plans/pl_{number}" for number in range(11, 1, -1)]
