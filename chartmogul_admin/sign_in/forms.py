"""The forms of signing in, where allauth's own do not do."""

import time
from typing import Any

from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError

from connections.sealing import Unreadable

WRONG = "Please enter a correct username and password. Both are case-sensitive."


class SignInForm(LoginForm):
    """Username and password. The field is posted as `username`, the name that password managers and scripts expect."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)

    def clean(self) -> Any:
        try:
            return super().clean()
        except ValidationError:
            # The same words for a name that nobody has: who is known here is not told.
            raise ValidationError(WRONG) from None


class CountedCode(forms.Form):
    """A code of a second factor whose failures count as those of a password do, and that works once.

    allauth keeps used codes in the cache, which processes may not share; the time of the last use is in the database.
    """

    user: Any
    authenticator: Authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}
        self.fields["code"].widget.attrs.pop("placeholder", None)
        self.fields["code"].help_text = "Of your authenticator app, or one of your recovery codes."

    def clean_code(self) -> str:
        credentials = {"username": self.user.get_username()}
        if not AxesProxyHandler.is_allowed(context.request, credentials):
            context.request.axes_locked_out = True
            raise ValidationError("Too many failed attempts.")
        used_at = dict(Authenticator.objects.filter(user=self.user).values_list("pk", "last_used_at"))
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # of the form beside this one
            before = used_at.get(self.authenticator.pk)
            if (
                self.authenticator.type == Authenticator.Type.TOTP
                and before
                and _period(before.timestamp()) == _period(time.time())
            ):
                raise ValidationError("This code was used already. Wait for the next one.")
        except Unreadable:
            raise ValidationError("This server cannot read second factors: CREDENTIAL_KEYS lacks their key.") from None
        except ValidationError:
            user_login_failed.send(sender=type(self), credentials=credentials, request=context.request)
            raise
        return code


def _period(at: float) -> int:
    return int(at // mfa_settings.TOTP_PERIOD)


class CodeForm(CountedCode, AuthenticateForm):
    """The second step of signing in."""


class ConfirmCodeForm(CountedCode, ReauthenticateForm):
    """The code as a proof that it is still the same person."""
