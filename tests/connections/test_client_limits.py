"""The client against servers that are slow, huge or broken."""

import gzip
import json
import subprocess
import sys
import time

import pytest

from connections import errors, services
from connections.api_request import ApiRequest
from connections.transport import Limits
from tests.connections.conftest import PONG
from tests.servers import (
    RecordingServer,
    big_json,
    gzip_bomb,
    hang,
    hang_after_headers,
    reply,
    trickle_body,
    trickle_headers,
    truncated,
)

PING = ApiRequest.build("GET", "ping")
POST = ApiRequest.build("POST", "plans", json={"name": "Pro"})
AT_MOST = 2.5
"""Seconds: some times what each limit here is, for a busy machine, and less than anything without it would take."""


@pytest.mark.parametrize("request_", [PING, POST], ids=["GET", "POST"])
@pytest.mark.parametrize("behaviour", [hang(), hang(b"HTTP/1.1 200 OK\r\n"), hang_after_headers()])
def test_E1_a_server_that_hangs_is_given_up(make_client, request_, behaviour):
    with RecordingServer(behaviour) as server:
        started = time.monotonic()
        with pytest.raises(errors.Unreachable) as caught:
            make_client(server.origin, real_time=True, limits=Limits(read=0.3, total=30)).send(request_)
        assert 0.25 < time.monotonic() - started < AT_MOST
        assert len(server.requests) == 1
    assert caught.value.reason == "timeout"
    assert caught.value.processed == ("no" if request_ is PING else "unknown")


def test_E1_a_tls_server_that_never_greets_is_given_up_as_a_connect_error(make_client):
    with RecordingServer(mute=True) as server:
        started = time.monotonic()
        with pytest.raises(errors.Unreachable) as caught:
            make_client(f"https://127.0.0.1:{server.port}", real_time=True, limits=Limits(connect=0.2, tries=1)).send(
                POST
            )
        assert time.monotonic() - started < AT_MOST
    assert (caught.value.reason, caught.value.processed) == ("connect", "no")


def test_E1_a_host_with_many_dead_addresses_takes_no_longer(make_client, monkeypatch):
    # Addresses set aside for documentation: nothing there answers, whether the network drops or refuses.
    addresses = [(2, 1, 6, "", (f"192.0.2.{number}", 9)) for number in range(1, 9)]
    monkeypatch.setattr("connections.transport.socket.getaddrinfo", lambda *arguments: addresses)
    started = time.monotonic()
    with pytest.raises(errors.Unreachable) as caught:
        make_client("http://many.test", real_time=True, limits=Limits(connect=0.4, tries=1)).send(PING)
    assert time.monotonic() - started < AT_MOST
    assert caught.value.reason == "connect"


def test_E1_a_dead_first_address_leaves_time_for_the_next(make_client, monkeypatch):
    with RecordingServer(reply(200, PONG)) as server:
        addresses = [(2, 1, 6, "", ("192.0.2.1", 9)), (2, 1, 6, "", ("127.0.0.1", server.port))]
        monkeypatch.setattr("connections.transport.socket.getaddrinfo", lambda *arguments: addresses)
        assert make_client("http://two.test", real_time=True).send(PING).data == PONG


@pytest.mark.parametrize("behaviour", [trickle_headers(0.02), trickle_body(0.02)], ids=["headers", "body"])
@pytest.mark.parametrize("request_", [PING, POST], ids=["GET", "POST"])
def test_E2_a_server_that_trickles_meets_the_total_deadline(make_client, behaviour, request_):
    with RecordingServer(behaviour) as server:
        started = time.monotonic()
        with pytest.raises(errors.Unreachable) as caught:
            make_client(server.origin, real_time=True).send(request_)
        assert 0.5 < time.monotonic() - started < AT_MOST
        assert len(server.requests) == 1
    assert caught.value.reason == "timeout"
    assert "in time" in caught.value.summary or "did not finish its response within 0.6 s" in caught.value.summary


def test_E2_a_server_that_does_not_take_the_body_is_given_up(make_client):
    with RecordingServer(mute=True) as server:
        request = ApiRequest(method="POST", path="/v1/imports", body=bytes(20_000_000))
        started = time.monotonic()
        with pytest.raises(errors.Unreachable) as caught:
            make_client(server.origin, real_time=True).send(request)
        assert time.monotonic() - started < AT_MOST
    assert (caught.value.reason, caught.value.processed) == ("timeout", "unknown")


@pytest.mark.parametrize("behaviour", [big_json(), gzip_bomb(), gzip_bomb(50 * 1024 * 1024)])
def test_E3_an_answer_is_cut_at_10_mb(make_client, behaviour):
    with RecordingServer(behaviour) as server, pytest.raises(errors.UnexpectedReply) as caught:
        make_client(server.origin, session_key="kept").send(PING)
    assert "larger than 10 MB" in caught.value.user_message
    assert caught.value.status == 200
    assert len(server.requests) == 1


