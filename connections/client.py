"""The HTTP client for ChartMogul's API: the only file that imports requests.

A call is an ApiRequest, which can be shown, stored and sent. It returns an ApiAnswer or raises an ApiError.
"""

import base64
import logging
import random
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import DecodeError, HTTPError

from connections import concurrency, errors, strict_json
from connections.api_request import PREFIX, ApiAnswer, ApiRequest, CannotBeSent
from connections.budget import Budget, CallResult, Permit, Refusal
from connections.errors import ApiError, Processed
from connections.models import Connection, Credential
from connections.network_errors import came_of, no_answer
from connections.rate_limiter import RateLimiter
from connections.transport import POOL_CLASSES, Exchange, Limits, exchanging

logger = logging.getLogger(__name__)
# urllib3's warnings quote whole URLs, and the query may contain e-mail addresses.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)

REQUEST_ID = re.compile(r"[\w.:/+=-]{1,100}", re.ASCII)
RETRIED_STATUSES = frozenset({502, 503, 504, 520, 524})
READ_BYTES = 64 * 1024
SESSIONS_PER_THREAD = 8
ONE_MOMENT = 1.0
KEY_CHARACTERS = 16
"""Shortest key that is masked in answers. ChartMogul's are longer; a shorter one, such as the sandbox's, may be an
ordinary word of the answer."""
SANDBOX_PATIENCE = 30
"""Seconds that the sandbox has to discard and reload its data."""


class _Session(requests.Session):
    """A session without proxies, .netrc, cookies or redirects, whatever the environment or the server says."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        adapter.poolmanager.pool_classes_by_scheme = POOL_CLASSES
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        # Even with allow_redirects=False, requests looks up the next address and reads the body.
        return None


_thread = threading.local()


def _session(key: str) -> _Session:
    """Return this thread's session for an account; sessions of requests must not be shared between threads."""
    sessions: OrderedDict[str, _Session] = _thread.__dict__.setdefault("sessions", OrderedDict())
    if key not in sessions:
        sessions[key] = _Session()
        if len(sessions) > SESSIONS_PER_THREAD:
            sessions.popitem(last=False)[1].close()
    sessions.move_to_end(key)
    return sessions[key]


def close_sessions() -> None:
    """Close the idle connections of this thread."""
    for session in _thread.__dict__.pop("sessions", {}).values():
        session.close()


def have_sandbox_reset() -> None:
    """Make the sandbox discard its data and start over (docs/sandbox.md). Raises OSError if it does not answer."""
    exchange = Exchange(Limits(), time.monotonic() + SANDBOX_PATIENCE, time.monotonic)
    with closing(_Session()) as session, exchanging(exchange), concurrency.while_waiting():
        address = f"{settings.API_ORIGINS['sandbox']}/_sandbox/reset"
        key = ("sandbox", "")
        session.post(address, auth=key, timeout=SANDBOX_PATIENCE, allow_redirects=False).raise_for_status()


@dataclass(frozen=True)
class Received:
    """A raw 2xx response. Its body is parsed later, when it is this thread's turn again (concurrency.py)."""

    headers: dict[str, str]
    body: bytes
    details: dict[str, Any]
    elapsed_ms: int

    @property
    def status(self) -> int:
        return int(self.details["status"])

    @property
    def request_id(self) -> str:
        return str(self.details["request_id"])


