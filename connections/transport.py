"""Time limits that hold against any server, enforced on the socket itself.

The time-outs of HTTP libraries start over with each byte, so a server that sends one byte a second could hold a page
forever. Here each connect, write and read on the socket gets no more than what is left of the total, for headers and
body alike, and without threads. Only the look-up of a host name is left to the operating system, which has its own
time-out for it and cannot be interrupted.
"""

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

WRITE_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits in seconds, bytes and numbers of tries; the defaults are what is shipped, tests pass smaller ones."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0
    body_bytes: int = 10 * 1024 * 1024
    tries: int = 4
    # The last try must begin within this time after the start of the call.
    retry_window: float = 20.0
    backoff_first: float = 1.0
    backoff_cap: float = 8.0


@dataclass
class Exchange:
    """State of one try: its deadline on `clock`, and whether any part of the request may have left this machine."""

    limits: Limits
    deadline: float
    clock: Callable[[], float] = time.monotonic
    sent: bool = field(default=False, init=False)

    def allowance(self, at_most: float) -> float:
        """Return the seconds that the next step may take. Raises TimeoutError if none are left."""
        left = self.deadline - self.clock()
        if left <= 0:
            raise TimeoutError("The total time for the call is over.")
        return min(at_most, left)

    @property
    def is_over(self) -> bool:
        return self.clock() >= self.deadline


_current: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def exchanging(exchange: Exchange) -> Iterator[None]:
    """Apply the limits of `exchange` to all connections that this thread uses inside the block."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


class _TimedReader(io.RawIOBase):
    """The raw file of a socket; each read gets only the time that is left."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        exchange = _current.get()
        self._sock.settimeout(exchange.allowance(exchange.limits.read))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))


class _TimedConnection(HTTPConnection):
    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        """Connect within the limit in total, however many addresses the host has. Raises urllib3's errors.

        What is left of the limit becomes the socket's time-out, which also bounds the TLS handshake.
        """
        exchange = _current.get()
        clock = exchange.clock
        host = self._dns_host.strip("[]")
        try:
            addresses = socket.getaddrinfo(host, self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(self.host, self, reason) from reason
        failure: OSError = OSError("The host name has no address.")
        end = clock() + exchange.limits.connect
        for number, (family, kind, protocol, _, address) in enumerate(addresses):
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                # A dead first address leaves time for the next one.
                share = max(end - clock(), 0.001) / (len(addresses) - number)
                sock.settimeout(exchange.allowance(share))
                sock.connect(address)
                sock.settimeout(exchange.allowance(max(end - clock(), 0.001)))
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "Connecting took too long.") from failure
        raise NewConnectionError(self, "Connecting failed.") from failure

    def send(self, data: Any) -> None:
        exchange = _current.get()
        if self.sock is None:
            self.connect()
        exchange.sent = True
        for start in range(0, len(data), WRITE_BYTES):
            self.sock.settimeout(exchange.allowance(exchange.limits.read))
            super().send(data[start : start + WRITE_BYTES])


class _TimedTlsConnection(_TimedConnection, HTTPSConnection):
    pass


class TimedPool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class TimedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTlsConnection


POOL_CLASSES = {"http": TimedPool, "https": TimedTlsPool}
