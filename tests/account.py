"""A stand-in for a large account: lists of any length, generated page by page, with a count of the requests."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

Make = Callable[[int], dict[str, Any]]

ROWS_KEYS = {"customers": "entries"}


class BigAccount:
    """Serves `/v1/<list>` in pages. `lists` has the length of each list and the function that makes a row from its
    number; every other list is empty.

    with BigAccount(customers=(1_000, lambda number: {"uuid": f"cus_{number}"})) as account:
        ...
    assert account.fetched["customers", 0] == 1   # requests for the page that begins with this row
    """

    def __init__(self, latency: float = 0.0, **lists: tuple[int, Make]) -> None:
        self.lists = lists
        self.latency = latency
        self.fetched: Counter[tuple[str, int]] = Counter()
        self.came: list[float] = []
        self._lock = threading.Lock()
        self._packed: dict[tuple[str, int, int], bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def page(self, name: str, first: int, size: int) -> bytes:
        if (name, first, size) not in self._packed:
            length, make = self.lists.get(name, (0, dict))
            rows = [make(number) for number in range(first, min(first + size, length))]
            following = first + size
            answer = {
                ROWS_KEYS.get(name, name): rows,
                # Like ChartMogul's, not null on the last page either.
                "cursor": str(following),
                "has_more": following < length,
            }
            self._packed[name, first, size] = json.dumps(answer).encode()
        return self._packed[name, first, size]

    def note(self, name: str, first: int) -> None:
        with self._lock:
            self.came.append(time.monotonic())
            self.fetched[name, first] += 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        account = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                query = dict(parse_qsl(address.query))
                name, first = address.path.removeprefix("/v1/"), int(query.get("cursor", 0))
                account.note(name, first)
                if account.latency:
                    time.sleep(account.latency)
                body = account.page(name, first, int(query.get("per_page", 200)))
                head = (
                    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                ).encode()
                self.wfile.write(head + body)

            def log_message(self, *arguments: Any) -> None:
                pass

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        self._server.shutdown()
        self._server.server_close()
