"""Middleware for every request and every response of any view, static files and refusals included.

It comes first in MIDDLEWARE, so that no other middleware can answer past it.
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


def request_id(get_response: Next) -> Next:
    """Give each request a reference, which appears in its log lines, on its error page and in a response header.

    It is generated here and never taken from the request, where anybody could put somebody else's.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        reference = logs.begin_request()
        response = get_response(request)
        response.headers["X-Request-ID"] = reference
        return response

    return middleware


def security_headers(get_response: Next) -> Next:
    """Set headers that Django has no middleware for, and Django's security headers on what its middleware refused."""
    security = SecurityMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Only sets headers that are not set yet; needed for responses that Django's middleware did not process, as for
        # a forged host.
        response = security.process_response(request, get_response(request))  # type: ignore[arg-type]  # streamed too
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Static files have their own Cache-Control. All else is somebody's data.
        response.headers.setdefault("Cache-Control", "no-store")
        if getattr(request, "has_signed_out", False):
            # Not "cookies": that would also delete the cookies of every other site below the same domain.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


@receiver(user_logged_out)
def note_sign_out(sender: object, request: HttpRequest | None = None, **more: Any) -> None:
    if request is not None:
        request.has_signed_out = True  # type: ignore[attr-defined]


def trusted_proxies(get_response: Next) -> Next:
    """Set REMOTE_ADDR to the client's address, which the trail, the lock-outs and everything else use.

    Each of our own proxies (TRUSTED_PROXIES is their number) appends the address it was called from to X-Forwarded-For.
    What comes before was written by the client and is not trusted, nor is the header at all if there are no proxies.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.TRUSTED_PROXIES:
            forwarded = request.headers.get("X-Forwarded-For", "").split(",")
            if len(forwarded) >= settings.TRUSTED_PROXIES:
                request.META["REMOTE_ADDR"] = address_of(forwarded[-settings.TRUSTED_PROXIES], request)
        return get_response(request)

    return middleware


def address_of(text: str, request: HttpRequest) -> str:
    """Return the IP address in an entry of X-Forwarded-For, with or without a port; the socket's if it is none."""
    text = text.strip()
    host = split_domain_port(text)[0].strip("[]") if text.count(":") == 1 or text.startswith("[") else text
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return str(request.META.get("REMOTE_ADDR", ""))


def known_host(get_response: Next) -> Next:
    """Refuse (400) a host that is not ours, even if only X-Forwarded-Host names it, which nothing here uses."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.get_host()
        for named in filter(None, request.headers.get("X-Forwarded-Host", "").split(",")):
            if not validate_host(split_domain_port(named.strip())[0], settings.ALLOWED_HOSTS):
                raise DisallowedHost("X-Forwarded-Host names a host that is not in ALLOWED_HOSTS.")
        return get_response(request)

    return middleware


MOST_DISCARDED = 128 * 1024 * 1024
"""Bytes of a body that is too large which are read and discarded, in small blocks."""
AT_ONCE = 64 * 1024


def limit_body_size(get_response: Next) -> Next:
    """Refuse (413) a body larger than any form of ours, without storing any of it."""
    # Imported here because the error pages are in the views, which need settings and templates.
    from chartmogul_admin.views import too_large

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return get_response(request)
        # A browser that is cut off while sending shows no page at all. One that sent "Expect" first sends no body.
        left = min(int(length), MOST_DISCARDED) if "Expect" not in request.headers else 0
        while left > 0 and (discarded := request.META["wsgi.input"].read(min(left, AT_ONCE))):
            left -= len(discarded)
        return too_large(request)

    return middleware
