"""What pages show and do while ChartMogul is slow, rate limiting, down, or rejects the key."""

import time
from datetime import UTC, datetime

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.api_request import ApiRequest
from connections.budget import Budget, CallResult, LimiterState
from connections.client import ChartMogulClient
from connections.errors import ApiError, HeldBack, NotAuthorised, RateLimited, ServerFault, Unreachable
from connections.limiter_storage import change
from connections.models import Connection, Traffic
from connections.upstream_status import judge, upstream_status_of
from tests.conftest import make_connection
from tests.connections.conftest import ACCOUNT, PONG, TOKEN
from tests.pages import Browser
from tests.servers import reply

PING = ApiRequest.build("GET", "ping")
HOME, LIST = "/c/main/", "/c/main/customers/list/"
NOW = 1_800_000_000.0
CUSTOMERS = {"entries": [], "cursor": None, "has_more": False}


def later(connection: Connection, seconds: float) -> None:
    """As if so many seconds had passed since the last call."""
    row = Traffic.objects.get(budget_key=connection.budget_key)
    moments = [name for name, value in row.state.items() if isinstance(value, float) and value > 1_000_000]
    row.state |= {name: row.state[name] - seconds for name in moments}
    row.save()


def call(connection: Connection, times: int = 1, *, background: bool = False) -> ApiError | None:
    """What the last of so many calls met."""
    met: ApiError | None = None
    for _ in range(times):
        try:
            ChartMogulClient.of(connection, background=background).send(PING)
        except ApiError as error:
            met = error
        else:
            met = None
    return met


def line(visitor: Browser, address: str = HOME) -> str:
    """The one line about ChartMogul on a page, or nothing."""
    found = [each for each in visitor.open(address).page.all("div", role="note") if "data-standing" in each]
    assert len(found) <= 1
    return " ".join(found[0].text.split()) if found else ""


def test_nothing_is_said_while_all_is_well(visitor, main, recorder):
    recorder.script = [reply(200, PONG)]
    assert line(visitor) == ""
    assert call(main) is None
    assert line(visitor) == ""
    assert line(visitor, "/connections/main/") == ""


def test_E5_a_page_says_how_long_chartmogul_wants_to_be_left_alone(visitor, main, recorder, quick):
    recorder.script = [reply(429, headers={"Retry-After": "600"}), reply(200, CUSTOMERS)]
    assert isinstance(call(main), RateLimited)
    page = visitor.open(LIST)
    assert len(recorder.requests) == 1
    assert "ChartMogul asked this connection to slow down. Nothing was sent." in page.alert
    assert int(page.page.one("retry-countdown")["data-seconds"]) in (599, 600)
    assert line(visitor).startswith("ChartMogul has been limiting requests since")
    later(main, 661)
    assert call(main) is None
    assert line(visitor) == ""


def test_E5_another_connection_is_not_held_back(main, recorder, quick):
    other = make_connection("Other")
    recorder.script = [reply(429, headers={"Retry-After": "600"}), reply(200, PONG)]
    assert isinstance(call(main), RateLimited)
    assert call(other) is None
    assert isinstance(call(main), HeldBack)


@pytest.mark.parametrize("background", [False, True])
def test_E5_a_short_wait_is_waited_for_by_a_call_that_comes_later(main, recorder, background):
    recorder.script = [reply(429, headers={"Retry-After": "60"}), reply(200, PONG)]
    assert isinstance(call(main), RateLimited)
    later(main, 59.7)
    started = time.monotonic()
    assert call(main, background=background) is None
    assert 0.1 < time.monotonic() - started < 2


def test_E7_a_503_holds_the_others_back_as_well(main, recorder, quick):
    recorder.script = [reply(503, headers={"Retry-After": "600"}), reply(200, PONG)]
    assert isinstance(call(main), ServerFault)
    held = call(main)
    assert isinstance(held, HeldBack)
    assert (held.why, held.processed) == ("unavailable", "no")
    assert held.user_message == "ChartMogul is temporarily unavailable. Nothing was sent."
    assert upstream_status_of(main).what == "unavailable"
    assert len(recorder.requests) == 1


