"""Finds out why a request got no answer, from the exceptions of requests, urllib3 and the system."""

import ssl
from http.client import HTTPException
from socket import gaierror
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from connections.errors import ApiError, Reason, UnexpectedReply, Unreachable
from connections.transport import Exchange, Limits


def no_answer(error: Exception, exchange: Exchange, limits: Limits, host: str, details: dict[str, Any]) -> ApiError:
    """Return the ApiError that `error` means for an exchange with `host`; `details` are the request's fields of
    ApiError.

    Its summary is lazily translated: English in logs, the person's language on pages.
    """
    if exchange.sent and came_of(error, HTTPException) and not came_of(error, ConnectionError):
        return UnexpectedReply(
            format_lazy(gettext_lazy("{host} sent a response that is not HTTP."), host=host), **details
        )
    reason: Reason
    seconds = 0.0
    if came_of(error, TimeoutError):
        if not exchange.sent:
            reason, seconds = "connect", limits.connect
            words = gettext_lazy("No connection to {host} within {seconds} s.")
        elif exchange.is_over:
            reason, seconds = "timeout", limits.total
            words = gettext_lazy("{host} did not finish its response within {seconds} s.")
        else:
            reason, seconds = "timeout", limits.read
            words = gettext_lazy("{host} did not respond within {seconds} s.")
    elif exchange.sent:
        reason, words = "reset", gettext_lazy("{host} closed the connection before it responded.")
    elif came_of(error, gaierror):
        reason = "dns"
        words = gettext_lazy("The name {host} could not be resolved (DNS). Is this machine online?")
    elif came_of(error, ssl.SSLCertVerificationError):
        reason = "tls"
        words = gettext_lazy("The TLS certificate of {host} is not valid, so nothing was sent.")
    elif came_of(error, ssl.SSLError):
        reason = "tls"
        words = gettext_lazy("No secure (TLS) connection to {host} could be established, so nothing was sent.")
    elif came_of(error, ConnectionRefusedError):
        reason, words = "connect", gettext_lazy("{host} refused the connection.")
    else:
        reason, words = "connect", gettext_lazy("{host} could not be reached.")
    return Unreachable(format_lazy(words, host=host, seconds=f"{seconds:g}"), reason=reason, **details)


def came_of(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an error, or one that it wraps, is of `kind`; requests and urllib3 wrap errors in several ways."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        item = waiting.pop()
        if item is None or item in seen:
            continue
        if isinstance(item, kind):
            return True
        seen.append(item)
        waiting += [item.__cause__, item.__context__, getattr(item, "reason", None)]
        waiting += [argument for argument in item.args if isinstance(argument, BaseException)]
        waiting = [entry for entry in waiting if isinstance(entry, BaseException)]
    return False
