"""Forms for sign-in, where allauth's own do not suffice."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.forms import ChangePasswordForm, LoginForm, SetPasswordForm
from allauth.account.forms import ReauthenticateForm as ReauthenticatePasswordForm
from allauth.core import context
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_texts
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.sealing import Unreadable
from connections.words import Words

UNREADABLE = gettext_lazy(
    "The key they were encrypted with is missing from CREDENTIAL_KEYS. An owner of this installation can restore it, "
    "or remove your second factor."
)
WRONG = gettext_lazy("Please enter a correct username and password. Both are case-sensitive.")


class AllauthForm(forms.Form):
    """A form of allauth that looks like all others: a field is described by its label, not by a placeholder."""

    labels: ClassVar[Mapping[str, Words]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            if name == "code":
                field.widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}


class SignInForm(AllauthForm, LoginForm):
    """Username and password. The username is posted as `username`, as password managers and scripts expect."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)

    def clean(self) -> Any:
        try:
            return super().clean()
        except ValidationError:
            # The same message for an unknown username, so that it does not reveal who has an account.
            raise ValidationError(WRONG) from None


@contextmanager
def counted(user: User, sender: type) -> Iterator[None]:
    """Count a ValidationError inside the block as a failed sign-in of `user`. Raises ValidationError if they are locked
    out."""
    request, credentials = context.request, {"username": user.get_username()}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out = True
        raise ValidationError(_("Too many failed attempts."))
    try:
        yield
    except ValidationError:
        user_login_failed.send(sender=sender, credentials=credentials, request=request)
        raise


def use(authenticator: Authenticator) -> bool:
    """Record the use of an authenticator app's code. Return False if one of the same period was already used, in any
    process.

    allauth stores used codes in the cache, which processes may not share and which may lose them.
    """
    now = timezone.now()
    period = now - timedelta(seconds=now.timestamp() % mfa_settings.TOTP_PERIOD)
    unused = Q(last_used_at=None) | Q(last_used_at__lt=period)
    return bool(Authenticator.objects.filter(unused, pk=authenticator.pk).update(last_used_at=now))


class CountedCode(AllauthForm):
    """A one-time code of a second factor, whose failures count like those of a password."""

    user: User
    authenticator: Authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("From your authenticator app, or one of your recovery codes.")

    def clean_code(self) -> str:
        try:
            with counted(self.user, type(self)):
                code: str = super().clean_code()  # type: ignore[misc]  # of the form beside this one
                if self.authenticator.type == Authenticator.Type.TOTP and not use(self.authenticator):
                    raise ValidationError(_("This code has already been used. Wait for the next one."))
        except Unreadable:
            raise ValidationError(UNREADABLE) from None
        return code


class CodeForm(CountedCode, AuthenticateForm):
    """The second step of signing in."""


class ConfirmCodeForm(CountedCode, ReauthenticateForm):
    """The code as confirmation of the person's identity."""


class SetUpForm(AllauthForm, ActivateTOTPForm):
    """The first code of an authenticator app. Until it is entered, the secret is kept sealed in the session."""

    labels: ClassVar = {"code": gettext_lazy("Code")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        session = context.request.session
        sealed = session.pop(SECRET_SESSION_KEY, "")
        if kwargs.get("data") is not None and sealed:
            # A secret that can no longer be unsealed is replaced by a new one, which this code does not match.
            with suppress(Unreadable):
                session[SECRET_SESSION_KEY] = get_adapter().decrypt(sealed)
        super().__init__(*args, **kwargs)
        session[SECRET_SESSION_KEY] = get_adapter().encrypt(self.secret)


class ConfirmForm(AllauthForm, ReauthenticatePasswordForm):
    """The password as confirmation of the person's identity. Failures count, because it uses authenticate()."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class FirstPasswordForm(AllauthForm, SetPasswordForm):
    """The first password of somebody who has none."""

    labels: ClassVar = {"password2": gettext_lazy("Repeat password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())


class NewPasswordForm(AllauthForm, ChangePasswordForm):
    """A new password for somebody who knows the current one; a wrong one counts as a failed sign-in."""

    labels: ClassVar = {
        "oldpassword": gettext_lazy("Current password"),
        "password1": gettext_lazy("New password"),
        "password2": gettext_lazy("Repeat new password"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())

    def clean_oldpassword(self) -> str:
        with counted(self.user, type(self)):
            password: str = super().clean_oldpassword()
        return password


class PasskeyForm(AllauthForm, AddWebAuthnForm):
    """A new passkey: its name, and whether it suffices alone to sign in."""

    labels: ClassVar = {
        "name": gettext_lazy("Name"),
        "passwordless": gettext_lazy("Use for signing in without a password"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = _(
            "You then sign in without username and password. The passkey must ask for a fingerprint, a face or a PIN, "
            "which old security keys cannot do. Otherwise, you are asked for it after your password."
        )
