"""Parsing the shapes of ChartMogul's errors."""

import json

import pytest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from connections import errors
from connections.errors import error_class, explain
from tests.german import german

SHAPES = [
    pytest.param(
        {"code": 401, "message": "No valid API key provided", "param": None},
        "No valid API key provided",
        {},
        id="A",
    ),
    pytest.param(
        {"code": 400, "message": 'Parameter "name" is missing', "param": "name"},
        'Parameter "name" is missing',
        {"name": ['Parameter "name" is missing']},
        id="A-param",
    ),
    pytest.param(
        {"errors": {"name": "A name is required.", "interval_count": "is not a number"}},
        "name: A name is required.; interval_count: is not a number",
        {"name": ["A name is required."], "interval_count": ["is not a number"]},
        id="B",
    ),
    pytest.param({"error": "Plan not found"}, "Plan not found", {}, id="C"),
    pytest.param(
        {
            "error": "Invoice not found",
            "error_details": [{"param": "invoice", "code": "invalid", "message": "Invoice not found"}],
        },
        "Invoice not found",
        {"invoice": ["Invoice not found"]},
        id="D",
    ),
    pytest.param(
        {
            "name": ["Name can't be blank"],
            "plan_ids": ["Plan ids can't be blank"],
            "error_details": [
                {"param": "name", "code": "blank", "message": "Name can't be blank"},
                {"param": "plan_ids", "code": "blank", "message": "Plan ids can't be blank"},
            ],
        },
        "name: Name can't be blank; plan_ids: Plan ids can't be blank",
        {"name": ["Name can't be blank"], "plan_ids": ["Plan ids can't be blank"]},
        id="E",
    ),
    pytest.param(
        {"plans": ["Please provide uuids of the plans in the plan group"]},
        "plans: Please provide uuids of the plans in the plan group",
        {"plans": ["Please provide uuids of the plans in the plan group"]},
        id="E-older",
    ),
    pytest.param({"message": "Status transition is not allowed"}, "Status transition is not allowed", {}, id="F"),
    pytest.param(
        {"errors": {"currency": ["is invalid", "must be supported"], "line_items": [{"message": "none given"}]}},
        "currency: is invalid, must be supported; line_items: none given",
        {"currency": ["is invalid", "must be supported"], "line_items": ["none given"]},
        id="B-lists",
    ),
    pytest.param({"errors": ["One", "Two"]}, "One Two", {}, id="list-of-texts"),
    pytest.param("Only text", "Only text", {}, id="text"),
]


@pytest.mark.parametrize(("data", "summary", "fields"), SHAPES)
def test_each_shape_gives_a_summary_and_the_errors_of_fields(data, summary, fields):
    assert explain(422, "application/json", json.dumps(data).encode()) == (summary, fields)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"500 Internal Server Error"),
        ("text/html", b"<h1>Oops! That page doesn't exist.</h1>"),
        ("text/html", b'{"error": "in the wrong wrapping"}'),
        ("application/json", b""),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000),
        ("", b"null"),
        ("", b"17"),
    ],
)
def test_an_answer_that_explains_nothing_is_said_to(content_type, body):
    assert explain(500, content_type, body) == ("ChartMogul returned 500 without an explanation.", {})


STRANGE = [None, True, 7, 1.5, "", "text", [], {}, [None], [[["deep"]]], {"": ""}, {"a": {"b": ["c"]}}, "\ud800", "\0"]


@pytest.mark.parametrize("key", ["message", "error", "errors", "error_details", "param", "code", "name"])
@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_any_type_in_any_place_is_borne(key, value):
    for data in ({key: value}, {key: [value]}, {key: {"x": value}}, {key: [{"param": value, "message": value}]}):
        summary, fields = explain(422, "application/json", json.dumps(data).encode())
        assert summary.encode()
        assert all(name.encode() and all(isinstance(text, str) for text in texts) for name, texts in fields.items())


