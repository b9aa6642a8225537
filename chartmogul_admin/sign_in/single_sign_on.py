"""Single sign-on by OpenID Connect: the provider says who a person is; whether they may sign in depends on an account
or an invitation here. Disabled unless the settings name a provider."""

import logging
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from connections.people import services
from connections.signals import person_changed

logger = logging.getLogger(__name__)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def get_requests_session(self) -> Any:
        """Return a session that sends requests to the provider only: a redirect would pass on the client secret, and
        the environment (proxies, .netrc) must have no influence."""
        session = super().get_requests_session()
        session.trust_env, session.max_redirects = False, 0
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Identify a person by the e-mail address that the provider has verified; reject everybody else."""
        if sociallogin.is_existing:
            return
        address = next((found.email for found in sociallogin.email_addresses if is_true(found.verified)), "")
        people = list(User.objects.filter(email__iexact=address)[:2]) if address else []
        if len(people) > 1:
            several = _("Several people here have the email address of that account. An owner can change that.")
            turn_away(request, several)
        person = people[0] if people else join(request, address, sociallogin)
        if person is None:
            nobody = _("No one here has the email address of that account. Ask for an invitation.")
            turn_away(request, nobody)
        sociallogin.connect(request, person)

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("home")

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **more: Any
    ) -> NoReturn:
        raise ImmediateHttpResponse(failed(request, exception or error))


def is_true(claim: object) -> bool:
    """Whether a provider's claim is true. Some send a string, and "false" is not true."""
    return claim is True or str(claim).lower() == "true"


def join(request: HttpRequest, address: str, sociallogin: SocialLogin) -> User | None:
    """Create a user without a password if open invitations name this address, with what all of them grant; None if
    there are none."""
    try:
        with transaction.atomic():
            user, invitations = services.accept_all(address, wanted=sociallogin.user.get_username() or address)
            for invitation in invitations:
                facts = {"invitation": invitation.pk, "person": user.get_username(), "by": "single sign-on"}
                person_changed.send(
                    sender=User, what="joined", request=request, connection=invitation.connection, facts=facts
                )
    except services.TooLate:
        return None
    return user


def turn_away(request: HttpRequest, words: str) -> NoReturn:
    messages.error(request, words)
    raise ImmediateHttpResponse(redirect("account_login"))


def failed(request: HttpRequest, problem: object, *, exc_info: bool = False) -> HttpResponse:
    """Redirect to the sign-in page. The problem is logged, with `exc_info` including the traceback."""
    logger.warning("Single sign-on failed: %s", str(problem)[:300], exc_info=exc_info)
    messages.error(request, _("Signing in with that account did not work. Try again, or sign in with a password."))
    return redirect("account_login")