def test_E3_an_answer_of_10_mb_is_read_and_one_byte_more_is_not(make_client):
    text = '"' + "a" * (10 * 1024 * 1024 - 2) + '"'
    with RecordingServer(reply(body=text.encode()), reply(body=text.encode() + b" ")) as server:
        assert len(make_client(server.origin).send(PING).body) == 10 * 1024 * 1024
        with pytest.raises(errors.UnexpectedReply):
            make_client(server.origin).send(PING)


MEASURE = """
import resource, sys
import tests.environment
import django
django.setup()
from connections.client import ApiRequest, ChartMogulClient
from connections.errors import UnexpectedReply

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

client = ChartMogulClient(sys.argv[1], "key")
try:
    client.send(ApiRequest.build("GET", "ping"))
except UnexpectedReply:
    pass
before = peak()
try:
    client.send(ApiRequest.build("GET", "huge"))
except UnexpectedReply as error:
    print(round(peak() - before), error.summary)
"""


@pytest.mark.parametrize("behaviour", [big_json(), gzip_bomb()], ids=["50 MB", "bomb"])
def test_E3_a_huge_answer_takes_little_memory(behaviour):
    with RecordingServer(routes={"/v1/ping": reply(body=b"{"), "/v1/huge": behaviour}) as server:
        result = subprocess.run(  # noqa: S603
            [sys.executable, "-c", MEASURE, server.origin],
            capture_output=True,
            text=True,
            check=True,
            env={"DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings", "PYTHONPATH": "."},
        )
    megabytes, _, said = result.stdout.partition(" ")
    assert "larger than 10 MB" in said
    assert int(megabytes) <= 40


def test_a_packed_answer_is_unpacked(make_client):
    body = gzip.compress(json.dumps(PONG).encode())
    with RecordingServer(reply(body=body, headers={"Content-Encoding": "gzip"})) as server:
        assert make_client(server.origin).send(PING).data == PONG


# Twelve bad answers: the first nine cannot be read by anyone, the others not by who asked for an account.
BAD = {
    "truncated": truncated(),
    "html": reply(body=b"<!doctype html><p>Sign in", content_type="text/html"),
    "invalid utf-8": reply(body=b'{"name": "\xff"}'),
    "nan": reply(body=b'{"name": NaN}'),
    "infinity": reply(body=b'{"name": -Infinity}'),
    "overflow": reply(body=b'{"name": 1e999}'),
    "depth 10 000": reply(body=b"[" * 10_000 + b"]" * 10_000),
    "depth 900": reply(body=b'{"a":' * 900 + b"1" + b"}" * 900),
    "duplicate keys": reply(body=b'{"name": 1, "name": 2}'),
    "lone surrogate": reply(body=b'{"name": "\\ud800"}'),
    "damaged gzip": reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    "long number": reply(body=b"9" * 5000),
    "not http": hang(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
}
UNFIT = {
    "empty 200": reply(),
    "list for object": reply(json=[PONG]),
    "wrong types": reply(json={"name": {"first": 1}, "currency": 7, "time_zone": []}),
    "missing fields": reply(json={}),
    "null": reply(body=b"null"),
}


@pytest.mark.parametrize("case", BAD)
def test_E10_a_bad_answer_gives_a_readable_error(make_client, case):
    with RecordingServer(BAD[case]) as server, pytest.raises(errors.UnexpectedReply) as caught:
        make_client(server.origin).send(PING)
    assert len(server.requests) == 1
    assert caught.value.summary.endswith(".")
    assert caught.value.status == (None if case == "not http" else 200)


@pytest.mark.parametrize("case", UNFIT)
def test_E10_an_answer_that_is_no_account_gives_a_readable_error(make_client, case):
    routes = {"/v1/ping": reply(200, PONG), "/v1/account": UNFIT[case]}
    with RecordingServer(routes=routes) as server, pytest.raises(errors.UnexpectedReply) as caught:
        services.check(make_client(server.origin))
    assert server.paths == ["/v1/ping", "/v1/account"]
    assert "not the way ChartMogul does" in caught.value.user_message
    assert "status 200" in caught.value.user_message


def test_E10_a_bad_answer_names_status_and_request_id(make_client):
    bad = reply(body=b"<p>", headers={"X-Request-Id": "abc-1"})
    with RecordingServer(bad) as server, pytest.raises(errors.UnexpectedReply) as caught:
        make_client(server.origin).send(PING)
    assert caught.value.user_message == "The response cannot be read: it is not JSON. (status 200, request ID abc-1)"
    assert caught.value.body == "<p>"


@pytest.mark.parametrize(
    "behaviour", [truncated(422), big_json(status=422), hang_after_headers(422)], ids=["cut", "huge", "hang"]
)
def test_E10_a_refusal_stays_one_however_its_body_ends(make_client, behaviour):
    with RecordingServer(behaviour) as server, pytest.raises(errors.Rejected) as caught:
        make_client(server.origin, real_time=True).send(POST)
    assert len(server.requests) == 1
    assert (caught.value.status, caught.value.processed) == (422, "no")
    assert caught.value.summary == "ChartMogul returned 422 without an explanation."
