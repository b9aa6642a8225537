"""The HTTP side: keys, bodies, limits, faults, persistence and resets."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.conftest import Caller


def test_the_key(call):
    call.auth = ("sandbox", "")
    assert call("GET", "/v1/ping").json() == {"data": "pong!"}


@pytest.mark.parametrize(
    "auth",
    [
        None,
        ("sandbox", "sandbox"),
        ("sandbox", "other"),
        ("sandbox", " "),
        ("other", ""),
        ("", "sandbox"),
        ("sandbox:", ""),
    ],
)
@pytest.mark.parametrize("path", ["/v1/ping", "/v1/customers", "/v1/unknown"])
def test_any_other_key(call, auth, path):
    call.auth = auth
    answer = call("GET", path)
    assert answer.status_code == 401
    assert answer.json() == {"code": 401, "message": "No valid API key provided", "param": None}


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer sandbox", "Basic c2FuZGJveA=="])
def test_odd_authorization(call, header):
    call.auth = None
    assert call("GET", "/v1/ping", headers={"Authorization": header}).status_code == 401


def test_account_with_include(call):
    plain = call("GET", "/v1/account").json()
    assert set(plain) == {"id", "name", "currency", "time_zone", "week_start_on"}
    more = call("GET", "/v1/account?include=churn_recognition,refund_handling").json()
    assert more == plain | {"churn_recognition": "churn_at_time_of_cancelation", "refund_handling": "refund_ignore"}
    assert call("GET", "/v1/account?include=everything").status_code == 400


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b"\xff", b'{"name": NaN}', b"[" * 100_000, b'{"name":"\\ud800"}']
)
def test_bad_bodies(call, body):
    answer = call("POST", "/v1/data_sources", data=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def test_answers_are_utf8_json_with_a_request_id(call):
    made = call("POST", "/v1/data_sources", json={"name": "Größe €"})
    assert "Größe €".encode() in made.content
    assert made.headers["Content-Type"].startswith("application/json")
    assert made.headers["X-Request-Id"]


def test_a_method_a_path_does_not_know(call):
    assert call("PUT", "/v1/customers").status_code == 404


def test_a_body_that_is_too_large(call):
    assert call("POST", "/v1/data_sources", data=b" " * (5 * 1024 * 1024 + 1)).status_code == 413


def test_kept_connections_answer_at_once(call):
    call("GET", "/v1/ping")
    started = time.perf_counter()
    for _ in range(20):
        call("GET", "/v1/ping")
    # with a delayed acknowledgement each would take 40 ms
    assert time.perf_counter() - started < 0.4


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])  # noqa: S104
def test_loopback_only(host):
    with pytest.raises(ValueError, match="loopback"):
        SandboxServer(host=host)


# Limits


def test_the_rate_limit():
    now = [100.0]
    with SandboxServer(clock=lambda: now[0]) as server, Caller(server) as call:
        assert {call("GET", "/v1/ping").status_code for _ in range(40)} == {200}
        refused = call("GET", "/v1/ping")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "1"
        assert refused.json() == {
            "code": 429,
            "message": "Your request rate has exceeded our rate limit.",
            "param": None,
        }
        now[0] += 1
        assert call("GET", "/v1/ping").status_code == 200


def test_too_many_at_a_time():
    entered, release = threading.Event(), threading.Event()

    def clock():
        """Keeps the first request under way until it is released."""
        entered.set()
        release.wait(5)
        return 0.0

    with SandboxServer(parallel_limit=1, clock=clock) as server, Caller(server) as call, Caller(server) as other:
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(other, "GET", "/v1/ping")
            entered.wait(5)
            assert call("GET", "/v1/ping").status_code == 503
            release.set()
            assert first.result().status_code == 200
        assert call("GET", "/v1/ping").status_code == 200


def test_requests_at_once_are_all_stored(server, source):
    def create(number):
        with Caller(server) as call:
            body = {"data_source_uuid": source, "external_id": f"c-{number % 40}"}
            return call("POST", "/v1/customers", json=body).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(create, range(80)))
    # each id was sent twice: one of the two is refused
    assert sorted(statuses) == [201] * 40 + [422] * 40
    with Caller(server) as call:
        entries = call("GET", f"/v1/customers?data_source_uuid={source}").json()["entries"]
    assert len({entry["id"] for entry in entries}) == 40


# Faults


def test_a_status_so_many_times(server, call):
    server.faults.add(method="GET", path="/v1/customers*", status=503, times=2)
    statuses = [call("GET", "/v1/customers?per_page=1").status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert call("GET", "/v1/ping").status_code == 200


def test_429_with_a_chosen_retry_after(server, call):
    server.faults.add(status=429, retry_after="7")
    answer = call("GET", "/v1/ping")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(
    ("body", "content_type"), [("text", "text/plain"), ("html", "text/html"), ("json", "application/json")]
)
def test_500_in_every_form(server, call, body, content_type):
    server.faults.add(status=500, body=body)
    answer = call("GET", "/v1/ping")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith(content_type)
    assert "500" in answer.text


def test_latency(server, call):
    server.faults.add(latency=0.1)
    started = time.perf_counter()
    assert call("GET", "/v1/ping").json() == {"data": "pong!"}
    assert time.perf_counter() - started >= 0.1


def test_no_answer(server, call):
    server.faults.add(hang=True)
    with pytest.raises(requests.ReadTimeout):
        call("GET", "/v1/ping", timeout=0.1)


def test_an_answer_cut_off(server, call):
    server.faults.add(cut_off=True)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        call("POST", "/v1/data_sources", json={"name": "Stored all the same"})
    assert len(call("GET", "/v1/data_sources?name=Stored all the same").json()["data_sources"]) == 1


@pytest.mark.parametrize(("applied", "stored"), [(False, 0), (True, 1)])
def test_a_write_whose_answer_is_lost(server, call, applied, stored):
    server.faults.add(method="POST", status=502, applied=applied)
    assert call("POST", "/v1/data_sources", json={"name": "Lost"}).status_code == 502
    assert len(call("GET", "/v1/data_sources?name=Lost").json()["data_sources"]) == stored


def test_faults_over_http(call):
    call.auth = None
    fault = {"path": "/v1/ping", "status": 504, "times": None, "body": "text"}
    assert call("POST", "/_sandbox/faults", json=fault).status_code == 204
    assert [call("GET", "/v1/ping").status_code for _ in range(3)] == [504] * 3
    assert call("DELETE", "/_sandbox/faults").status_code == 204
    assert call("GET", "/v1/ping").status_code == 401
    for odd in ({"stauts": 503}, {"times": "2"}, {"hang": 1}):
        assert call("POST", "/_sandbox/faults", json=odd).status_code == 400


def test_the_log_of_requests(server, call):
    call("POST", "/v1/data_sources?x=1", json={"name": "Logged"})
    (logged,) = server.requests
    assert (logged.method, logged.path, logged.query) == ("POST", "/v1/data_sources", {"x": "1"})
    assert logged.headers["content-type"] == "application/json"
    assert json.loads(logged.body) == {"name": "Logged"}


# Keeping


def test_data_is_kept_between_starts_and_reset(tmp_path):
    database = tmp_path / "sandbox.sqlite3"

    def names(call):
        return [source["name"] for source in call("GET", "/v1/data_sources").json()["data_sources"]]

    with SandboxServer(database=database) as server, Caller(server) as call:
        call.make("/v1/data_sources", {"name": "Kept"})
    with SandboxServer(database=database) as server, Caller(server) as call:
        assert "Kept" in names(call)
        server.reset()
        assert "Kept" not in names(call)
        assert len(names(call)) == 6
        # still a database that cascades
        stripe = call("GET", "/v1/data_sources?name=Stripe").json()["data_sources"][0]["uuid"]
        call("DELETE", f"/v1/data_sources/{stripe}")
        assert call("GET", "/v1/customers?system=Stripe").json()["entries"] == []


def test_it_is_reset_from_outside_too(tmp_path):
    with SandboxServer() as server, Caller(server) as call:
        call.make("/v1/data_sources", {"name": "Made"})
        assert requests.get(f"{server.url}/_sandbox/reset", timeout=5).status_code == 401
        assert requests.post(f"{server.url}/_sandbox/reset", timeout=5).status_code == 401
        assert "Made" in call("GET", "/v1/data_sources").text
        assert requests.post(f"{server.url}/_sandbox/reset", auth=("sandbox", ""), timeout=5).status_code == 204
        assert "Made" not in call("GET", "/v1/data_sources").text


def test_closing_ends_a_request_that_hangs():
    with SandboxServer() as server:
        server.faults.add(hang=True)
        thread = threading.Thread(target=_is_hung_up_on, args=(server.url + "/v1/ping",))
        thread.start()
        deadline = time.monotonic() + 10
        while not server.requests:
            assert time.monotonic() < deadline
            time.sleep(0.005)
    thread.join(2)
    assert not thread.is_alive()


def _is_hung_up_on(url):
    with pytest.raises(requests.ConnectionError):
        requests.get(url, auth=("sandbox", ""), timeout=5)
