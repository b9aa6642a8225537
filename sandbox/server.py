"""The HTTP side: a thread per connection, keep-alive, authentication, limits, faults and the request log."""

import base64
import binascii
import ipaddress
import json
import logging
import re
import socket
import socketserver
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from sandbox import routing, seed
from sandbox.context import Api, Request
from sandbox.errors import JSON, TEXT, ApiError, coded, no_page, to_json
from sandbox.faults import Fault, Faults
from sandbox.limits import ParallelLimit, RateLimit
from sandbox.store import Store

logger = logging.getLogger(__name__)

API_KEY = "sandbox"
# A \u0000 after an even number of backslashes, so an escape. SQLite would end the text there.
_NULL_CHARACTER = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
LARGEST_BODY = 5 * 1024 * 1024
FAULTS_PATH = "/_sandbox/faults"
RESET_PATH = "/_sandbox/reset"


@dataclass(frozen=True)
class LoggedRequest:
    """A request as it was received, with its raw body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str = JSON
    body: bytes = b""
    retry_after: str | None = None

    @classmethod
    def from_error(cls, error: ApiError, retry_after: str | None = None) -> "Reply":
        if error.status == 429 and retry_after is None:
            retry_after = "1"
        return cls(error.status, error.content_type, error.body.encode(), retry_after)


class SandboxServer:
    """The stand-in, listening on a loopback address.

        with SandboxServer(rate_limit=None) as server:
            requests.get(server.url + "/v1/ping", auth=("sandbox", ""))

    `port=0` takes a free port. `database` is a file, or ":memory:" for a private copy of the seed. `clock` (seconds,
    for the rate limit) and `now` (for dates) may be replaced. With `log_requests` every request, except those for
    faults and resets, is kept in `requests`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        database: str | Path = ":memory:",
        rate_limit: int | None = 40,
        parallel_limit: int = 20,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        log_requests: bool = True,
    ) -> None:
        if not ipaddress.ip_address("127.0.0.1" if host == "localhost" else host).is_loopback:
            raise ValueError(f"The sandbox listens on a loopback address only, not on {host}.")
        if not 0 <= port <= 65535:
            raise ValueError(f"The sandbox listens on a port between 0 and 65535, not on {port}.")
        self.faults = Faults()
        self.requests: list[LoggedRequest] = []
        self.api = Api(store=Store(database), now=now)
        if not self.api.store.is_built():
            self.reset()
        self._rate = RateLimit(rate_limit, clock)
        self._parallel = ParallelLimit(parallel_limit)
        self._log_requests = log_requests
        self._stopping = threading.Event()
        try:
            self._http = _HttpServer((host, port), self)
        except OSError as error:
            self.api.store.close()
            raise OSError(f"The sandbox cannot listen on port {port} of {host}: {error.strerror}.") from error
        bound, self.port = self._http.server_address[:2]
        shown = f"[{bound!s}]" if self._http.address_family == socket.AF_INET6 else bound
        self.url = f"http://{shown!s}:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self.close()

    def serve_forever(self) -> None:
        """Serve in this thread until an exception such as KeyboardInterrupt ends it."""
        self._http.serve_forever()

    def close(self) -> None:
        """Close all connections and the database."""
        self._stopping.set()
        self._http.server_close()
        self._http.hang_up()
        self.api.store.close()

    def reset(self) -> None:
        """Discard all data and start from the seed again."""
        self.api.store.copy_from(seed.template())

    # One request

    def reply(self, request: LoggedRequest) -> tuple[Reply | None, bool]:
        """Return the reply (None: never answer), and whether to cut it off half way."""
        if request.path == FAULTS_PATH:
            return self._set_faults(request), False
        if (request.method, request.path) == ("POST", RESET_PATH):
            return self._reset_from_outside(request), False
        if self._log_requests:
            self.requests.append(request)
        fault = self.faults.take(request.method, request.path)
        try:
            with self._parallel.hold():
                return self._reply_with(fault, request)
        except ApiError as error:
            return Reply.from_error(error), False

    def _reply_with(self, fault: Fault | None, request: LoggedRequest) -> tuple[Reply | None, bool]:
        if fault is None:
            return self._answer(request), False
        if fault.latency and self._stopping.wait(fault.latency):
            return None, False
        error = fault.error()
        reply = None
        if fault.applied or not (error or fault.hang):
            reply = self._answer(request)
        if fault.hang:
            return None, False
        if error:
            reply = Reply.from_error(error, fault.retry_after)
        return reply, fault.cut_off

    def _answer(self, logged: LoggedRequest) -> Reply:
        """Return the regular reply, without faults."""
        try:
            self._rate.check()
            if not _is_authentic(logged.headers.get("authorization", "")):
                raise coded(401, "No valid API key provided")
            request = Request(
                method=logged.method, path=logged.path, query=logged.query, body=_read_object(logged.body)
            )
            status, document = routing.answer(self.api, request)
        except ApiError as error:
            return Reply.from_error(error)
        except UnicodeEncodeError:
            return Reply.from_error(coded(400, "The body holds half of a surrogate pair"))
        except Exception:
            logger.exception("%s %s", logged.method, logged.path)
            return Reply(500, TEXT, b"500 Internal Server Error")
        if document is None:
            return Reply(status)
        return Reply(status, JSON, to_json(document).encode())

    def _reset_from_outside(self, request: LoggedRequest) -> Reply:
        """Reset the data. It requires the API key, which a page of another site in the same browser cannot send."""
        if not _is_authentic(request.headers.get("authorization", "")):
            return Reply(401)
        self.reset()
        return Reply(204)

    def _set_faults(self, request: LoggedRequest) -> Reply:
        try:
            if request.method == "POST":
                self.faults.add_from_json(_read_object(request.body))
            elif request.method == "DELETE":
                self.faults.clear()
            else:
                raise no_page()
        except ApiError as error:
            return Reply.from_error(error)
        return Reply(204)


