"""A call taken from a pasted curl command."""

import json

import pytest

from activity import curl
from connections.api_request import ApiRequest
from connections.roles import Role
from resources.from_curl import NotUnderstood, parse
from tests.pages import Browser
from tests.people import somebody

PAGE = "/c/main/api-call/"
# In the form of the examples in ChartMogul's documentation.
DOCUMENTED = r"""curl -X POST "https://api.chartmogul.com/v1/customers" \
     -u YOUR_API_KEY: \
     -H "Content-Type: application/json" \
     -d '{
          "data_source_uuid": "ds_1",
          "name": "Adam'\''s",
          "external_id": "cus_0001"
         }'
"""


def test_one_of_the_documentation_is_understood():
    found = parse(DOCUMENTED, set())
    assert (found.method, found.path, found.query, found.left_out) == ("POST", "/v1/customers", [], [])
    assert found.headers == [("Content-Type", "application/json")]
    assert json.loads(found.body) == {"data_source_uuid": "ds_1", "name": "Adam's", "external_id": "cus_0001"}


@pytest.mark.parametrize(
    ("command", "call"),
    [
        ("curl https://api.chartmogul.com/v1/plans", ("GET", "/v1/plans", [], "")),
        (
            "curl -sSL 'api.chartmogul.com/v1/plans?a=1&b=%20&a=2'",
            ("GET", "/v1/plans", [("a", "1"), ("b", " "), ("a", "2")], ""),
        ),
        ("curl --url=https://api.chartmogul.com/v1/plans -XDELETE", ("DELETE", "/v1/plans", [], "")),
        (
            "curl -G https://k:@api.chartmogul.com/v1/plans -d per_page=2 -d a=b",
            ("GET", "/v1/plans", [("per_page", "2"), ("a", "b")], ""),
        ),
        ("curl -G api.chartmogul.com/v1/plans --data-urlencode 'a=b & c'", ("GET", "/v1/plans", [("a", "b & c")], "")),
        ("curl https://api.chartmogul.com/v1/plans --json '{\"a\": 1.50}'", ("POST", "/v1/plans", [], '{"a": 1.50}')),
        (
            "curl \\\r\n  --request patch \\\r\n https://api.chartmogul.com/v1/plans/pl_1 --data-raw {}",
            ("PATCH", "/v1/plans/pl_1", [], "{}"),
        ),
    ],
)
def test_its_parts_are_told_apart(command: str, call: tuple[object, ...]):
    found = parse(command, set())
    assert (found.method, found.path, found.query, found.body) == call


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("wget https://api.chartmogul.com/v1/plans", "begins with curl"),
        ("   ", "begins with curl"),
        ("curl 'https://api.chartmogul.com/v1/plans", "A quote is opened"),
        ("curl", "exactly one URL"),
        ("curl https://api.chartmogul.com/v1/plans https://api.chartmogul.com/v1/ping", "exactly one URL"),
        ("curl https://evil.example/v1/plans", "The command calls evil.example."),
        ("curl https://api.chartmogul.com@evil.example/v1/plans", "The command calls evil.example."),
        ("curl https://api.chartmogul.com.evil.example/v1/plans", "The command calls api.chartmogul.com.evil.example."),
        ("curl http://[::1/v1/plans", "could not be read"),
        ("curl https://api.chartmogul.com/v1/plans -d @plan.json", "in a file"),
        ("curl https://api.chartmogul.com/v1/plans -F file=@x.csv", "-F"),
        ("curl https://api.chartmogul.com/v1/plans --proxy http://x", "--proxy"),
        ("curl https://api.chartmogul.com/v1/plans -X", "could not be read"),
        ('curl https://api.chartmogul.com/v1/plans -d $\'{"a": "\\u00e4"}\'', "as bash does"),
        ("curl https://api.chartmogul.com/v1/plans --data-urlencode a=b", "not JSON"),
        ("curl https://api.chartmogul.com/v1/plans?" + "&".join(["a=1"] * 501), "more than 500"),
        ("curl https://api.chartmogul.com/v1/plans --login-options=SECRET", "here: --login-options$"),
    ],
)
def test_what_no_call_here_can_do_is_refused(command: str, why: str):
    with pytest.raises(NotUnderstood, match=why):
        parse(command, set())


