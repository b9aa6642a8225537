"""Sensitive actions require a recent proof of identity: signing in, or confirming with password or second factor."""

import time

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from connections.words import lasting

SIGNED_IN_AT = "signed_in_at"
"""Session key: when this session was signed in, in seconds since 1970."""


class ConfirmFirst(Exception):
    """The person must first confirm their identity; afterwards they are sent to `back`."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


@receiver(user_logged_in)
def note_sign_in(sender: object, request: HttpRequest, user: User, **more: object) -> None:
    request.session[SIGNED_IN_AT] = time.time()


def recently_confirmed(request: HttpRequest) -> bool:
    """Whether this session was signed in or confirmed within the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds.

    allauth's own check always says yes for people who have only single sign-on to confirm with.
    """
    proofs = [request.session.get(SIGNED_IN_AT, 0.0)]
    proofs += [
        record["at"] for record in get_authentication_records(request, request.user) if "reauthenticated" in record
    ]
    return time.time() - max(proofs) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def require(request: HttpRequest, back: str) -> None:
    """Raise ConfirmFirst unless the person confirmed their identity recently."""
    if not recently_confirmed(request):
        raise ConfirmFirst(back)


def answer(request: HttpRequest, error: ConfirmFirst) -> HttpResponse:
    """Redirect to the page that asks for the password or second factor. Posted data is not kept: it may contain a key.

    A person with neither, who uses single sign-on, is logged out and signs in again.
    """
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        logout(request)
        sensitive = _("This action is sensitive, and you signed in more than {time} ago: sign in again.")
        messages.info(request, sensitive.format(time=lasting(settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)))
        return redirect_to_login(error.back)
    return redirect(f"{methods[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: error.back})}")
