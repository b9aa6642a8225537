"""Pages of allauth that we extend."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import qrcode
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from allauth.usersessions.forms import ManageUserSessionsForm
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chartmogul_admin.sign_in import single_sign_on
from chartmogul_admin.sign_in.forms import SetUpForm, use
from chartmogul_admin.sign_in.sessions import SEEN_AT, is_over
from connections.sealing import Unreadable
from connections.signals import person_changed


class SecondFactor(IndexView):
    """The person's second factors."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page: dict[str, Any] = super().get_context_data(**kwargs)
        codes = page["authenticators"].get(Authenticator.Type.RECOVERY_CODES)
        if codes:
            try:
                page["codes_left"], page["codes_made"] = len(codes.get_unused_codes()), len(codes.generate_codes())
            except Unreadable:
                page["unreadable"] = True
        return page


class SetUpApp(ActivateTOTPView):
    """Set up an authenticator app, with the QR code inline in the page instead of at a URL."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page: dict[str, Any] = super().get_context_data(**kwargs)
        user = self.request.user
        if isinstance(user, User):
            page["picture"] = picture_of(get_adapter().build_totp_url(user, page["form"].secret))
        return page

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        use(Authenticator.objects.get(user=form.user, type=Authenticator.Type.TOTP))
        return answer


def picture_of(text: str) -> SafeString:
    """Return a QR code as SVG: one path, in the color of the surrounding text."""
    code = qrcode.QRCode()
    code.add_data(text)
    cells = code.get_matrix()
    size = range(len(cells))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, x in product(size, size) if cells[y][x])
    return format_html(
        '<svg viewBox="0 0 {0} {0}" aria-hidden="true"><path fill="currentColor" d="{1}"/></svg>', len(cells), path
    )


class Sessions(ListUserSessionsView):
    """A person's sessions; ending the others is recorded in the trail."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page: dict[str, Any] = super().get_context_data(**kwargs)
        page["sessions"] = [session for session in page["sessions"] if still_lives(session)]
        return page

    def form_valid(self, form: ManageUserSessionsForm) -> HttpResponse:
        with transaction.atomic():
            person_changed.send(
                sender=User, what="sessions_ended", request=self.request, connection=None, facts={"which": "others"}
            )
            answer: HttpResponse = super().form_valid(form)
        return answer


def still_lives(session: UserSession) -> bool:
    """Return whether a session is still alive, and set its `last_seen_at`. One that is too old is ended by its own next
    request, which may have to keep a form."""
    kept = SessionStore(session.session_key)
    if is_over(kept):
        return False
    session.last_seen_at = datetime.fromtimestamp(kept[SEEN_AT], UTC)
    return True


def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirect to the single sign-on provider."""
    return unless_it_fails(openid_connect.login, request, provider_id)


def from_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Handle the return from the provider."""
    return unless_it_fails(openid_connect.callback, request, provider_id)


def unless_it_fails(view: Callable[..., HttpResponse], request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return view(request, provider_id)
    except (OSError, OAuth2Error) as problem:
        return single_sign_on.failed(request, f"{type(problem).__name__} {problem}")
    except (LookupError, AttributeError, TypeError, ValueError) as problem:
        # The provider answers, but not as OpenID Connect requires, which allauth does not always check. A bug of ours
        # would look the same, so the traceback is logged.
        return single_sign_on.failed(request, f"{type(problem).__name__} {problem}", exc_info=True)


second_factor = SecondFactor.as_view()
set_up_app = SetUpApp.as_view()
sessions = Sessions.as_view()
