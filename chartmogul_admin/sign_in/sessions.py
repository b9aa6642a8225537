"""How long a session lives: half an hour without a request, twelve hours in all. What was being sent when it ended is
kept for whoever signs in next in the same browser, if that is the same person."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from allauth.account.signals import authentication_step_completed
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from connections.access import needs
from connections.reauthentication import SIGNED_IN_AT
from connections.roles import ANYBODY, PUBLIC

SEEN_AT = "seen_at"
NOTED_EVERY = 60
"""Seconds: a session is not written for each request."""
ENDED_FOR = "ended_for"
"""Whose session it was that ended in this browser."""
KEPT = "kept_form"
LARGEST_KEPT = 500_000
"""Characters of a form that is kept."""
NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "token", "secret_key", "code", "credential", "curl"})
"""Besides everything that is named a password."""


class SessionAgeMiddleware:
    """Ends sessions by their age. After CsrfViewMiddleware: only what came from a page of ours is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if request.user.is_authenticated:
            if is_over(request.session):
                end(request)
            else:
                go_on_living(request)
        if not request.user.is_authenticated and getattr(view, "need", None) != PUBLIC:
            keep(request, request.session.get(ENDED_FOR))


def is_over(session: Mapping[str, Any] | Any) -> bool:
    """Whether a session is too old; one that does not say how old it is, is."""
    now = time.time()
    idle, age = now - session.get(SEEN_AT, 0), now - session.get(SIGNED_IN_AT, 0)
    return bool(idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_LONGEST_SECONDS)


def go_on_living(request: HttpRequest) -> None:
    session, now = request.session, time.time()
    if now - session[SEEN_AT] > NOTED_EVERY:
        session[SEEN_AT] = now
    if request.method == "POST" and session.get(KEPT, {}).get("path") == request.get_full_path():
        # It is being sent at last.
        del session[KEPT]


def end(request: HttpRequest) -> None:
    """Sign out; SignInRequiredMiddleware sees to the rest."""
    user_id = request.user.pk
    logout(request)
    request.session[ENDED_FOR] = user_id
    messages.info(request, _("You were signed out because of inactivity. Sign in to continue."))


@receiver(user_logged_in)
def begin(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    session = request.session
    session[SEEN_AT] = time.time()
    session.pop(ENDED_FOR, None)
    if KEPT in session and session[KEPT]["user"] != user.pk:
        del session[KEPT]


@receiver(authentication_step_completed)
def renew(sender: object, request: HttpRequest, **more: Any) -> None:
    """A session that may do more from now on gets another id, so that nobody shares it who knew the old one."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def keep(request: HttpRequest, user_id: int | None) -> None:
    """Keep the form that is being sent, but for secrets, until this person sends it again. Nothing is done with it."""
    if user_id is None or request.method != "POST" or HtmxDetails(request):
        return
    fields = [(name, value) for name, values in request.POST.lists() if not is_secret(name) for value in values]
    if sum(len(name) + len(value) for name, value in fields) > LARGEST_KEPT:
        return
    request.session[KEPT] = {
        "user": user_id,
        "path": request.get_full_path(),
        "page": page_of(request),
        "fields": fields,
    }


def keep_outdated(request: HttpRequest) -> bool:
    """Keep a form that was refused because its page is older than the present sign-in, as in a second tab. Only if the
    browser says that it came from a page of ours, which no other site can make it say."""
    ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    match = request.resolver_match
    if not ours or not match or getattr(match.func, "need", None) == PUBLIC:
        return False
    if request.user.is_authenticated and not is_over(request.session):
        keep(request, request.user.pk)
    return kept_for(request) is not None


def is_secret(name: str) -> bool:
    """Whether a field of this name may hold a secret."""
    return name in NEVER_KEPT or "password" in name


def page_of(request: HttpRequest) -> str:
    """The page that a form stands on, as a path of this site."""
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return reverse("home")
    place = urlsplit(came_from)
    return place.path + (f"?{place.query}" if place.query else "")


def kept_for(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.get(KEPT)
    return kept if kept and kept["user"] == request.user.pk else None


@needs(ANYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: HttpRequest) -> HttpResponse:
    """What was being sent when the session ended, to be sent now by a press of a button, or to be thrown away."""
    kept = kept_for(request)
    if kept is None:
        return redirect("home")
    if request.method == "POST":
        del request.session[KEPT]
        return redirect(kept["page"])
    return render(request, "account/go_on.html", kept)