def test_what_is_copied_here_can_be_pasted_here():
    request = ApiRequest(
        method="PATCH",
        path="/v1/customers/cus_1",
        query=(("a", "b c"),),
        body=b'{"name": "O\'Hara \\\\ $x"}',
        headers=(("Accept-Language", "de"),),
    )
    found = parse(curl.command(request, "http://127.0.0.1:8001"), {"127.0.0.1:8001"})
    assert (found.method, found.path, found.query) == (request.method, request.path, list(request.query))
    assert found.body.encode() == request.body
    assert found.headers == [("Accept-Language", "de"), ("Content-Type", "application/json")]


def test_the_form_is_filled_in_and_nothing_is_run(visitor: Browser, main, recorder):
    page = visitor.open(PAGE).fill("Command", DOCUMENTED.replace("\n", "\r\n")).press("Fill in")
    assert page.status == 200
    assert (page.value("URL"), page.value("Method")) == ("/v1/customers", "POST")
    assert json.loads(page.value("Body"))["name"] == "Adam's"
    assert [page.value("Value", within=row) for row in page.rows("Headers")] == ["application/json"]
    assert "YOUR_API_KEY" not in page.response.content.decode()
    assert recorder.connections == 0
    page.press("Review")
    assert page.h1 == "Review: Make an API Call"


def test_headers_that_cannot_be_set_are_named(visitor: Browser, main, recorder):
    command = "curl https://api.chartmogul.com/v1/plans -H 'Authorization: Basic eA==' -H 'Cookie: a=1' -H 'X-Odd: 1'"
    page = visitor.open(PAGE).fill("Command", command).press("Fill in")
    assert "Left out, because they cannot be set here: Cookie, X-Odd." in page.text
    assert "Basic" not in page.text


def test_what_is_no_command_stays_and_is_said(visitor: Browser, main, recorder):
    page = visitor.open(PAGE).fill("Command", "curl https://evil.example/").press("Fill in")
    assert page.status == 422
    assert "The command calls evil.example. Calls go only to the connection's own host." in page.alert
    assert page.value("Command") == "curl https://evil.example/"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("-u SECRET: ", "-u … "),
        ("-uSECRET: ", "-u… "),
        ("--user 'SECRET:' ", "--user '…' "),
        ("--user=SECRET: --url x ", "--user=… --url x "),
        ('-H "Authorization: Basic SECRET" ', '-H "Authorization: Basic …" '),
        ("https://SECRET:@evil.example/ ", "https://…@evil.example/ "),
        ("--user-agent x ", "--user-agent x "),
    ],
)
def test_a_refused_command_is_shown_again_without_its_key(given: str, shown: str, visitor: Browser, main, recorder):
    page = visitor.open(PAGE).fill("Command", f"curl {given}https://evil.example/").press("Fill in")
    assert page.status == 422
    assert page.value("Command") == f"curl {shown}https://evil.example/"
    assert "SECRET" not in page.html


@pytest.mark.parametrize(
    ("method", "why"),
    [
        ("POST", "This requires the role Manager"),
        ("HEAD", "You cannot make a call with the method HEAD here."),
        ("TRACE", "You cannot make a call with the method TRACE here."),
    ],
)
def test_a_method_that_somebody_may_not_call_is_refused(method: str, why: str, main, recorder):
    page = somebody(Role.VIEWER, main).open(PAGE)
    page.fill("Command", f"curl -X {method} https://api.chartmogul.com/v1/plans").press("Fill in")
    assert why in page.alert
