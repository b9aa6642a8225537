"""E4: whatever somebody posts, however large, the answer is a page of ours, and the server holds little of it."""

import json
import re
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.site import Site
from tests.pages import parse
from tests.security.production import PROXIED, Visitor

pytestmark = pytest.mark.xdist_group("production")

CASES = json.loads((Path(__file__).parents[1] / "data" / "too_much.json").read_text())
MOST_MEGABYTES = 50
PIECE = 256 * 1024


def pieces(case: dict) -> Iterator[bytes]:
    """A body of so many bytes, a little at a time."""
    yield case["start"].encode()
    end = case.get("end", "").encode()
    fill = case["fill"].encode()
    left = case["bytes"] - len(case["start"].encode()) - len(end)
    many = fill * (PIECE // len(fill))
    while left > 0:
        yield many[:left]
        left -= len(many)
    yield end


def post(site: Site, case: dict, headers: dict[str, str]) -> tuple[int, str]:
    """Status and page. All of the body is sent before the answer is read, as browsers do it."""
    address = urlsplit(site.address)
    with socket.create_connection((address.hostname, address.port), timeout=60) as sock:
        length = "Transfer-Encoding: chunked" if case.get("chunked") else f"Content-Length: {case['bytes']}"
        lines = [f"POST {case['path']} HTTP/1.1", length, *(f"{name}: {value}" for name, value in headers.items())]
        sock.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        for piece in pieces(case):
            try:
                sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if case.get("chunked") and piece else piece)
            except (ConnectionResetError, BrokenPipeError):
                # Only what comes without its length may be cut off.
                assert case.get("chunked")
                break
        answer = HTTPResponse(sock)
        answer.begin()
        return answer.status, answer.read().decode()


class Memory:
    """What the process that answers holds, in MB: `used` now, and `peak` since `forget`."""

    def __init__(self, site: Site) -> None:
        (worker,) = Path(f"/proc/{site.server.pid}/task/{site.server.pid}/children").read_text().split()
        self._process = Path(f"/proc/{worker}")

    def forget(self) -> None:
        (self._process / "clear_refs").write_text("5")

    def _read(self, name: str) -> float:
        found = re.search(rf"{name}:\s+(\d+) kB", (self._process / "status").read_text())
        assert found
        return int(found[1]) / 1024

    @property
    def used(self) -> float:
        return self._read("VmRSS")

    @property
    def peak(self) -> float:
        return self._read("VmHWM")


def test_E4_whatever_is_posted_is_answered_by_a_page_and_held_by_nobody(production: Site, sent_by_https: Visitor):
    anonymous = Visitor(production)
    anonymous.ask("GET", "/accounts/login/")
    memory = Memory(production)
    grown = {}
    for case in CASES:
        visitor = sent_by_https if case.get("signed_in", True) else anonymous
        cookies = {name: morsel.value for name, morsel in visitor.cookies.items()}
        headers = PROXIED | {
            "Content-Type": case["type"],
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies["__Host-csrf"],
            "Referer": "https://admin.example/",
        }
        memory.forget()
        before = memory.used
        status, page = post(production, case, headers)
        # The hash of any password, however short, takes 100 MB for a moment.
        grown[case["kind"]] = round(memory.peak - before) - case.get("besides", 0)
        assert status in case["status"], (case["kind"], status, page[:500])
        assert parse(page).one("h1").text
        if status in (400, 413):
            assert re.search("[0-9a-f]{12}", parse(page).one("code").text)
    assert max(grown.values()) <= MOST_MEGABYTES, grown
    # The server is as it was, for the next one.
    assert sent_by_https.ask("GET", "/connections/").status_code == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"GET /?q={'x' * 5_000} HTTP/1.1", 414),
        ("GET / HTTP/1.1\r\nX-Long: " + "x" * 10_000, 431),
        ("GET / HTTP/1.1" + "".join(f"\r\nX-{number}: x" for number in range(100)), 431),
    ],
    ids=["an address of 5 KB", "a header of 10 KB", "100 headers"],
)
def test_E4_long_addresses_and_headers_are_refused_before_our_code(line: str, status: int, production: Site):
    address = urlsplit(production.address)
    with socket.create_connection((address.hostname, address.port), timeout=30) as sock:
        sock.sendall(f"{line}\r\nHost: admin.example\r\n\r\n".encode())
        answer = HTTPResponse(sock)
        answer.begin()
        assert answer.status == status
        assert "Traceback" not in answer.read().decode()
