"""Errors of calls to ChartMogul, and the parser of error answers.

ApiError
 ├── Unreachable        no answer: DNS, TLS, connecting, time-outs, a connection broken off
 ├── Redirected         3xx, which is never followed
 ├── NotAuthorised      401, 403
 ├── NotFound           404
 ├── Rejected           400, 402, 409, 422 and every other 4xx
 ├── RateLimited        429
 ├── ServerFault        5xx
 ├── HeldBack           nothing was sent: the rate limiter refused a permit
 └── UnexpectedReply    an answer that cannot be read: not JSON, cut off, too large, not what was asked for
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from connections.words import Words, sentence

BODY_CHARACTERS = 10_000
MESSAGE_CHARACTERS = 1_000
MOST_MESSAGES = 100

HELD_BACK = {
    "busy": gettext_lazy("Too many requests to ChartMogul are waiting for this connection."),
    "person": gettext_lazy(
        "You are making more requests at once than one person may: a quarter of what ChartMogul allows."
    ),
    "limiting": gettext_lazy("ChartMogul asked this connection to slow down."),
    "unavailable": gettext_lazy("ChartMogul is temporarily unavailable."),
    "down": gettext_lazy("The last requests of this connection failed, so requests are paused for a moment."),
    "key": gettext_lazy("ChartMogul rejected the key of this connection."),
    "database": gettext_lazy("The database of this program does not answer at the moment."),
}

Processed = Literal["no", "unknown"]
Reason = Literal["dns", "connect", "tls", "timeout", "reset"]


class ApiError(Exception):
    """A call that failed.

    summary       one sentence for people, in their language; may quote ChartMogul, so it is foreign text
    status        the HTTP status, None without an answer
    field_errors  ChartMogul's messages about single fields, by their names in the API
    body          the answer as text, cut at 10 000 characters
    retry_after   seconds that ChartMogul asks to wait, None if it does not say
    processed     for a write: "no" if it was certainly not carried out, else "unknown"; "no" for a read
    advice        a sentence on a possible cause, or empty

    `str(error)` is for logs: in English, without quoting the answer; `error.user_message` is for the page.
    """

    def __init__(
        self,
        summary: Words,
        *,
        status: int | None = None,
        method: str = "",
        path: str = "",
        field_errors: Mapping[str, list[str]] | None = None,
        request_id: str = "",
        body: str = "",
        retry_after: float | None = None,
        processed: Processed = "no",
    ) -> None:
        super().__init__(summary)
        self._summary = summary
        self.status = status
        self.method = method
        self.path = path
        self.field_errors: dict[str, list[str]] = dict(field_errors or {})
        self.request_id = request_id
        self.body = body[:BODY_CHARACTERS]
        self.retry_after = retry_after
        self.processed: Processed = processed

    @property
    def summary(self) -> str:
        return str(self._summary)

    def __str__(self) -> str:
        # Without an answer the summary is our own sentence; with one it may quote personal data.
        with override("en"):
            what = self.summary if self.status is None else f"status {self.status}"
        return f"{type(self).__name__}: {self.method} {self.path}: {what}" + (
            f" (request id {self.request_id})" if self.request_id else ""
        )

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed in a moment."""
        return self.status is None or self.status == 429 or self.status >= 500

    @property
    def advice(self) -> Words:
        return ""

    @property
    def user_message(self) -> str:
        parts = [self.summary.rstrip()]
        if self.processed == "unknown":
            parts.append(_("It is not known whether ChartMogul carried this out: check before sending it again."))
        if self.retry_after is not None:
            seconds = max(1, round(self.retry_after))
            parts.append(_("ChartMogul asks you to wait {seconds} s before trying again.").format(seconds=seconds))
        if self.advice:
            parts.append(str(self.advice))
        if len(parts) > 1:
            parts[0] = sentence(parts[0])
        details = [_("status {status}").format(status=self.status)] if self.status is not None else []
        details += [_("request ID {id}").format(id=self.request_id)] if self.request_id else []
        if details:
            parts.append(f"({', '.join(details)})")
        return " ".join(parts)


class Unreachable(ApiError):
    """No answer. `reason` says why; only "dns", "connect" and "tls" mean that nothing was sent."""

    def __init__(self, summary: Words, *, reason: Reason = "connect", **details: Any) -> None:
        super().__init__(summary, **details)
        self.reason: Reason = reason


class Redirected(ApiError):
    """ChartMogul redirected to another address. It is not followed, because the key would be sent there."""


KEY = re.compile(r"\bkey\b", re.IGNORECASE)


class NotAuthorised(ApiError):
    """The key is not accepted (401) or lacks the permission (403)."""

    @property
    def refuses_key(self) -> bool:
        """Whether the key cannot be used at all, as after it was revoked.

        A write may be refused to a key that may read, and ChartMogul also answers 403 for reasons that have nothing to
        do with the key, such as an expired trial (documentation), which the answer then names.
        """
        if self.method not in ("GET", "HEAD"):
            return False
        return self.status == 401 or not self.body.strip() or bool(KEY.search(self.summary))

    @property
    def advice(self) -> Words:
        if self.method in ("GET", "HEAD"):
            return ""
        return _("The connection's key may be read-only, or not allowed to do this.")


