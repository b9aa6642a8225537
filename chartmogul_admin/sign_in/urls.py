"""URLs under /accounts/: allauth's views that are used here, each with what it needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.translation import gettext as _

from chartmogul_admin.sign_in import forms, views
from chartmogul_admin.sign_in.sessions import go_on
from chartmogul_admin.views import error_page
from connections.access import needs
from connections.people.views import choose_preferences
from connections.roles import ANYBODY, PUBLIC, Need
from connections.sealing import Unreadable


def open_to(
    need: Need, view: Callable[..., HttpResponseBase], *, confirmed: bool = False
) -> Callable[..., HttpResponseBase]:
    """Return a view of allauth that declares what it needs, and answers 503 if a second factor's secret cannot be
    unsealed."""

    @wraps(view)
    def declared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Unreadable:
            return error_page(request, 503, _("Second factors cannot be read"), forms.UNREADABLE)

    return needs(need, confirmed=confirmed)(declared)


def change(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return a view that changes how the person signs in; it needs a recent confirmation."""
    return open_to(ANYBODY, view, confirmed=True)


urlpatterns = [
    path("login/", open_to(PUBLIC, account.login), name="account_login"),
    path("login/code/", open_to(PUBLIC, second_factor.authenticate), name="mfa_authenticate"),
    path("login/passkey/", open_to(PUBLIC, passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("login/go-on/", go_on, name="go_on"),
    path("logout/", open_to(PUBLIC, account.logout), name="account_logout"),
    path("confirm/", open_to(ANYBODY, account.reauthenticate), name="account_reauthenticate"),
    path("confirm/code/", open_to(ANYBODY, second_factor.reauthenticate), name="mfa_reauthenticate"),
    path("confirm/passkey/", open_to(ANYBODY, passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("password/", open_to(ANYBODY, account.password_change), name="account_change_password"),
    path("preferences/", choose_preferences, name="preferences"),
    path("password/set/", change(account.password_set), name="account_set_password"),
    path("sessions/", open_to(ANYBODY, views.sessions), name="usersessions_list"),
    path("second-factor/", open_to(ANYBODY, views.second_factor), name="mfa_index"),
    path("second-factor/app/", change(views.set_up_app), name="mfa_activate_totp"),
    path("second-factor/app/remove/", change(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-factor/codes/", change(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/",
        change(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "second-factor/codes/download/",
        change(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/", open_to(ANYBODY, passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("passkeys/add/", change(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/", change(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", change(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
]
if settings.OIDC:
    provider = {"provider_id": settings.OIDC["provider_id"]}
    urlpatterns += [
        path("oidc/sso/login/", open_to(PUBLIC, views.to_provider), provider, name="openid_connect_login"),
        path(
            "oidc/sso/login/callback/", open_to(PUBLIC, views.from_provider), provider, name="openid_connect_callback"
        ),
    ]
