"""How long a session lives: half an hour without a request, twelve hours in all. What was being sent when it ended is
kept for whoever signs in next as the same person."""

import time
from collections.abc import Callable
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
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from connections.access import needs
from connections.confirming import SIGNED_IN_AT
from connections.roles import ANYBODY

SEEN_AT = "seen_at"
NOTED_EVERY = 60
"""Seconds: a session is not written for each request."""
KEPT = "kept_form"
LARGEST_KEPT = 500_000
"""Characters of a form that is kept."""
NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "token", "secret_key", "password", "password1", "password2", "code"})


class SessionAgeMiddleware:
    """Ends sessions by their age. After CsrfViewMiddleware: only what came from a page of ours is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if not request.user.is_authenticated:
            return
        now = time.time()
        seen = request.session.get(SEEN_AT, now)
        idle, age = now - seen, now - request.session.get(SIGNED_IN_AT, now)
        if idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_COOKIE_AGE:
            end(request)
        elif idle > NOTED_EVERY or SEEN_AT not in request.session:
            request.session[SEEN_AT] = now


@receiver(user_logged_in)
def note_first_request(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    request.session[SEEN_AT] = time.time()


def end(request: HttpRequest) -> None:
    """Sign out, and keep what was just sent. SignInRequiredMiddleware sees to the rest."""
    user_id, kept = request.user.pk, posted(request)
    logout(request)
    if kept:
        request.session[KEPT] = {"user": user_id, **kept}
    messages.info(request, "You were signed out after a while without work. Sign in to go on.")


def posted(request: HttpRequest) -> dict[str, Any] | None:
    """Address and fields of a form that was being sent, but for secrets; None where there is none to keep."""
    if request.method != "POST":
        return None
    fields = [(name, value) for name, values in request.POST.lists() if name not in NEVER_KEPT for value in values]
    if HtmxDetails(request) or sum(len(name) + len(value) for name, value in fields) > LARGEST_KEPT:
        return None
    return {"path": request.get_full_path(), "fields": fields}


def kept_for(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.get(KEPT)
    return kept if kept and kept["user"] == request.user.pk else None


@needs(ANYBODY)
@require_safe
def go_on(request: HttpRequest) -> HttpResponse:
    """What was being sent when the session ended, to be sent now by a press of a button, or thrown away."""
    kept = kept_for(request)
    request.session.pop(KEPT, None)
    if kept is None:
        return redirect("home")
    page = {"path": kept["path"], "page": urlsplit(kept["path"]).path, "fields": kept["fields"]}
    return render(request, "account/go_on.html", page)


def after_sign_in(request: HttpRequest, wanted: str) -> str:
    """Where to go after signing in: to the form that waits, if one does."""
    return reverse("go_on") if kept_for(request) else wanted


@receiver(authentication_step_completed)
def renew(sender: object, request: HttpRequest, user: User, reauthenticated: bool = False, **more: Any) -> None:
    """A session that may do more from now on gets another id, so that nobody shares it who knew the old one."""
    if not reauthenticated:
        return
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)