def _is_authentic(header: str) -> bool:
    """Check HTTP Basic: the API key as the user name, and an empty password."""
    scheme, _, encoded = header.partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and given == f"{API_KEY}:".encode()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _read_object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise coded(400, "The body is not valid JSON") from None
    if _NULL_CHARACTER.search(body):
        raise coded(400, "The body holds a null character")
    if not isinstance(value, dict):
        raise coded(400, "The body must be a JSON object")
    return value


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without the host name lookup of HTTPServer, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake the threads that wait on an open connection, so that they end."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    logger.debug("A client was already gone")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Send head and body in one packet and at once: with Nagle's algorithm a kept-alive response waits 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _HttpServer

    def _handle(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._discard(length)
            return self._send(Reply.from_error(coded(413, "The body is larger than 5 MB or of unknown length")))
        body = self.rfile.read(int(length))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply, cut_off = self.server.sandbox.reply(LoggedRequest(self.command, parts.path, query, headers, body))
        if reply is None:
            # Never answer. A waiting client sends nothing, so this returns when it disconnects.
            self.connection.recv(1)
            self.close_connection = True
            return None
        return self._send(reply, cut_off)

    def _discard(self, length: str) -> None:
        """Read and discard a body that is too long: closing with unread bytes would reset the connection before the
        client has read the response."""
        left = int(length) if length.isdigit() else 0
        while left > 0 and (piece := self.rfile.read(min(left, LARGEST_BODY))):
            left -= len(piece)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def _send(self, reply: Reply, cut_off: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("X-Request-Id", str(uuid.uuid4()))
        if reply.status != 204:
            self.send_header("Content-Type", reply.content_type)
            # For a cut-off body, announce more than is sent.
            self.send_header("Content-Length", str(len(reply.body) + (1 if cut_off else 0)))
        if reply.retry_after:
            self.send_header("Retry-After", reply.retry_after)
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut_off else reply.body)
        self.close_connection = self.close_connection or cut_off

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ValueError):
            # The client closed the connection, or the server did on shutdown: there is nobody to answer.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        logger.debug(format, *args)
