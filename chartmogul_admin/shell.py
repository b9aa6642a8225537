"""What holds for every request and every answer, static files and refusals included, whatever view they are of.

These come first in MIDDLEWARE, so that no other one can answer past them.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import DisallowedHost
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.http.request import split_domain_port, validate_host
from django.middleware.security import SecurityMiddleware

from chartmogul_admin import logs

Next = Callable[[HttpRequest], HttpResponseBase]


def numbered(get_response: Next) -> Next:
    """Give each request a reference: in every line of the log that it leads to, on its error page and in a header.

    It is made here and never taken from the request, where anybody could write that of somebody else.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        reference = logs.begin_request()
        response = get_response(request)
        response.headers["X-Request-ID"] = reference
        return response

    return middleware


def with_headers(get_response: Next) -> Next:
    """The headers that Django has no middleware for, and Django's own on what its middleware refused."""
    security = SecurityMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Sets only what is not set yet. It does nothing for an answer that it stopped itself, as for a forged host.
        response = security.process_response(request, get_response(request))  # type: ignore[arg-type]  # streamed too
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Static files say how long they last. All else is about somebody's data.
        response.headers.setdefault("Cache-Control", "no-store")
        if getattr(request, "has_signed_out", False):
            # Not "cookies": that would take those of every other site below the same domain along.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


@receiver(user_logged_out)
def note_sign_out(sender: object, request: HttpRequest | None = None, **more: Any) -> None:
    if request is not None:
        request.has_signed_out = True  # type: ignore[attr-defined]


def behind_proxies(get_response: Next) -> Next:
    """Put the address of the client into REMOTE_ADDR, which the trail, the lock-outs and all else go by.

    Each of our own proxies (TRUSTED_PROXIES, their number) adds the address that it was asked from at the end of
    X-Forwarded-For. What stands before those was written by the client and is not believed, nor is anything where
    there are no proxies.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.TRUSTED_PROXIES:
            forwarded = request.headers.get("X-Forwarded-For", "").split(",")
            if len(forwarded) >= settings.TRUSTED_PROXIES:
                request.META["REMOTE_ADDR"] = address_of(forwarded[-settings.TRUSTED_PROXIES], request)
        return get_response(request)

    return middleware


def address_of(text: str, request: HttpRequest) -> str:
    """The address in an entry of X-Forwarded-For, with or without a port; that of the socket where it is none."""
    text = text.strip()
    host = split_domain_port(text)[0].strip("[]") if text.count(":") == 1 or text.startswith("[") else text
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return str(request.META.get("REMOTE_ADDR", ""))


def known_host(get_response: Next) -> Next:
    """Refuse (400) a host that is not ours, also one that only a header of proxies names, which nothing here uses."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.get_host()
        for named in filter(None, request.headers.get("X-Forwarded-Host", "").split(",")):
            if not validate_host(split_domain_port(named.strip())[0], settings.ALLOWED_HOSTS):
                raise DisallowedHost("X-Forwarded-Host names a host that is not in ALLOWED_HOSTS.")
        return get_response(request)

    return middleware


MOST_DISCARDED = 128 * 1024 * 1024
"""Bytes of a body that is too large which are read and thrown away, a little at a time."""
AT_ONCE = 64 * 1024


def not_too_large(get_response: Next) -> Next:
    """Refuse (413) a body that no form of ours can be, without keeping any of it."""
    # Error pages live with the views, which need settings and templates.
    from chartmogul_admin.views import too_large

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return get_response(request)
        # A browser that is cut off while it sends shows no page at all. One that asked first sends nothing.
        left = min(int(length), MOST_DISCARDED) if "Expect" not in request.headers else 0
        while left > 0 and (discarded := request.META["wsgi.input"].read(min(left, AT_ONCE))):
            left -= len(discarded)
        return too_large(request)

    return middleware