class ChartMogulClient:
    """Sends requests to one account. `session_key` identifies the account, so that connections are kept alive between
    calls."""

    def __init__(
        self,
        origin: str,
        token: str,
        secret_key: str = "",
        session_key: str = "",
        *,
        limiter: RateLimiter | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.origin = origin
        self.limits = limits or Limits()
        self._credential = Credential(token, secret_key)
        self._auth = HTTPBasicAuth(token.encode(), secret_key.encode())
        self._session_key = session_key
        self._limiter = limiter
        self._sleep = sleep
        self._clock = clock
        self._wall_clock = wall_clock

    @classmethod
    def of(
        cls, connection: Connection, *, background: bool = False, budget: Budget | None = None
    ) -> "ChartMogulClient":
        """Return the client of a stored connection. Raises sealing.Unreadable.

        Its calls use the account's budget, which all processes share, within the share of the person who asks. Work
        that nobody waits for passes `background` and gets what people leave over.
        """
        credential = connection.open_credential()
        origin = settings.API_ORIGINS[connection.kind]
        # A connection that is not stored shares its calls with nobody.
        limiter = RateLimiter(connection, budget or Budget(), background=background) if connection.pk else None
        return cls(origin, credential.token, credential.secret_key, f"{origin} {connection.uuid}", limiter=limiter)

    def send(self, request: ApiRequest) -> ApiAnswer:
        """Send `request` and return the answer. Raises ApiError. Takes at most Limits.total once it has a permit, give
        or take a host look-up.

        A read is retried after a temporary failure, a write only if ChartMogul certainly did nothing.
        """
        # Give up the turn for the whole exchange: after a pause the request must leave at once, and its end be recorded
        # at once.
        with concurrency.while_waiting():
            received = self._exchange(request)
        outcome = self._read(received) if isinstance(received, Received) else received
        if isinstance(outcome, ApiError):
            raise outcome
        return outcome

    def _exchange(self, request: ApiRequest) -> Received | ApiError:
        """Try until no retry is due, each time with a permit, and return the outcome of the last try."""
        permit = self._acquire(request, self._limiter.patience if self._limiter else 0)
        if isinstance(permit, Refusal):
            return errors.HeldBack(permit.why, permit.wait, method=request.method, path=request.path)
        started = self._clock()
        tries = 0
        while True:
            tries += 1
            outcome = self._attempt_with_permit(request, started, permit)
            pause = self._pause(request, outcome, tries, self._clock() - started)
            if pause is None:
                break
            self._sleep(pause)
            left = self.limits.retry_window - (self._clock() - started)
            # A call that waited as long as ChartMogul asked is not refused for a moment more.
            permit = self._acquire(request, max(left, ONE_MOMENT))
            if isinstance(permit, Refusal):
                break
        logger.info(
            "%s %s %s %d ms, %d tries, request id %s",
            request.method,
            request.path,
            outcome.status or type(outcome).__name__,
            round((self._clock() - started) * 1000),
            tries,
            outcome.request_id or "-",
        )
        return outcome

    def _acquire(self, request: ApiRequest, patience: float) -> Permit | Refusal | None:
        """Acquire a permit from the account's budget; None for a client without one."""
        if self._limiter is None:
            return None
        return self._limiter.acquire(
            lasts=self.limits.total,
            patience=min(patience, self._limiter.patience),
            # A refused read can simply be repeated; a refused write would have to be reviewed again.
            insists=not request.is_read,
            sleep=self._sleep,
            clock=self._wall_clock,
        )

    def _attempt_with_permit(self, request: ApiRequest, started: float, permit: Permit | None) -> Received | ApiError:
        began = self._clock()
        try:
            outcome = self._attempt(request, started)
        except BaseException:
            if self._limiter and permit:
                self._limiter.give_back(permit)
            raise
        if self._limiter and permit:
            result = CallResult(
                status=outcome.status,
                seconds=self._clock() - began,
                failed=_is_failure(outcome),
                retry_after=outcome.retry_after if isinstance(outcome, ApiError) else None,
                backoff_first=self.limits.backoff_first,
                backoff_cap=self.limits.backoff_cap,
                refuses_key=isinstance(outcome, errors.NotAuthorised) and outcome.refuses_key,
            )
            self._limiter.release(permit, result, self._wall_clock())
        return outcome

    def _pause(self, request: ApiRequest, outcome: Received | ApiError, tries: int, elapsed: float) -> float | None:
        """Return the seconds to wait before the next try, None if there is to be none."""
        if tries >= self.limits.tries:
            return None
        if isinstance(outcome, errors.Unreachable):
            again = outcome.reason in ("dns", "connect") or (request.is_read and outcome.reason == "reset")
        elif isinstance(outcome, errors.ServerFault):
            again = request.is_read and outcome.status in RETRIED_STATUSES
        else:
            again = isinstance(outcome, errors.RateLimited)
        if not again or not isinstance(outcome, ApiError):
            return None
        pause = outcome.retry_after
        if pause is None:
            most = min(self.limits.backoff_cap, self.limits.backoff_first * 2 ** (tries - 1))
            pause = random.uniform(0, most)  # noqa: S311  spreads tries, keeps no secret
        return pause if elapsed + pause <= self.limits.retry_window else None

    def _attempt(self, request: ApiRequest, started: float) -> Received | ApiError:
        """Try once. Errors are returned, not raised, so that none keeps a traceback whose frames hold the key."""
        exchange = Exchange(self.limits, started + self.limits.total, self._clock)
        session = _session(self._session_key) if self._session_key else _Session()
        try:
            with exchanging(exchange), nullcontext() if self._session_key else closing(session):
                prepared = self._prepare(session, request)
                response = session.send(prepared, stream=True, timeout=(self.limits.connect, self.limits.read))
                with closing(response):
                    return self._receive(request, response, exchange, started)
        except (requests.RequestException, HTTPError, OSError, HTTPException) as error:
            processed = self._processed(request, None) if exchange.sent else "no"
            details = {"method": request.method, "path": request.path, "processed": processed}
            return no_answer(error, exchange, self.limits, self._host, details)

    def _prepare(self, session: requests.Session, request: ApiRequest) -> requests.PreparedRequest:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "ChartMogul-Admin"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        headers = {
            name.title(): value for name, value in (headers | {n.title(): v for n, v in request.headers}).items()
        }
        url = self.origin + request.target
        prepared = session.prepare_request(
            requests.Request(request.method, url, headers=headers, data=request.body, auth=self._auth)
        )
        # requests rewrites URLs. Only what was shown may be sent, and the key may go to the origin alone.
        wanted, given = urlsplit(self.origin), urlsplit(prepared.url or "")
        same_place = (given.scheme, given.hostname, given.port) == (wanted.scheme, wanted.hostname, wanted.port)
        if not same_place or not given.path.startswith(PREFIX) or given.username or prepared.url != url:
            raise CannotBeSent(_("The address would be altered when sent, so nothing was sent."))
        return prepared

    def _receive(
        self, request: ApiRequest, response: requests.Response, exchange: Exchange, started: float
    ) -> Received | ApiError:
        status = response.status_code
        headers = {
            name.lower(): self._without_key(value.encode("latin-1", "replace")).decode("latin-1")
            for name, value in response.headers.items()
        }
        request_id = headers.get("x-request-id", "")
        request_id = request_id if REQUEST_ID.fullmatch(request_id) else ""
        body = bytearray()
        trouble: ApiError | None = None
        details: dict[str, Any] = {
            "status": status,
            "method": request.method,
            "path": request.path,
            "request_id": request_id,
            "processed": self._processed(request, status),
        }
        try:
            for chunk in self._chunks(response):
                body += chunk
                if len(body) > self.limits.body_bytes:
                    megabytes = self.limits.body_bytes / 1024 / 1024
                    too_large = _("The response is larger than {megabytes} MB, so it was cut off and not used.")
                    trouble = errors.UnexpectedReply(too_large.format(megabytes=f"{megabytes:g}"), **details)
                    break
        except DecodeError:
            trouble = errors.UnexpectedReply(_("The compressed response is damaged."), **details)
        except (requests.RequestException, HTTPError, OSError, HTTPException) as error:
            if came_of(error, TimeoutError) or exchange.is_over:
                summary = _("{host} began to respond but did not finish in time.").format(host=self._host)
                trouble = errors.Unreachable(summary, reason="timeout", **details)
            else:
                trouble = errors.UnexpectedReply(_("The response was cut off before its end."), **details)
        kept = self._without_key(bytes(body))
        # For an error answer the status is what matters, however its body ended.
        if not 200 <= status < 300:
            return self._refusal(status, headers, b"" if trouble else kept, details)
        if trouble:
            return _with_body(trouble, kept)
        return Received(headers, kept, details, round((self._clock() - started) * 1000))

    def _read(self, received: Received) -> ApiAnswer | ApiError:
        try:
            data = strict_json.loads(received.body) if received.body.strip() else None
        except strict_json.NotStrict as error:
            unreadable = _("The response cannot be read: {why}.").format(why=error)
            return _with_body(errors.UnexpectedReply(unreadable, **received.details), received.body)
        return ApiAnswer(
            received.status, data, received.headers, received.body, received.request_id, received.elapsed_ms
        )

    def _without_key(self, content: bytes) -> bytes:
        """Mask the key in an answer that quotes it: answers are shown, logged and stored."""
        token, secret_key = self._credential.token.encode(), self._credential.secret_key.encode()
        for part in (base64.b64encode(token + b":" + secret_key), token, secret_key):
            if len(part) >= KEY_CHARACTERS:
                content = content.replace(part, b"[key]")
        return content

    def _chunks(self, response: requests.Response) -> Iterator[bytes]:
        # requests' own reader does not limit how much one compressed chunk unpacks to.
        while chunk := response.raw.read(READ_BYTES, decode_content=True):
            yield chunk

    def _refusal(self, status: int, headers: dict[str, str], body: bytes, details: dict[str, Any]) -> ApiError:
        summary, field_errors = errors.explain(status, headers.get("content-type", ""), body)
        if 300 <= status < 400:
            summary = _("ChartMogul redirected to another address. The redirect was not followed.")
            if status == 304:
                summary = _("ChartMogul responded that nothing was modified.")
        return errors.error_class(status)(
            summary,
            field_errors=field_errors,
            body=body[: 4 * errors.BODY_CHARACTERS].decode("utf-8", "replace"),
            retry_after=self._retry_after(headers.get("retry-after", "")),
            **details,
        )

    def _retry_after(self, text: str) -> float | None:
        """Return the seconds of a Retry-After header, whether a number or a date; None for anything else."""
        text = text.strip()
        if text.isascii() and text.isdigit():
            return float(text) if len(text) < 10 else None
        try:
            moment = parsedate_to_datetime(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = moment.timestamp() - self._wall_clock()
        except (ValueError, TypeError, OverflowError):
            return None
        return seconds if seconds >= 0 else None

    def _processed(self, request: ApiRequest, status: int | None) -> Processed:
        return "no" if request.is_read or (status is not None and 400 <= status < 500) else "unknown"

    @property
    def _host(self) -> str:
        return urlsplit(self.origin).netloc


def _with_body(error: ApiError, body: bytes) -> ApiError:
    error.body = body[: 4 * errors.BODY_CHARACTERS].decode("utf-8", "replace")[: errors.BODY_CHARACTERS]
    return error


def _is_failure(outcome: Received | ApiError) -> bool:
    """Whether ChartMogul itself seems to be failing, rather than rejecting this request."""
    return isinstance(outcome, errors.Unreachable | errors.ServerFault) or (
        isinstance(outcome, errors.UnexpectedReply) and outcome.status is None
    )
