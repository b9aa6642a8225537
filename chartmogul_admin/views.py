"""Pages that belong to no app: the start page and the error pages."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from chartmogul_admin import logs
from chartmogul_admin.sign_in import sessions
from connections.access import Forbidden, NotThere, needs, page_of_form
from connections.roles import ANYBODY
from connections.words import Words

logger = logging.getLogger(__name__)

RETRY_AFTER = 10
"""Retry-After, in seconds, while the database is busy or unavailable."""
TO_START = ("/", gettext_lazy("Go to the start page"))


@needs(ANYBODY)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the connections: every page below them is about one connection, so there is no other start page."""
    return redirect("connections:list")


def error_page(
    request: HttpRequest,
    status: int,
    title: str,
    advice: Words,
    *,
    way: tuple[str, Words] = TO_START,
    inside: bool = False,
) -> HttpResponse:
    """Render an error page, with `way` as a link to go on: its URL and its text. It uses neither the database nor the
    session, which may be what failed, unless it is shown `inside` the usual layout with its menu."""
    context = {"status": status, "title": title, "advice": advice, "way": way, "reference": logs.reference()}
    logger.warning("%s %s %s", status, context["reference"], request.path)
    if inside:
        context["connection"] = getattr(request, "connection", None)
        return render(request, "error_inside.html", context, status=status)
    return HttpResponse(loader.render_to_string("error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400, _("Bad request"), _("The address or the form could not be read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    advice = str(exception) if isinstance(exception, Forbidden) else _("Your account is not allowed to do this.")
    return error_page(request, 403, _("Not allowed"), advice, inside=is_seen_inside(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    title, inside = _("Page not found"), is_seen_inside(request)
    if isinstance(exception, NotThere):
        return error_page(request, 404, title, str(exception), way=exception.way, inside=inside)
    advice = _("There is nothing at this address, or the connection was removed.")
    return error_page(request, 404, title, advice, inside=inside)


def not_allowed(request: HttpRequest, methods: str) -> HttpResponse:
    """Error page for a GET of a URL that only accepts submitted forms."""
    advice = _("This address only accepts submitted forms and has no page of its own.")
    form_on = page_of_form(request)
    way = (form_on, _("Go to the page with the form")) if form_on else TO_START
    page = error_page(request, 405, _("No page here"), advice, way=way, inside=True)
    page.headers["Allow"] = methods
    return page


def is_seen_inside(request: HttpRequest) -> bool:
    """Whether to show an error that is not our failure inside the usual layout: for people who are signed in, who go on
    from there. Not for scripts and images: nobody would see the page, nor the messages on it."""
    by_hand = not HtmxDetails(request) and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    # A session that is too old is only ended by the next page; a URL that does not exist does not end it.
    signed_in = request.user.is_authenticated and not sessions.is_over(request.session)
    return by_hand and signed_in


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if sessions.keep_outdated(request):
        return error_page(
            request,
            403,
            _("You have signed in again since that page was opened"),
            _("Nothing has been done yet. What you entered in the form is kept."),
            way=(reverse("go_on"), _("Continue where you left off")),
        )
    return error_page(
        request,
        403,
        _("The form was not accepted"),
        _("Open the page again and send the form from there. Cookies must be enabled."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    return error_page(
        request,
        413,
        _("Too much at once"),
        _("What you sent is larger than any form here accepts. Send less at a time."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Error page for an uncaught exception. Django logs it, with the reference in its line."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        advice = _("The database is not responding or is busy. Try again in {seconds} seconds.").format(
            seconds=RETRY_AFTER
        )
        page = error_page(request, 503, _("Temporarily unavailable"), advice)
        page.headers["Retry-After"] = str(RETRY_AFTER)
        return page
    return error_page(
        request, 500, _("Something went wrong"), _("The error is in the server's log under this reference.")
    )
