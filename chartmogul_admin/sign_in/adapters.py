"""allauth's adapters: who may sign up, how secrets are stored, where a request comes from."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chartmogul_admin.sign_in.lockout import client_address
from chartmogul_admin.sign_in.sessions import kept_for, log_out
from connections import sealing
from connections.reauthentication import recently_confirmed

SECOND_FACTORS = UUID("5f3f1dd6-3d0c-4f0c-9d80-0a4c9a2b9f55")
"""Used in place of a connection's UUID when secrets of second factors are sealed, so that these and API keys cannot be
exchanged."""


WAYS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}
"""Labels of the ways to confirm one's identity."""


class AccountAdapter(DefaultAccountAdapter):
    """Nobody can sign up; people join by invitation. No mail is sent."""

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Redirect to the form that was kept when the last session ended, if there is one."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return redirect("go_on") if kept_for(request) else answer

    def logout(self, request: HttpRequest) -> None:
        log_out(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not recently_confirmed(context.request)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        return [method | {"description": WAYS[method["id"]]} for method in super().get_reauthentication_methods(user)]

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        off = _("This account is switched off. An owner of this installation can switch it back on.")
        messages.error(request, off)
        return redirect("account_login")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: the trail records what was done to an account, and no mail server is needed to run this."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing, as above."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seals the secrets of second factors, like API keys."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(text, SECOND_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text, SECOND_FACTORS)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002  # allauth's name
        others = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey {number}").format(number=others + 1) if others else _("Passkey")

    def _get_site_name(self) -> str:
        return "ChartMogul Admin"
