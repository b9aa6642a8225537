"""D7: where a request comes from is what our own proxies say, and nothing that a client wrote."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from chartmogul_admin.outer_middleware import trusted_proxies

SOCKET = "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.7", SOCKET),
        (0, "", SOCKET),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.9, 203.0.113.7", "203.0.113.7"),
        (1, "127.0.0.1, 198.51.100.9,203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
        # Nobody's address, or not by way of as many proxies as there are: that of the socket.
        (2, "203.0.113.7", SOCKET),
        (1, "", SOCKET),
        (1, "unknown", SOCKET),
        (1, "203.0.113.7, evil\r\n", SOCKET),
        (1, "x" * 5_000, SOCKET),
    ],
)
def test_D7_the_address_is_that_which_our_own_proxies_wrote(proxies: int, forwarded: str, address: str, settings):
    settings.TRUSTED_PROXIES = proxies
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    trusted_proxies(view)(RequestFactory().get("/", REMOTE_ADDR=SOCKET, HTTP_X_FORWARDED_FOR=forwarded))
    assert seen == [address]