def test_E12_ten_failures_open_the_circuit_of_this_connection_only(visitor, main, recorder, quick):
    other = make_connection("Other")
    recorder.script = [*[reply(500)] * 10, reply(200, PONG)]
    assert isinstance(call(main, 10), ServerFault)
    took = []
    for _ in range(3):
        started = time.monotonic()
        page = visitor.open(LIST)
        took.append(time.monotonic() - started)
    assert min(took) < 0.1
    assert len(recorder.requests) == 10
    assert "requests are paused for a moment. Nothing was sent. Try again in" in page.alert
    assert page.page.one("retry-countdown")["data-seconds"] in ("29", "30")
    assert line(visitor).startswith("ChartMogul has been down since")
    assert call(other) is None
    assert line(visitor, "/c/other/") == ""


def test_E12_the_test_of_a_connection_says_why_nothing_was_sent(visitor, main, recorder, quick):
    recorder.script = [reply(500)]
    call(main, 10)
    page = visitor.open("/connections/main/").press("Test the key")
    assert len(recorder.requests) == 10
    assert "The test failed. The last requests of this connection failed" in page.text
    assert "Nothing was sent. Nothing was stored." in page.text


def test_E12_after_30_seconds_one_call_finds_out(visitor, main, recorder, quick):
    recorder.script = [*[reply(500)] * 11, reply(200, PONG)]
    call(main, 10)
    later(main, 31)
    assert isinstance(call(main), ServerFault)
    assert isinstance(call(main), HeldBack)
    later(main, 31)
    assert call(main, 3) is None
    assert line(visitor) == ""


def test_E12_a_call_that_opens_the_circuit_is_not_repeated_and_says_what_it_met(main, recorder, quick):
    recorder.script = [*[reply(500)] * 9, reply(502), reply(200, PONG)]
    call(main, 9)
    met = call(main)
    assert isinstance(met, ServerFault)
    assert met.status == 502
    assert len(recorder.requests) == 10


def test_three_failures_in_a_row_are_told_as_down_and_fewer_are_not(visitor, main, recorder, quick):
    recorder.script = [*[reply(500)] * 3, reply(200, PONG)]
    call(main, 2)
    assert line(visitor) == ""
    call(main)
    assert line(visitor).startswith("ChartMogul has been down since")
    later(main, 16 * 60)
    assert line(visitor) == ""


@pytest.mark.parametrize("status", [401, 403])
def test_E13_a_refused_key_is_told_once_and_nothing_is_tried_again(visitor, main, recorder, status):
    recorder.script = [reply(status, {"message": "No valid API key provided"}), reply(200, PONG)]
    assert isinstance(call(main), NotAuthorised)
    assert len(recorder.requests) == 1
    assert "has been rejecting this connection's key since" in line(visitor)
    held = call(main, background=True)
    assert isinstance(held, HeldBack)
    assert (held.why, held.retry_after) == ("key", None)
    assert len(recorder.requests) == 1
    assert call(main) is None
    assert line(visitor) == ""
    assert call(main, background=True) is None


@pytest.mark.parametrize(
    ("method", "status", "said"),
    [
        ("GET", 403, {"code": 403, "message": "Your trial has expired", "param": None}),
        ("POST", 403, {"code": 403, "message": "This API key is read-only", "param": None}),
        ("POST", 401, {"code": 401, "message": "No valid API key provided", "param": None}),
    ],
)
def test_what_is_refused_for_another_reason_says_nothing_of_the_key(visitor, main, recorder, method, status, said):
    recorder.script = [reply(status, said), reply(200, PONG)]
    with pytest.raises(NotAuthorised) as caught:
        ChartMogulClient.of(main).send(ApiRequest.build(method, "plans"))
    assert said["message"] in caught.value.user_message
    assert ("key may be read-only" in caught.value.user_message) == (method == "POST")
    assert line(visitor) == ""
    assert call(main, background=True) is None


def test_E13_a_403_without_a_word_of_why_may_be_the_key(visitor, main, recorder):
    recorder.script = [reply(403)]
    call(main)
    assert "has been rejecting this connection's key since" in line(visitor)