def test_a_huge_explanation_is_cut():
    body = json.dumps({"errors": {f"field{n}": "x" * 5000 for n in range(500)}}).encode()
    summary, fields = explain(422, "application/json", body)
    assert len(summary) <= 1000
    assert len(fields) == 100
    assert all(len(text) <= 1000 for texts in fields.values() for text in texts)


def test_a_long_list_of_nothing_is_read_in_no_time():
    body = b'{"errors": {"a": [' + b"null," * 1_000_000 + b"null]}}"
    assert explain(422, "application/json", body)[1] == {}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, errors.Redirected),
        (400, errors.Rejected),
        (401, errors.NotAuthorised),
        (402, errors.Rejected),
        (403, errors.NotAuthorised),
        (404, errors.NotFound),
        (409, errors.Rejected),
        (418, errors.Rejected),
        (422, errors.Rejected),
        (429, errors.RateLimited),
        (500, errors.ServerFault),
        (520, errors.ServerFault),
        (999, errors.UnexpectedReply),
    ],
)
def test_each_status_has_its_class(status, expected):
    assert error_class(status) is expected


def test_the_text_for_logs_quotes_nothing_of_the_answer():
    error = errors.NotFound(
        'Can\'t find any customers with email: "ada@example.com"',
        status=404,
        method="GET",
        path="/v1/customers/search",
        request_id="req-1",
        body='{"message": "ada@example.com"}',
    )
    assert str(error) == "NotFound: GET /v1/customers/search: status 404 (request id req-1)"
    assert "ada@example.com" in error.user_message
    assert error.user_message.endswith("(status 404, request ID req-1)")


def test_a_page_is_told_when_an_outcome_is_unknown_and_how_long_to_wait():
    error = errors.ServerFault("It failed.", status=503, processed="unknown", retry_after=12.4)
    assert "It is not known whether ChartMogul carried this out" in error.user_message
    assert "wait 12 s" in error.user_message


def test_sentences_that_follow_what_chartmogul_says_begin_after_a_full_stop():
    busy = errors.RateLimited("Service Unavailable", status=429, retry_after=5)
    wait = "ChartMogul asks you to wait 5 s before trying again."
    assert busy.user_message == f"Service Unavailable. {wait} (status 429)"
    assert errors.RateLimited("Busy!", retry_after=5).user_message == f"Busy! {wait}"


def test_the_body_is_cut_at_10_000_characters():
    assert len(errors.ServerFault("", body="x" * 20_000).body) == 10_000


REACHED = "{host} could not be reached."


def test_a_person_reads_it_in_their_language_and_the_log_has_it_in_english():
    summary = format_lazy(gettext_lazy(REACHED), host="api.chartmogul.com")
    error = errors.Unreachable(summary, method="GET", path="/v1/ping", retry_after=3.0)
    with german({REACHED: "{host} ist nicht erreichbar."}):
        assert error.user_message.startswith("api.chartmogul.com ist nicht erreichbar.")
        assert str(error) == "Unreachable: GET /v1/ping: api.chartmogul.com could not be reached."
    assert error.summary == "api.chartmogul.com could not be reached."


def test_what_chartmogul_says_is_never_translated():
    with german({"Plan not found": "Tarif nicht gefunden", "status {status}": "Status {status}"}):
        summary, _ = explain(404, "application/json", b'{"error": "Plan not found"}')
        assert errors.NotFound(summary, status=404).user_message == "Plan not found (Status 404)"


def test_why_nothing_was_sent_is_told_in_the_language_of_the_person():
    held_back = errors.HeldBack("limiting", 2.0)
    with german(
        {"ChartMogul asked this connection to slow down.": "Langsamer!", "Nothing was sent.": "Nicht gesendet."}
    ):
        assert held_back.user_message == "Langsamer! Nicht gesendet."
    assert str(held_back) == "HeldBack:  : ChartMogul asked this connection to slow down."
