"""Which requests may be sent: paths, query, headers and bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.api_request import ApiRequest


def test_values_are_quoted_and_the_body_keeps_its_order():
    request = ApiRequest.build(
        "PATCH",
        "customers/{uuid}",
        path_values={"uuid": "cus 1?#é"},
        query=[("cursor", "MjAy=="), ("tag", "a b"), ("tag", "c+d")],
        json={"name": "Zoë", "city": None, "amount": 1.5},
    )
    assert request.path == "/v1/customers/cus%201%3F%23%C3%A9"
    assert request.target == request.path + "?cursor=MjAy%3D%3D&tag=a%20b&tag=c%2Bd"
    assert request.body == '{"name":"Zoë","city":null,"amount":1.5}'.encode()
    assert not request.is_read


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "a/b",
        "/",
        "\\",
        "a\\b",
        "%2e%2e",
        "%2E",
        "%252e%252e",
        "..%2f",
        "..;",
        "..;/",
        ";x",
        "a\n",
        "a\0",
        "\x7f",
        "\ud800",
    ],
)
def test_a_hostile_part_of_a_path_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011  UnicodeEncodeError too
        ApiRequest.build("DELETE", "plans/{uuid}", path_values={"uuid": value})


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v2/ping",
        "v1/ping",
        "//evil.test/v1/",
        "/v1//ping",
        "/v1/ping/",
        "/v1/../x",
        "/v1/%2e%2e/x",
        "/v1/a b",
        "/v1/a?b",
        "/v1/a#b",
        "/v1/é",
        "/v1/%zz",
        "/v1/a%2Fb",
        "https://evil.test/v1/x",
        "/v1/ping\n",
    ],
)
def test_a_path_outside_v1_or_not_quoted_is_refused(path):
    with pytest.raises(ValueError, match="path"):
        ApiRequest(method="GET", path=path)


@given(st.text(), st.text(), st.text())
def test_whatever_is_put_in_stays_in_its_place(value, name, text):
    try:
        request = ApiRequest.build("GET", "plans/{uuid}", path_values={"uuid": value}, query=[(name, text)])
    except ValueError:
        return
    path, _, query = request.target.partition("?")
    assert path.startswith("/v1/plans/")
    assert path.count("/") == 3
    assert query.count("=") == 1
    assert "&" not in query
    assert request.target.isascii()
    assert request.target.isprintable()


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "get", "", "GET /"])
def test_only_the_six_methods_are_sent(method):
    with pytest.raises(ValueError, match="method"):
        ApiRequest(method=method, path="/v1/ping")


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "host",
        "Authorization",
        "Cookie",
        "Proxy-Authorization",
        "X-Forwarded-For",
        "Transfer-Encoding",
        "Content-Length",
        "Connection",
        "Accept ",
        "Accept:",
        "",
        "User-Agent",
        "Accept-Encoding",
    ],
)
def test_only_listed_headers_are_sent(name):
    with pytest.raises(ValueError, match="header"):
        ApiRequest(method="GET", path="/v1/ping", headers=((name, "x"),))


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "a\n", "a\0", "\t", " a", "a ", "€", "x" * 8193])
def test_only_one_line_of_printable_latin_1_is_sent_in_a_header(value):
    with pytest.raises(ValueError, match="header"):
        ApiRequest(method="GET", path="/v1/ping", headers=(("Accept", value),))


def test_a_header_is_given_once():
    with pytest.raises(ValueError, match="header"):
        ApiRequest(method="GET", path="/v1/ping", headers=(("Accept", "a"), ("ACCEPT", "b")))


def test_a_number_that_is_none_is_not_sent():
    with pytest.raises(ValueError, match="JSON"):
        ApiRequest.build("POST", "plans", json={"x": float("nan")})


def test_a_path_that_lacks_a_value_is_refused():
    with pytest.raises(ValueError, match="uuid"):
        ApiRequest.build("GET", "plans/{uuid}")
