"""The client against real sockets: what is sent, what is retried, what is refused."""

import base64
import logging
from email.utils import formatdate

import pytest

from connections import errors
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.models import Connection
from connections.transport import Limits
from tests.connections.conftest import PONG, SECRET_KEY, TOKEN
from tests.servers import RecordingServer, closed_port, raw, reply, reset

PING = ApiRequest.build("GET", "ping")
WRITES = ("POST", "PATCH", "PUT", "DELETE")


def write(method: str = "POST") -> ApiRequest:
    return ApiRequest.build(method, "plans", json={"name": "Pro"})


def test_a_call_goes_out_as_it_was_asked_for(make_client):
    with RecordingServer(reply(201, {"uuid": "pl_1"}, headers={"X-Request-Id": "abc-1"})) as server:
        request = ApiRequest(
            method="PATCH",
            path="/v1/plans/pl%20%C3%A9",
            query=(("a-b", "c@d e"),),
            body='{"name":"Zoë"}'.encode(),
            headers=(("If-Match", "W/é"),),
        )
        answer = make_client(server.origin).send(request)
    assert (answer.status, answer.data, answer.request_id) == (201, {"uuid": "pl_1"}, "abc-1")
    (seen,) = server.requests
    assert (seen.method, seen.path, seen.query, seen.body) == (
        "PATCH",
        "/v1/plans/pl%20%C3%A9",
        "a-b=c%40d%20e",
        '{"name":"Zoë"}'.encode(),
    )
    assert seen.headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "user-agent": "ChartMogul-Admin",
        "content-type": "application/json",
        "content-length": "15",
        "if-match": "W/é",
        # base64 of TOKEN:SECRET_KEY
        "authorization": "Basic Y2FuYXJ5LTAxMjM0NTY3ODlhYmNkZWYta2V5LTRmMmE6Y2FuYXJ5LXNlY3JldC1mZWRjYmE5ODc2NTQzMjEw",
    }


def test_a_header_given_replaces_the_usual_one(make_client):
    with RecordingServer(reply(200, PONG)) as server:
        request = ApiRequest(method="POST", path="/v1/x", body=b"a", headers=(("content-TYPE", "text/csv"),))
        make_client(server.origin).send(request)
    assert server.requests[0].headers["content-type"] == "text/csv"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207])
def test_any_2xx_is_success_and_an_empty_body_gives_none(make_client, status):
    with RecordingServer(reply(status)) as server:
        answer = make_client(server.origin).send(write("DELETE"))
    assert (answer.status, answer.data, answer.body) == (status, None, b"")