def test_E13_a_new_key_ends_it(visitor, main, recorder):
    recorder.routes = {"/v1/ping": reply(401)}
    call(main, 2)
    assert "Test or replace the key" in line(visitor)
    recorder.routes = {"/v1/ping": reply(200, PONG), "/v1/account": reply(200, ACCOUNT | {"name": "Example"})}
    # The very same key: somebody has allowed it again.
    page = visitor.open("/connections/main/key/").fill("Token", "sandbox").press("Test and replace")
    assert "The key has been replaced" in page.notice
    assert line(visitor) == ""


def test_B4_no_key_is_stored_with_what_calls_met(main, recorder):
    recorder.script = [reply(401, {"message": TOKEN})]
    main.set_credential(TOKEN)
    main.save()
    call(main)
    assert TOKEN not in str(Traffic.objects.get().state)


def test_a_page_without_calls_reads_one_row_more(visitor, main, recorder):
    recorder.script = [reply(200, PONG)]
    call(main)
    with CaptureQueriesContext(database) as queries:
        visitor.open(HOME)
    assert len([query for query in queries if "connections_traffic" in query["sql"]]) == 1


def test_a_page_that_calls_reads_none_more_and_tells_what_its_call_met(visitor, main, recorder, quick):
    call(main)
    recorder.script = [reply(429, headers={"Retry-After": "600"})]
    with CaptureQueriesContext(database) as queries:
        page = visitor.open(LIST)
    # One for the turn, and one for what the call met.
    assert len([query for query in queries if query["sql"].startswith("SELECT state")]) == 2
    assert "ChartMogul has been limiting requests since" in page.text


def test_who_gets_no_turn_is_told_why_and_not_what_an_earlier_call_left(main, recorder):
    recorder.script = [reply(200, PONG)]
    client = ChartMogulClient.of(main)
    client.send(PING)
    assert upstream_status_of(main) is None
    # Somebody else's call meets it meanwhile.
    change(main.budget_key, lambda state: vars(state).update(wait_until=time.time() + 60, limiting_since=time.time()))
    with pytest.raises(HeldBack):
        client.send(PING)
    assert upstream_status_of(main).what == "limiting"


def test_a_connection_that_cannot_be_reached_is_told_as_down(visitor, main, settings, quick):
    settings.API_ORIGINS = {"live": "http://127.0.0.1:1", "sandbox": "http://127.0.0.1:1"}
    assert isinstance(call(main), Unreachable)
    assert line(visitor).startswith("ChartMogul has been down since")


def test_the_line_names_the_time_of_the_account_and_the_day_if_it_was_another(visitor, main):
    since = datetime(2026, 1, 15, 13, 2, tzinfo=UTC).timestamp()
    state = LimiterState(refused_keys={main.fingerprint: since})
    Traffic.objects.create(budget_key=main.budget_key, state=state.as_stored())
    assert "since 2026-01-15 14:02 CET." in line(visitor)


def noted(*met: CallResult) -> LimiterState:
    state = LimiterState()
    for number, item in enumerate(met):
        state.record(Budget(), NOW + number, item, slot="", key="k1")
    return state


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([6, 6, 6], ("slow", NOW + 2)),
        ([6, 6], None),
        ([0.1, 0.1, 6, 6], ("slow", NOW + 3)),
        ([0.1, 0.1, 0.1, 30], None),
        ([6, 6, 6, 6, 6, 0.1, 0.1, 0.1], None),
    ],
)
def test_slow_is_what_most_calls_of_late_were(seconds, expected):
    state = noted(*(CallResult(status=200, seconds=each, failed=False) for each in seconds))
    assert judge(state, "k1", NOW + 10) == expected
    assert judge(state, "k1", NOW + 60 * 60) is None


def test_what_matters_most_is_told():
    down = [CallResult(status=503, seconds=9, failed=True, retry_after=9)] * 3
    assert judge(noted(*down), "k1", NOW + 3) == ("down", NOW)
    assert judge(noted(*down, CallResult(status=200, seconds=9, failed=False)), "k1", NOW + 4) == ("unavailable", NOW)
    assert judge(noted(*down, CallResult(status=401, seconds=9, failed=False, refuses_key=True)), "k1", NOW + 4) == (
        "key_refused",
        NOW + 3,
    )