class NotFound(ApiError):
    """The record does not exist."""


class Rejected(ApiError):
    """ChartMogul rejected the content of the request."""


class RateLimited(ApiError):
    """Too many requests. Nothing was carried out."""


class HeldBack(ApiError):
    """Nothing was sent, because the rate limiter refused a permit: `why` is a budget.Why."""

    def __init__(self, why: str, wait: float | None, **details: Any) -> None:
        super().__init__(HELD_BACK[why], retry_after=wait, **details)
        self.why = why

    @property
    def is_own_share(self) -> bool:
        """Whether the person exceeded their own share; other people's calls through the connection go on."""
        return self.why == "person"

    @property
    def user_message(self) -> str:
        # The page shows below it, as a countdown, when to try again.
        return " ".join([self.summary, _("Nothing was sent.")])


class ServerFault(ApiError):
    """ChartMogul failed. A write may have been carried out nevertheless."""


class UnexpectedReply(ApiError):
    """An answer that cannot be read, or is not what was asked for."""

    @property
    def may_pass(self) -> bool:
        # Cut off on the way, or from a proxy: the next answer may be whole, whatever the status said.
        return True


def error_class(status: int) -> type[ApiError]:
    """Return the error class for an HTTP status outside 2xx."""
    if status in (401, 403):
        return NotAuthorised
    if status == 404:
        return NotFound
    if status == 429:
        return RateLimited
    if 300 <= status < 400:
        return Redirected
    if 400 <= status < 500:
        return Rejected
    if 500 <= status < 600:
        return ServerFault
    return UnexpectedReply


# Keys that are never field names, so a list under one of them says nothing about a field.
NOT_FIELDS = {"code", "message", "param", "error", "errors", "error_details", "status"}


def explain(status: int, content_type: str, body: bytes) -> tuple[str, dict[str, list[str]]]:
    """Return an error answer's summary and its messages by field name.

    ChartMogul's errors have seven shapes, several of them for the same status. The body may hold anything anywhere;
    nothing is raised. `error_details`, the newest style, is preferred where present.
    """
    nothing = _("ChartMogul returned {status} without an explanation.").format(status=status)
    if "html" in content_type.lower():
        return nothing, {}
    try:
        data = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return nothing, {}
    if isinstance(data, str | list):
        data = {"errors": data}
    if not isinstance(data, dict):
        return nothing, {}

    fields: dict[str, list[str]] = {}
    general: list[str] = []
    for name, message in _messages(data):
        if not name:
            general.append(message)
        elif message not in fields.setdefault(name, []):
            fields[name].append(message)
    headline = _text(data.get("message")) or _text(data.get("error"))
    param = _text(data.get("param"))
    if headline and param and not fields:
        fields[param] = [headline]
    if headline:
        return headline, fields
    if general:
        return " ".join(general), fields
    if fields:
        return "; ".join(f"{name}: {', '.join(messages)}" for name, messages in fields.items())[
            :MESSAGE_CHARACTERS
        ], fields
    return nothing, {}


def _messages(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Return pairs of field name (empty if none is named) and message."""
    details = list(_of_list(data.get("error_details")))
    if details:
        return details[:MOST_MESSAGES]
    errors = data.get("errors")
    found = list(_of_list(errors)) if isinstance(errors, list) else [("", _text(errors))] if _text(errors) else []
    if isinstance(errors, dict):
        found += [(_text(name), message) for name, value in errors.items() for message in _texts(value)]
    if not found:
        # Errors of plan groups are an object of lists at the top level.
        found = [
            (_text(name), message)
            for name, value in data.items()
            if name not in NOT_FIELDS and isinstance(value, list)
            for message in _texts(value)
        ]
    return found[:MOST_MESSAGES]


def _of_list(value: object) -> Iterator[tuple[str, str]]:
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            message = _text(item.get("message")) or _text(item.get("code"))
            if message:
                yield _text(item.get("param")) or _text(item.get("field")), message
        elif text := _text(item):
            yield "", text


def _texts(value: object) -> list[str]:
    """Return the messages in a string, list or object, in order, however deeply nested."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < MOST_MESSAGES:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item[:MOST_MESSAGES])
        elif isinstance(item, dict):
            waiting += [item["message"]] if "message" in item else reversed(list(item.values())[:MOST_MESSAGES])
        elif text := _text(item):
            found.append(text)
    return found


def _text(value: object) -> str:
    """Return a JSON scalar as text that can be written into a page; empty for null, lists and objects."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).encode("utf-8", "replace").decode()[:MESSAGE_CHARACTERS].strip()