def test_a_head_request_has_no_body_to_wait_for(make_client):
    with RecordingServer(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")) as server:
        answer = make_client(server.origin).send(ApiRequest.build("HEAD", "ping"))
    assert (answer.status, answer.data) == (200, None)


def test_a_connection_is_kept_alive_for_one_account_and_cookies_are_not_kept(make_client):
    with RecordingServer(reply(200, PONG, headers={"Set-Cookie": "a=b; Path=/"})) as server:
        for _ in range(3):
            make_client(server.origin, session_key="one").send(PING)
        assert server.connections == 1
        make_client(server.origin, session_key="two").send(PING)
        assert server.connections == 2
    assert not any("cookie" in request.headers for request in server.requests)


def test_many_accounts_do_not_keep_many_connections_open(make_client):
    with RecordingServer(reply(200, PONG)) as server:
        for number in range(9):
            make_client(server.origin, session_key=f"account {number}").send(PING)
        make_client(server.origin, session_key="account 0").send(PING)
    assert server.connections == 10


def test_one_line_is_logged_without_query_or_key(make_client, caplog):
    caplog.set_level(logging.INFO)
    with RecordingServer(reply(200, PONG, headers={"X-Request-Id": "abc-1"})) as server:
        make_client(server.origin).send(
            ApiRequest.build("GET", "customers/search", query=[("email", "ada@example.com")])
        )
    (record,) = caplog.records
    assert record.getMessage().startswith("GET /v1/customers/search 200 ")
    assert record.getMessage().endswith("request id abc-1")


def test_a_request_id_that_would_break_the_log_is_dropped(make_client):
    with RecordingServer(reply(200, PONG, headers={"X-Request-Id": "a b\x1b[31m"})) as server:
        assert make_client(server.origin).send(PING).request_id == ""


def test_no_key_shows_in_a_failure(make_client, caplog):
    caplog.set_level(logging.DEBUG)
    with RecordingServer(reply(401, {"code": 401, "message": "No valid API key provided"})) as server:
        client = make_client(server.origin)
        with pytest.raises(errors.NotAuthorised) as caught:
            client.send(PING)
    said = [
        repr(caught.value),
        str(caught.value),
        caught.value.user_message,
        repr(client),
        repr(vars(client)),
        caplog.text,
    ]
    assert not any(secret in text for text in said for secret in (TOKEN, SECRET_KEY, "Y2FuYXJ5"))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("place", ["other port", "same port", "http", "other host"])
def test_A6_a_redirect_is_never_followed(make_client, status, method, place):
    with RecordingServer(reply(200, PONG)) as other, RecordingServer() as server:
        location = {
            "other port": f"{other.origin}/v1/plans",
            "same port": f"{server.origin}/v1/other",
            "http": f"//127.0.0.1:{other.port}/v1/plans",
            "other host": f"http://localhost:{other.port}/v1/plans",
        }[place]
        server.script = [reply(status, headers={"Location": location})]
        with pytest.raises(errors.Redirected) as caught:
            make_client(server.origin).send(ApiRequest.build(method, "plans", json={"name": "Pro"}))
    assert server.paths == ["/v1/plans"]
    assert other.connections == 0
    # A write that was carried out may be answered with 303.
    assert (caught.value.status, caught.value.processed) == (status, "no" if method == "GET" else "unknown")


def test_A6_a_hostile_location_is_not_even_read(make_client):
    answer = reply(302, headers={"Location": "http://[\xff"})
    with RecordingServer(answer) as server, pytest.raises(errors.Redirected):
        make_client(server.origin).send(PING)
    assert len(server.requests) == 1


def test_A7_nothing_of_the_environment_is_used(make_client, monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login intruder password intruder\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("NO_PROXY", "")
    with RecordingServer(reply(200, PONG)) as proxy, RecordingServer(reply(200, PONG)) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        make_client(server.origin).send(PING)
    assert proxy.connections == 0
    assert server.requests[0].headers["authorization"].startswith("Basic Y2FuYXJ5")


@pytest.mark.django_db
def test_A7_where_a_key_goes_is_a_server_setting(settings):
    connection = Connection(name="Main", kind="live")
    connection.set_credential(TOKEN)
    with RecordingServer(reply(200, PONG)) as server:
        settings.API_ORIGINS = {"live": server.origin, "sandbox": "http://127.0.0.1:1"}
        ChartMogulClient.of(connection).send(PING)
    assert server.paths == ["/v1/ping"]
    assert not [field.name for field in Connection._meta.fields if "url" in field.name or "host" in field.name]


def retry_after(value: str) -> dict[str, str]:
    return {"Retry-After": value} if value else {}


@pytest.mark.parametrize(
    ("value", "slept"),
    [("2", 2.0), (" 2 ", 2.0), ("0", 0.0), ("20", 20.0), ("date", 5.0)],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_E5_a_wait_that_fits_is_kept_to(make_client, timer, value, slept, method):
    header = formatdate(timer.wall_clock() + 5, usegmt=True) if value == "date" else value
    with RecordingServer(reply(429, headers=retry_after(header)), reply(200, PONG)) as server:
        assert make_client(server.origin).send(ApiRequest.build(method, "plans")).data == PONG
    assert timer.sleeps == [slept]
    assert len(server.requests) == 2


@pytest.mark.parametrize("value", ["", "-1", "junk", "1.5", "²", "9" * 5000, "Mon, 99 Foo 2020", "past"])
def test_E5_a_wait_that_says_nothing_becomes_a_jittered_back_off(make_client, timer, value):
    header = formatdate(timer.wall_clock() - 5, usegmt=True) if value == "past" else value
    with RecordingServer(
        reply(429, headers=retry_after(header.encode().decode("latin-1"))), reply(200, PONG)
    ) as server:
        make_client(server.origin).send(PING)
    (pause,) = timer.sleeps
    assert 0 <= pause <= 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("value", ["21", "86400", "date"])
def test_E5_a_wait_that_does_not_fit_is_told_instead(make_client, timer, value):
    header = formatdate(timer.wall_clock() + 86_400, usegmt=True) if value == "date" else value
    answer = reply(429, {"message": "Slow down"}, headers=retry_after(header))
    with RecordingServer(answer) as server, pytest.raises(errors.RateLimited) as caught:
        make_client(server.origin).send(PING)
    assert timer.sleeps == []
    assert len(server.requests) == 1
    assert caught.value.retry_after == (86_400 if value == "date" else float(value))
    assert caught.value.processed == "no"


@pytest.mark.parametrize("status", [429, 502, 503, 504, 520, 524])
def test_E7_a_read_is_tried_again_until_it_works(make_client, timer, status):
    with RecordingServer(reply(status), reply(status), reply(status), reply(200, PONG)) as server:
        assert make_client(server.origin).send(PING).data == PONG
    assert len(server.requests) == 4
    assert [pause <= most for pause, most in zip(timer.sleeps, (1, 2, 4), strict=True)] == [True, True, True]


def test_E7_a_read_is_tried_four_times_and_no_more(make_client, timer):
    with RecordingServer(reply(503)) as server, pytest.raises(errors.ServerFault) as caught:
        make_client(server.origin).send(PING)
    assert len(server.requests) == 4
    assert (caught.value.status, caught.value.processed) == (503, "no")
    assert sum(timer.sleeps) <= 20


def test_E7_no_try_begins_after_20_seconds(make_client, timer):
    with RecordingServer(reply(503, headers=retry_after("9"))) as server, pytest.raises(errors.ServerFault):
        make_client(server.origin).send(PING)
    assert timer.sleeps == [9.0, 9.0]
    assert len(server.requests) == 3


def test_E7_the_back_off_is_spread_over_its_whole_range(make_client, timer):
    for _ in range(20):
        with closed_port() as origin, pytest.raises(errors.Unreachable):
            make_client(origin).send(PING)
    thirds = timer.sleeps[2::3]
    assert max(thirds) > 2
    assert min(thirds) < 2


def test_E7_a_read_that_is_reset_is_tried_again(make_client):
    with RecordingServer(reset(), raw(b""), reply(200, PONG)) as server:
        assert make_client(server.origin).send(PING).data == PONG
    assert len(server.requests) == 3


def test_a_read_answered_500_is_not_tried_again(make_client):
    with RecordingServer(reply(500)) as server, pytest.raises(errors.ServerFault):
        make_client(server.origin).send(PING)
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        pytest.param(reply(500), errors.ServerFault, id="500"),
        pytest.param(reply(502), errors.ServerFault, id="502"),
        pytest.param(reply(503), errors.ServerFault, id="503"),
        pytest.param(reply(503, headers={"Retry-After": "1"}), errors.ServerFault, id="503-retry-after"),
        pytest.param(reply(504), errors.ServerFault, id="504"),
        pytest.param(reset(), errors.Unreachable, id="reset"),
        pytest.param(raw(b""), errors.Unreachable, id="closed"),
        pytest.param(reply(200, body=b"{"), errors.UnexpectedReply, id="unreadable"),
    ],
)
def test_E8_a_write_of_unknown_outcome_is_not_sent_again(make_client, timer, method, behaviour, expected):
    with RecordingServer(behaviour, reply(200, PONG)) as server, pytest.raises(expected) as caught:
        make_client(server.origin).send(write(method))
    assert len(server.requests) == 1
    assert caught.value.processed == "unknown"
    assert timer.sleeps == []


@pytest.mark.parametrize("method", WRITES)
def test_E8_a_kept_connection_that_resets_after_the_write_is_not_a_connect_error(make_client, method):
    with RecordingServer(reply(200, PONG), reset(), reply(200, PONG)) as server:
        client = make_client(server.origin, session_key="kept")
        client.send(PING)
        with pytest.raises(errors.Unreachable) as caught:
            client.send(write(method))
        assert server.connections == 1
    assert len(server.requests) == 2
    assert (caught.value.reason, caught.value.processed) == ("reset", "unknown")


def test_E8_a_kept_connection_that_was_closed_meanwhile_is_replaced(make_client):
    with RecordingServer(raw(b"HTTP/1.1 204 No Content\r\n\r\n"), reply(200, PONG)) as server:
        client = make_client(server.origin, session_key="kept")
        client.send(PING)
        server.wait_for_the_end_of_connections()
        assert client.send(write()).data == PONG
    assert [request.method for request in server.requests] == ["GET", "POST"]


@pytest.mark.parametrize("method", WRITES)
def test_E9_a_write_refused_with_429_is_sent_again_and_has_one_effect(make_client, method):
    with RecordingServer(reply(429), reply(429), reply(429), reply(200, PONG)) as server:
        assert make_client(server.origin).send(write(method)).data == PONG
    assert len(server.requests) == 4
    assert len({request.body for request in server.requests}) == 1


def test_E9_a_write_refused_for_ever_is_sent_four_times_at_most(make_client):
    with RecordingServer(reply(429)) as server, pytest.raises(errors.RateLimited) as caught:
        make_client(server.origin).send(write())
    assert len(server.requests) == 4
    assert caught.value.processed == "no"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_E9_a_connection_refused_is_tried_again(make_client, timer, method):
    with closed_port() as origin, pytest.raises(errors.Unreachable) as caught:
        make_client(origin).send(ApiRequest.build(method, "plans"))
    assert len(timer.sleeps) == 3
    assert (caught.value.reason, caught.value.processed) == ("connect", "no")
    assert "refused the connection" in caught.value.summary


def test_a_name_that_is_not_known_says_so(make_client):
    with pytest.raises(errors.Unreachable) as caught:
        make_client("http://nosuch.invalid").send(PING)
    assert caught.value.reason == "dns"
    assert "DNS" in caught.value.summary


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, errors.Rejected),
        (403, errors.NotAuthorised),
        (404, errors.NotFound),
        (409, errors.Rejected),
        (422, errors.Rejected),
    ],
)
def test_a_refusal_carries_what_a_person_needs(make_client, status, expected):
    answer = reply(status, {"errors": {"name": "Taken."}}, headers={"X-Request-Id": "abc-1"})
    with RecordingServer(answer) as server, pytest.raises(expected) as caught:
        make_client(server.origin).send(write())
    error = caught.value
    assert (error.status, error.method, error.path, error.request_id) == (status, "POST", "/v1/plans", "abc-1")
    assert error.field_errors == {"name": ["Taken."]}
    assert error.body == '{"errors": {"name": "Taken."}}'
    assert error.processed == "no"
    assert len(server.requests) == 1


def test_the_shipped_limits():
    limits = Limits()
    assert (limits.connect, limits.read, limits.total, limits.retry_window, limits.tries) == (5, 30, 60, 20, 4)
    assert limits.body_bytes == 10 * 1024 * 1024


@pytest.mark.parametrize("status", [200, 401])
def test_B4_an_answer_that_quotes_the_key_is_kept_without_it(make_client, status):
    basic = base64.b64encode(f"{TOKEN}:{SECRET_KEY}".encode()).decode()
    quoted = {"error": f"Basic {basic}", "key": TOKEN, "more": [SECRET_KEY]}
    with RecordingServer(reply(status, quoted, headers={"X-Request-Id": TOKEN, "X-Echo": basic})) as server:
        client = make_client(server.origin)
        if status == 200:
            answer = client.send(PING)
            kept = answer.body.decode() + str(answer.data) + str(answer.headers) + answer.request_id
        else:
            with pytest.raises(errors.NotAuthorised) as caught:
                client.send(PING)
            kept = caught.value.body + str(vars(caught.value))
    assert "[key]" in kept
    assert not any(secret in kept for secret in (TOKEN, SECRET_KEY, basic))
