"""Pages that belong to no app: the start page and the error pages."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import loader
from django.urls import reverse
from django.views.decorators.http import require_safe

from chartmogul_admin import logs
from chartmogul_admin.sign_in import sessions
from connections.access import Forbidden, needs
from connections.roles import ANYBODY

logger = logging.getLogger(__name__)

RETRY_AFTER = 10
"""Seconds after which to ask again while the database is busy or away."""


@needs(ANYBODY)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the connections: each page below names its connection, so there is no other start page."""
    return redirect("connections:list")


def error_page(
    request: HttpRequest, status: int, title: str, advice: str, *, way: tuple[str, str] = ("/", "To the start page")
) -> HttpResponse:
    """An error as a page of ours, with a way on from there: an address and its words. Needs neither the database nor
    the session, for those may be what failed."""
    context = {"status": status, "title": title, "advice": advice, "way": way, "reference": logs.reference()}
    logger.warning("%s %s %s", status, context["reference"], request.path)
    return HttpResponse(loader.render_to_string("error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400, "Bad request", "The address or the form could not be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    advice = str(exception) if isinstance(exception, Forbidden) else "Your account may not do this."
    return error_page(request, 403, "Not allowed", advice)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404, "Page not found", "Nothing is at this address, or the connection was removed.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if sessions.keep_outdated(request):
        return error_page(
            request,
            403,
            "You signed in anew since that page was opened",
            "Nothing was done yet. What stood in the form is kept.",
            way=(reverse("go_on"), "Go on where you were"),
        )
    return error_page(
        request, 403, "The form was not accepted", "Open the page again and send it from there; cookies must be on."
    )


def too_large(request: HttpRequest) -> HttpResponse:
    return error_page(request, 413, "Too much at once", "What was sent is larger than any form here. Send less of it.")


def server_error(request: HttpRequest) -> HttpResponse:
    """What was raised and not caught. Django logs it, with the reference in its line."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        advice = f"The database does not answer, or is busy. Try again in {RETRY_AFTER} seconds."
        page = error_page(request, 503, "Not available just now", advice)
        page.headers["Retry-After"] = str(RETRY_AFTER)
        return page
    return error_page(request, 500, "Something broke here", "The error is in the server's log under this reference.")
