"""Make an API Call: reads from their address, writes through review, and what the answers look like."""

import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from activity.models import Outcome, Write
from connections.roles import Role
from resources import answers
from resources.views import api_call
from tests.pages import Browser
from tests.people import somebody
from tests.servers import RecordingServer, raw, reply

PAGE = "/c/main/api-call/"
PLANS = [
    {"uuid": "pl_1", "name": "Basic", "interval_count": 1, "tiers": None},
    {"uuid": "pl_2", "name": "<b>Gold</b>", "interval_count": 12, "a.b": {"c": [1]}},
]
LIST = reply(
    200, {"plans": PLANS, "cursor": "Mg==", "has_more": True}, headers={"X-Request-Id": "req-1", "Set-Cookie": "a=1"}
)


def run(page: Browser, url: str, method: str = "GET") -> Browser:
    return page.open(PAGE).fill("URL", url).fill("Method", method).press("Run" if method == "GET" else "Review")


def query_of(page: Browser) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


class TestReading:
    def test_plans_are_shown_as_a_table_as_json_and_raw(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [LIST]
        page = run(visitor, "/v1/plans")
        assert [(request.method, request.path, request.body) for request in recorder.requests] == [
            ("GET", "/v1/plans", b"")
        ]
        assert page.table("plans") == [
            {"uuid": "pl_1", "name": "Basic", "interval_count": "1", "tiers": "—", "a.b": "—"},
            {"uuid": "pl_2", "name": "<b>Gold</b>", "interval_count": "12", "tiers": "—", "a.b": "c[1]"},
        ]
        assert json.loads(page.page.one("pre", id="answer-json").raw_text)["plans"] == PLANS
        assert json.loads(page.page.one("pre", id="answer-raw").raw_text)["plans"] == PLANS
        assert "Status 200" in page.text
        assert "bytes" in page.text
        assert not Write.objects.exists()

    def test_the_call_is_the_address(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [LIST]
        page = visitor.open(PAGE).fill("URL", "/v1/plans?system=Stripe")
        page.fill("Key", "accept-language", within=page.rows("Headers")[0])
        page.fill("Value", "de", within=page.rows("Headers")[0])
        page.fill("Key", "external_id", within=page.rows("Query String")[0])
        page.fill("Value", "a&b =é", within=page.rows("Query String")[0]).press("Run")
        assert query_of(page) == {
            "url": ["/v1/plans"],
            "method": ["GET"],
            "headers-0-key": ["accept-language"],
            "headers-0-value": ["de"],
            "query-0-key": ["system"],
            "query-0-value": ["Stripe"],
            "query-1-key": ["external_id"],
            "query-1-value": ["a&b =é"],
        }
        page.open(page.url)
        first, again = recorder.requests
        assert first.query == again.query == "system=Stripe&external_id=a%26b%20%3D%C3%A9"
        assert first.headers["accept-language"] == again.headers["accept-language"] == "de"
        assert page.value("URL") == "/v1/plans"
        assert [page.value("Key", within=row) for row in page.rows("Query String")] == ["system", "external_id"]

    def test_a_list_of_plain_values_is_a_table_of_one_column(self, visitor: Browser, main, recorder: RecordingServer):
        ids = ["cus_1", None, 7]
        recorder.script = [
            reply(200, {"tags": ["a"], "external_ids": ids, "mixed": [1, {}], "custom": {}}),
            reply(200, [1]),
        ]
        page = run(visitor, "/v1/customers/cus_1/attributes")
        assert page.table("tags") == [{"tags": "a"}]
        assert page.table("external_ids") == [{"external_id": value} for value in ("cus_1", "—", "7")]
        assert [caption.text for caption in page.page.all("caption")] == ["tags: 1 row", "external_ids: 3 rows"]
        assert run(visitor, "/v1/any").table("row") == [{"Value": "1"}]

    def test_next_page_takes_the_cursor_along(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [LIST, LIST, reply(200, {"plans": [], "cursor": None, "has_more": False})]
        page = run(visitor, "/v1/plans?per_page=2")
        for _ in range(2):
            page.follow("Next page")
        assert [parse_qsl(request.query) for request in recorder.requests] == [
            [("per_page", "2")],
            [("per_page", "2"), ("cursor", "Mg==")],
            [("per_page", "2"), ("cursor", "Mg==")],
        ]
        assert "Next page" not in [link.text for link in page.page.all("a")]

    def test_download_is_the_same_bytes_as_a_file(self, visitor: Browser, main, recorder: RecordingServer):
        body = b'{ "uuid":"pl_1",\n  "name": "\xc3\xa9" }'
        recorder.script = [reply(200, body=body)]
        page = run(visitor, "/v1/plans/pl_1")
        answer = page.client.get(f"{PAGE}{page.link('Download')['href']}")
        assert answer.content == body
        assert answer["Content-Disposition"] == 'attachment; filename="pl_1.json"'
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_headers_are_shown_but_no_cookie(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [LIST]
        page = run(visitor, "/v1/plans")
        names = [term.text for term in page.page.all("dt")]
        assert "x-request-id" in names
        assert "set-cookie" not in names

    def test_an_empty_answer_and_one_of_a_single_value(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [reply(204), reply(200, [{"a": 1}, {"b": 2}]), reply(200, 7)]
        assert "The response is empty." in run(visitor, "/v1/ping").text
        assert run(visitor, "/v1/ping").table("rows") == [{"a": "1", "b": "—"}, {"a": "—", "b": "2"}]
        assert run(visitor, "/v1/ping").page.one("pre", id="answer-json").text == "7"

    @pytest.mark.parametrize(
        ("answer", "said", "body"),
        [
            (reply(404, {"error": "Plan not found"}), "Plan not found (status 404)", '{"error": "Plan not found"}'),
            (reply(422, {"errors": {"name": "is bad"}}), "status 422", "is bad"),
            (reply(500, body=b"500 Internal <b>", content_type="text/plain"), "status 500", "500 Internal <b>"),
            (reply(200, body=b"<html>", content_type="text/html"), "cannot be read: it is not JSON", "<html>"),
        ],
    )
    def test_an_error_has_its_status_and_its_body(self, answer, said, body, visitor: Browser, main, recorder, quick):
        recorder.script = [answer]
        page = run(visitor, "/v1/plans/pl_1")
        assert said in page.alert
        assert body in page.page.one(role="alert").one("pre").text
        assert "open" in page.page.one(role="alert").one("details")
        assert page.value("URL") == "/v1/plans/pl_1"

    def test_no_answer_is_said(self, visitor: Browser, main, recorder: RecordingServer, quick):
        recorder.script = [raw(b"")]
        assert "closed the connection" in run(visitor, "/v1/plans").alert

    def test_a_read_too_long_for_an_address_is_answered_all_the_same(self, visitor: Browser, main, recorder):
        recorder.script = [LIST]
        page = run(visitor, f"/v1/plans?external_id={'x' * api_call.LONGEST_ADDRESS}")
        assert page.url == PAGE
        assert page.table("plans")
        assert "Download" not in [link.text for link in page.page.all("a")]

    def test_a_large_answer_is_cut_on_the_page_and_says_so(self, visitor: Browser, main, recorder: RecordingServer):
        rows = [{"uuid": f"pl_{number}", "note": "n" * 500} for number in range(answers.SHOWN_ROWS + 1)]
        wide = [{f"column {number}": number for number in range(answers.SHOWN_COLUMNS + 1)}]
        recorder.script = [reply(200, {"plans": rows, "wide": wide})]
        page = run(visitor, "/v1/plans")
        assert len(page.table("plans")) == answers.SHOWN_ROWS
        assert f"the first {answers.SHOWN_ROWS} of {answers.SHOWN_ROWS + 1} rows" in page.text
        assert "not all columns" in page.text
        assert "The text below is truncated." in page.text
        assert len(page.page.one("pre", id="answer-raw").raw_text) == answers.SHOWN_CHARACTERS

    def test_the_address_prefills_the_page(self, visitor: Browser, main, recorder: RecordingServer):
        page = visitor.open(f"{PAGE}?method=PATCH")
        assert page.value("Method") == "PATCH"
        assert recorder.connections == 0


class TestWriting:
    BODY = '{"name":  "Zoë",\n "interval_count": 1.0}'

    def filled(self, page: Browser, method: str = "POST") -> Browser:
        page.open(PAGE).fill("URL", "/v1/plans").fill("Method", method).fill("Body", self.BODY.replace("\n", "\r\n"))
        page.fill("Key", "Accept-Language", within=page.rows("Headers")[0])
        page.fill("Value", "de", within=page.rows("Headers")[0])
        page.fill("Key", "handle_as_user_edit", within=page.rows("Query String")[0])
        return page.fill("Value", "true", within=page.rows("Query String")[0]).press("Review")

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_the_review_shows_what_send_sends(self, method, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [reply(201, {"uuid": "pl_9"})]
        page = self.filled(visitor, method)
        assert page.h1 == "Review: Make an API Call"
        assert recorder.connections == 0
        assert page.page.one("pre", id="request-line").text == f"{method} /v1/plans?handle_as_user_edit=true"
        assert page.page.one("pre", id="request-headers").text == "Accept-Language: de"
        assert page.page.one("pre", id="request-body").raw_text == self.BODY
        assert ("DELETE is permanent" in page.text) == (method == "DELETE")
        page.confirm()
        (request,) = recorder.requests
        assert (request.method, request.path, request.query) == (method, "/v1/plans", "handle_as_user_edit=true")
        assert request.body == self.BODY.encode()
        assert request.headers["accept-language"] == "de"
        assert "pl_9" in page.text
        assert "201" in page.text
        assert page.alert == ""
        assert Write.objects.get().outcome == Outcome.ACCEPTED

    def test_edit_brings_everything_back(self, visitor: Browser, main, recorder: RecordingServer):
        page = self.filled(visitor).follow("Edit")
        assert page.h1 == "Make an API Call"
        assert (page.value("URL"), page.value("Method")) == ("/v1/plans", "POST")
        assert page.value("Body") == self.BODY.replace("\n", "\r\n")
        assert page.value("Value", within=page.rows("Headers")[0]) == "de"
        assert page.value("Key", within=page.rows("Query String")[0]) == "handle_as_user_edit"
        assert recorder.connections == 0

    def test_what_speaks_against_a_review_is_said_above_what_was_typed(self, visitor: Browser, main, recorder):
        """Of a deletion the record is read first, and the key that this takes cannot be opened."""
        main.sealed_key = main.sealed_key[:-1]
        main.save()
        page = visitor.open(PAGE).fill("URL", "/v1/customers/cus_1").fill("Method", "DELETE").press("Review")
        assert page.status == 422
        assert "cannot read the credentials of this connection" in page.alert
        assert (page.value("URL"), page.value("Method")) == ("/v1/customers/cus_1", "DELETE")
        assert not Write.objects.exists()

    def test_a_refusal_comes_back_with_the_form_and_the_answer(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [reply(422, {"errors": {"name": "A unique name is required"}})]
        page = self.filled(visitor).press("Send")
        assert "A unique name is required" in page.alert
        assert '{"errors": {"name": "A unique name is required"}}' in page.text
        assert page.value("Body") == self.BODY.replace("\n", "\r\n")

    def test_a_fault_leaves_the_outcome_unknown(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [reply(500, body=b"", content_type="text/plain")]
        page = self.filled(visitor).press("Send")
        assert "Outcome unknown" in page.alert
        assert len(recorder.requests) == 1
        assert "Check: look it up" not in page.text

    def test_a_body_of_5_mb_is_taken_as_a_browser_posts_it(self, visitor: Browser, main):
        assert visitor.open(PAGE).page.one("form", id="api-call")["enctype"] == "multipart/form-data"
        body = json.dumps({"customers": [{"name": "x" * 1_000}] * 5_000}, indent=1)
        body += " " * (5 * 1024 * 1024 - len(body))
        typed = {"url": "/v1/data_sources/ds_1/json_imports", "method": "POST", "body": body.replace("\n", "\r\n")}
        assert visitor.client.post(PAGE, typed).status_code == 302
        assert Write.objects.get().request.body == body.encode()

    def test_lists_in_an_answer_are_tables_too(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [reply(200, {"entries": [{"uuid": "cus_1", "name": "Ada"}], "tags": ["a", "b"]})]
        page = self.filled(visitor).press("Send")
        assert page.table("entries") == [{"uuid": "cus_1", "name": "Ada"}]
        assert page.table("tags") == [{"tags": "a"}, {"tags": "b"}]

    def test_an_answer_teaches_no_picker(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [reply(201, {"uuid": "pl_9", "name": "x"})]
        self.filled(visitor).press("Send")
        assert not main.entries.exists()


class TestTheForm:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ('{"name": 1,}', "line 1, column 12"),
            ('{\r\n  "a": tru\r\n}', "line 2, column 8"),
            ("{'a': 1}", "line 1, column 2"),
            ('{"a": NaN}', "NaN"),
            ("[" * 100_000, "nested too deeply"),
            ("name=x", "line 1, column 1"),
            (f'{{"a": {"9" * 4_301}}}', "a number with too many digits"),
        ],
    )
    def test_what_is_no_json_is_refused_with_its_place(self, body, said, visitor: Browser, main, recorder):
        page = visitor.open(PAGE).fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", body).press("Review")
        assert page.status == 422
        assert said in page.problem("Body")
        assert not Write.objects.exists()

    def test_a_get_has_no_body(self, visitor: Browser, main, recorder: RecordingServer):
        page = visitor.open(PAGE).fill("URL", "/v1/plans").fill("Body", "{}").press("Run")
        assert "A GET has no body" in page.problem("Body")
        assert recorder.connections == 0

    def test_a_blank_body_is_none(self, visitor: Browser, main, recorder: RecordingServer):
        recorder.script = [reply(200, {})]
        page = visitor.open(PAGE).fill("URL", "/v1/plans").fill("Method", "POST").fill("Body", " \r\n ")
        page.press("Review").press("Send")
        assert recorder.requests[0].body == b""
        assert "content-type" not in recorder.requests[0].headers

    def test_rows_come_and_go_and_nothing_typed_is_lost(self, visitor: Browser, main, recorder: RecordingServer):
        page = (
            visitor.open(PAGE).fill("URL", "//evil").fill("Body", "{").press("Add header").press("Add query parameter")
        )
        assert (len(page.rows("Headers")), len(page.rows("Query String"))) == (2, 2)
        page.press("Remove", within=page.rows("Headers")[0])
        assert len(page.rows("Headers")) == 1
        assert (page.value("URL"), page.value("Body"), page.alert) == ("//evil", "{", "")
        assert recorder.connections == 0

    def test_a_row_with_a_value_needs_a_key(self, visitor: Browser, main, recorder: RecordingServer):
        page = visitor.open(PAGE).fill("URL", "/v1/plans")
        page.fill("Value", "x", within=page.rows("Query String")[0]).press("Run")
        assert page.problem("Key", within=page.rows("Query String")[0])

    def test_a_query_beyond_what_servers_take_is_refused(self, visitor: Browser, main, recorder: RecordingServer):
        page = visitor.open(PAGE).fill("URL", f"/v1/plans?x={'é' * 2_000}").press("Run")
        assert "longer than 8,000 characters" in page.alert
        assert recorder.connections == 0

    def test_the_known_paths_are_offered(self, visitor: Browser, main):
        page = visitor.open(PAGE)
        offered = [option["value"] for option in page.page.one("datalist", id="known-paths").all("option")]
        assert "/v1/plans" in offered
        assert not [path for path in offered if "{" in path]


def test_it_lists_the_plans_of_the_sandbox(visitor: Browser, box, sandbox):
    page = visitor.open("/c/box/api-call/").fill("URL", "/v1/plans").press("Run")
    shown = {row["name"] for row in page.table("plans")}
    assert shown == {plan["name"] for plan in sandbox.api.store.all("plans")}


def test_the_sandbox_knows_every_path_that_is_offered(box, sandbox):
    for path in api_call.known_paths():
        assert requests.get(f"{sandbox.url}{path}", auth=("sandbox", ""), timeout=5).ok, path


def test_it_is_no_picker(signed_in, main):
    assert signed_in.get("/c/main/pickers/api-call/").status_code == 404


@pytest.mark.parametrize(
    ("address", "path"),
    [("/c/box/plans/list/?limit=5", "/v1/plans"), ("/c/box/customers/{uuid}/", "/v1/customers/{uuid}")],
)
def test_a_list_and_a_record_lead_to_the_call_that_reads_them(address: str, path: str, visitor: Browser, box, sandbox):
    uuid = sandbox.api.store.all("customers")[0]["uuid"]
    visitor.open(address.format(uuid=uuid))
    sandbox.requests.clear()
    visitor.follow("As an API call")
    assert visitor.value("URL").partition("?")[0] == path.format(uuid=uuid)
    assert sandbox.requests == []
    assert "Status 200" in visitor.press("Run").text
    command = visitor.page.one("h2", id="answer").inside("section").all("copy-text")[-1].text
    assert command.startswith('curl --request GET --user "$CHARTMOGUL_API_KEY:" ')
    assert path.format(uuid=uuid) in command


def test_a_review_leads_to_its_call_where_it_may_be_made(visitor: Browser, box, sandbox):
    source = sandbox.api.store.all("data_sources")[0]["uuid"]

    def review(page: Browser) -> Browser:
        page.open("/c/box/customers/create/").fill("Data Source", source).fill("External ID", "as-a-call")
        return page.press("Review")

    body = review(visitor).page.one("pre", id="request-body").text
    page = visitor.follow("Fill in Make an API Call")
    assert (page.value("URL"), page.value("Method")) == ("/v1/customers", "POST")
    assert page.value("Body").strip() == body.strip()
    assert not sandbox.requests
    editor = review(somebody(Role.EDITOR, box))
    assert "As an API call" not in editor.text
