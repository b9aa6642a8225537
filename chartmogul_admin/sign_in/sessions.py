"""How long a session lasts: half an hour without a request, twelve hours in total, or until it is ended from elsewhere.
A form sent after that is kept, and offered again if the same person signs in next in the same browser."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.signals import authentication_step_completed
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from connections.access import needs, page_of_form
from connections.reauthentication import SIGNED_IN_AT
from connections.roles import ANYBODY, PUBLIC

SEEN_AT = "seen_at"
NOTED_EVERY = 60
"""Seconds between two updates of SEEN_AT, so that not every request writes the session."""
ENDED_FOR = "ended_for"
"""Session key: the user whose session ended in this browser."""
KEPT = "kept_form"
LARGEST_KEPT = 500_000
"""Most characters of a kept form."""
NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "token", "secret_key", "code", "credential", "curl"})
"""Fields that are never kept, besides those with `password` in their name."""


class SessionAgeMiddleware:
    """Ends sessions by their age. It comes after CsrfViewMiddleware, so that only forms from pages of ours are kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        # Before the user: Django removes it from a session that does not count any more, as after a new password.
        holder = request.session.get(SESSION_KEY)
        if request.user.is_authenticated:
            if not is_over(request.session):
                go_on_living(request)
                return
            end(request)
        if getattr(view, "need", None) == PUBLIC:
            return
        if ENDED_FOR not in request.session and (holder := holder or taken_note(request)):
            request.session.flush()
            request.session[ENDED_FOR] = int(holder)
            messages.info(
                request, _("Your session was ended from another browser, or by an owner. Sign in to continue.")
            )
        tell(request, lost=is_filled_in(request) and not keep(request, request.session.get(ENDED_FOR)))


def is_over(session: Mapping[str, Any] | Any) -> bool:
    """Whether a session is too old, or has no record of its age."""
    now = time.time()
    idle, age = now - session.get(SEEN_AT, 0), now - session.get(SIGNED_IN_AT, 0)
    return bool(idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_LONGEST_SECONDS)


def go_on_living(request: HttpRequest) -> None:
    session, now = request.session, time.time()
    if now - session[SEEN_AT] > NOTED_EVERY:
        session[SEEN_AT] = now
    if request.method == "POST" and session.get(KEPT, {}).get("path") == request.get_full_path():
        # The kept form is being sent now.
        del session[KEPT]


def end(request: HttpRequest) -> None:
    """Sign out; SignInRequiredMiddleware then redirects to sign-in."""
    log_out(request)
    messages.info(request, _("You were signed out because of inactivity. Sign in to continue."))


def log_out(request: HttpRequest) -> None:
    """Log out, noting in the new session who it was: a form in another tab is still theirs."""
    user_id = request.user.pk
    logout(request)
    request.session[ENDED_FOR] = user_id


class EndedSessions(DefaultUserSessionsAdapter):
    """Ends sessions from elsewhere, and leaves a note for the browser of each: whose it was."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        for session in sessions:
            expires_at = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
            Session.objects.save(key_of_note(session.session_key), {ENDED_FOR: session.user_id}, expires_at)
            session.end()


def key_of_note(session_key: str) -> str:
    """Return the key under which the session store keeps the note of an ended session. Nobody can compute it from the
    session's own key, so the note is no session that a browser could go on with."""
    return salted_hmac("ended session", session_key, algorithm="sha256").hexdigest()[:32]


def taken_note(request: HttpRequest) -> int | None:
    """Return whose session it was that the browser names although it was ended from elsewhere. Only the first request
    gets to know: its new session, whose key nobody else has, says it from then on."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key or request.session.session_key:
        return None
    note = SessionStore(key_of_note(key))
    user_id: int | None = note.get(ENDED_FOR)
    if user_id is not None:
        note.delete()
    return user_id


def tell(request: HttpRequest, *, lost: bool) -> None:
    """Say on the sign-in page why a person has to sign in, unless that is said already, and whether input is lost."""
    was_signed_in = request.method == "POST" or ENDED_FOR in request.session
    if was_signed_in and not len(messages.get_messages(request)):
        messages.info(request, _("You are no longer signed in. Sign in to continue."))
    if lost:
        messages.warning(request, _("The form you sent was not accepted, and what you typed could not be kept."))


@receiver(user_logged_in)
def begin(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    session = request.session
    session[SEEN_AT] = time.time()
    session.pop(ENDED_FOR, None)
    if KEPT in session and session[KEPT]["user"] != user.pk:
        del session[KEPT]


@receiver(authentication_step_completed)
def renew(sender: object, request: HttpRequest, **more: Any) -> None:
    """Change the ID of a session that gains rights, so that nobody who knew the old one shares it."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def is_filled_in(request: HttpRequest) -> bool:
    """Whether the request is a form with something in it that can be kept."""
    return request.method == "POST" and not HtmxDetails(request) and any(value for _name, value in fields_of(request))


def fields_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the names and values of the posted form, without secrets."""
    return [(name, value) for name, values in request.POST.lists() if not is_secret(name) for value in values]


def keep(request: HttpRequest, user_id: int | None) -> bool:
    """Keep the posted form without secrets until the person sends it again, and return whether it is kept. It is not
    processed."""
    if user_id is None or request.method != "POST" or HtmxDetails(request):
        return False
    fields = fields_of(request)
    if sum(len(name) + len(value) for name, value in fields) > LARGEST_KEPT:
        return False
    request.session[KEPT] = {
        "user": user_id,
        "path": request.get_full_path(),
        "page": page_of(request),
        "fields": fields,
    }
    return True


def keep_outdated(request: HttpRequest) -> bool:
    """Keep a form that was refused because its page is older than the current sign-in, as in a second tab; return
    whether one is kept. Only if the browser says that it came from a page of ours, which no other site can fake."""
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
    """Return the path of the page with the posted form, on this site."""
    if page := page_of_form(request):
        return page
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return reverse("home")
    place = urlsplit(came_from)
    if not place.path.startswith("/") or place.path.startswith("//"):
        # A browser would take what follows two slashes for another site.
        return reverse("home")
    return place.path + (f"?{place.query}" if place.query else "")


def kept_for(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.get(KEPT)
    return kept if kept and kept["user"] == request.user.pk else None


@needs(ANYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: HttpRequest) -> HttpResponse:
    """Page with the form that was sent after the session had ended: to be sent now with a button, or discarded."""
    kept = kept_for(request)
    if kept is None:
        return redirect("home")
    if request.method == "POST":
        del request.session[KEPT]
        return redirect(kept["page"])
    return render(request, "account/go_on.html", kept)
