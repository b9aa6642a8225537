"""Local servers on real sockets that record requests and answer, or misbehave, according to a script.

with RecordingServer(reply(503), reply(200, {"data": "pong!"})) as server:
    ...                                    # the last answer is repeated
assert [request.path for request in server.requests] == ["/v1/ping", "/v1/ping"]
"""

import contextlib
import gzip
import json as json_module
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

KILOBYTE = 1024
MEGABYTE = 1024 * 1024
# Seconds that a client may take to read an answer, or for the TLS handshake.
PATIENCE = 5


@dataclass(frozen=True)
class Recorded:
    """A received request; header names in lower case, path and query still quoted."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


# Writes an answer. Returns True to keep the connection open for the next request; the event is set when the server stops.
Behaviour = Callable[[socket.socket, threading.Event], bool]


def reply(
    status: int = 200,
    json: Any = None,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> Behaviour:
    """A well-formed answer."""
    content = body if json is None else json_module.dumps(json).encode()
    head = {"Content-Type": content_type, "Content-Length": str(len(content)), **(headers or {})}
    return raw(_head(status, head) + content, keep=True)


def late(seconds: float, then: Behaviour) -> Behaviour:
    """Behave like `then`, so many seconds after the request."""

    def behave(sock: socket.socket, stopping: threading.Event) -> bool:
        stopping.wait(seconds)
        return then(sock, stopping)

    return behave


def raw(data: bytes, *, keep: bool = False) -> Behaviour:
    """Send exactly these bytes, then close the connection unless `keep`."""

    def behave(sock: socket.socket, stopping: threading.Event) -> bool:
        sock.sendall(data)
        return keep

    return behave


def hang(before: bytes = b"") -> Behaviour:
    """Send `before`, and then nothing while the connection stays open."""

    def behave(sock: socket.socket, stopping: threading.Event) -> bool:
        sock.sendall(before)
        stopping.wait()
        return False

    return behave


def hang_after_headers(status: int = 200) -> Behaviour:
    return hang(_head(status, {"Content-Length": "100"}))


def trickle(before: bytes, every: float) -> Behaviour:
    """Send `before`, and then a byte every so many seconds until the server stops."""

    def behave(sock: socket.socket, stopping: threading.Event) -> bool:
        sock.sendall(before)
        while not stopping.wait(every):
            sock.sendall(b" ")
        return False

    return behave


def trickle_headers(every: float) -> Behaviour:
    return trickle(b"HTTP/1.1 200 OK\r\nX-Slow:", every)


def trickle_body(every: float) -> Behaviour:
    return trickle(_head(200, {"Content-Length": "1000000"}), every)


def reset() -> Behaviour:
    """Read the request, then reset the TCP connection."""

    def behave(sock: socket.socket, stopping: threading.Event) -> bool:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return behave


def truncated(status: int = 200) -> Behaviour:
    return raw(_head(status, {"Content-Type": "application/json", "Content-Length": "100"}) + b'{"name": "Exam')


def big_json(size: int = 50 * MEGABYTE, *, status: int = 200) -> Behaviour:
    """Send a valid JSON string of `size` bytes, in pieces."""

    def behave(sock: socket.socket, stopping: threading.Event) -> bool:
        sock.sendall(_head(status, {"Content-Type": "application/json", "Content-Length": str(size + 2)}) + b'"')
        for _ in range(size // MEGABYTE):
            sock.sendall(b"a" * MEGABYTE)
        sock.sendall(b'"')
        return True

    return behave


def gzip_bomb(size: int = 1000 * MEGABYTE) -> Behaviour:
    """Send zeros compressed about 1:1000, as one gzip stream after another."""
    part = gzip.compress(bytes(10 * MEGABYTE), mtime=0)

    def behave(sock: socket.socket, stopping: threading.Event) -> bool:
        count = size // (10 * MEGABYTE)
        sock.sendall(_head(200, {"Content-Encoding": "gzip", "Content-Length": str(len(part) * count)}))
        for _ in range(count):
            sock.sendall(part)
        return True

    return behave


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class RecordingServer:
    """Answers on 127.0.0.1 from `routes`, by path or by method and path (`PATCH /v1/plans/pl_1`), else from a script, in
    order.

    With `mute` it accepts connections and never reads; a `greeting` is sent at once, before the connection is closed;
    `tls` wraps connections.
    """

    def __init__(
        self,
        *script: Behaviour,
        routes: Mapping[str, Behaviour] | None = None,
        mute: bool = False,
        greeting: bytes = b"",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = list(script) or [reply(404, {"error": "Not in the script"})]
        self.routes = dict(routes or {})
        self.mute = mute
        self.greeting = greeting
        self.tls = tls
        self.requests: list[Recorded] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.port: int = self._listener.getsockname()[1]

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *details: object) -> None:
        self._stopping.set()
        with self._lock:
            for sock in (self._listener, *self._open):
                _wake(sock)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()

    def wait_for_the_end_of_connections(self) -> None:
        """Wait until the server has closed all connections so far."""
        _accepting, *serving = self._threads
        for thread in serving:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _start(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        # It ends when the listener is shut down by _wake.
        with contextlib.suppress(OSError):
            while not self._stopping.is_set():
                sock, _ = self._listener.accept()
                self.connections += 1
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        # Many of the tests are about clients that give up.
        with contextlib.suppress(OSError), sock:
            if self.greeting:
                sock.sendall(self.greeting)
                return
            if self.mute:
                self._stopping.wait()
                return
            if self.tls:
                sock.settimeout(PATIENCE)
                sock = self.tls.wrap_socket(sock, server_side=True)
            with sock, self._woken(sock):
                self._converse(sock)

    @contextlib.contextmanager
    def _woken(self, sock: socket.socket) -> Iterator[None]:
        """Inside the block, a stop of the server also ends reading from the socket."""
        with self._lock:
            self._open.add(sock)
            if self._stopping.is_set():
                _wake(sock)
        try:
            yield
        finally:
            with self._lock:
                self._open.remove(sock)

    def _converse(self, sock: socket.socket) -> None:
        pieces = _Pieces(sock)
        keep = True
        while keep and (recorded := pieces.request()):
            with self._lock:
                self.requests.append(recorded)
                routed = self.routes.get(f"{recorded.method} {recorded.path}") or self.routes.get(recorded.path)
                behave = routed or self.script[0]
                if not routed and len(self.script) > 1:
                    del self.script[0]
            sock.settimeout(PATIENCE)
            keep = behave(sock, self._stopping)


def _wake(sock: socket.socket) -> None:
    """Shut the socket down, so that threads that wait for data from it continue."""
    # If there is no peer, nobody waits. For a TLS socket, the underlying one must be shut down.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Pieces:
    """Reads requests from a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = b""

    def request(self) -> Recorded | None:
        while b"\r\n\r\n" not in self._data:
            if not self._more():
                return None
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._data) < length:
            if not self._more():
                return None
        body, self._data = self._data[:length], self._data[length:]
        parts = urlsplit(target)
        return Recorded(method, parts.path, parts.query, headers, body)

    def _more(self) -> bool:
        self._sock.settimeout(None)
        data = self._sock.recv(64 * KILOBYTE)
        self._data += data
        return bool(data)


@contextlib.contextmanager
def closed_port() -> Iterator[str]:
    """Yield an origin on which nothing listens as long as the block lasts."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"
