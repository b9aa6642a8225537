"""Receivers that add events from elsewhere to the trail: signing in and out, and changes to connections and people."""

from typing import Any

from allauth.account.signals import authentication_step_completed, password_changed, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.signals import social_account_added
from axes.signals import user_locked_out
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from activity import services, trail
from connections.models import Connection
from connections.signals import account_changed, connection_changed, person_changed

FACTOR_EVENTS = {authenticator_added: "added", authenticator_removed: "removed", authenticator_reset: "renewed"}


@receiver(user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    trail.add("sign_in.accepted", user=user)


@receiver(user_logged_out)
def signed_out(sender: object, request: HttpRequest, user: User | None, **more: Any) -> None:
    if user:
        trail.add("sign_out", user=user)


@receiver(user_login_failed)
def sign_in_failed(sender: object, credentials: dict[str, Any], **more: Any) -> None:
    trail.add("sign_in.refused", username=str(credentials.get("username", "")))


@receiver(user_locked_out)
def locked_out(sender: object, request: HttpRequest, username: str | None, **more: Any) -> None:
    trail.add("sign_in.locked", username=username or "")


@receiver(password_changed)
@receiver(password_set)
def password_changed_by_themselves(sender: object, user: User, **more: Any) -> None:
    trail.add("person.password_changed", user=user)


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def second_factor(sender: object, user: User, authenticator: Authenticator, signal: Signal, **more: Any) -> None:
    trail.add(f"person.second_factor_{FACTOR_EVENTS[signal]}", user=user, facts={"type": authenticator.type})


@receiver(social_account_added)
def single_sign_on_added(sender: object, sociallogin: SocialLogin, **more: Any) -> None:
    trail.add("person.single_sign_on_added", user=sociallogin.user, facts={"provider": sociallogin.account.provider})


@receiver(authentication_step_completed)
def confirmed(sender: object, user: User, method: str, reauthenticated: bool = False, **more: Any) -> None:
    if reauthenticated:
        trail.add("person.confirmed", user=user, facts={"by": method})


@receiver(connection_changed)
def on_connection(
    sender: object, connection: Connection, what: str, user: User, facts: dict[str, Any], **more: Any
) -> None:
    # A deleted connection cannot be linked to any more; the event holds its name.
    still_there = connection if connection.pk else None
    facts = {"connection": str(connection.uuid), "name": connection.name, **facts}
    trail.add(f"connection.{what}", user=user, connection=still_there, facts=facts)


@receiver(account_changed)
def on_account(sender: object, connection: Connection, user: User, **more: Any) -> None:
    services.refuse_prepared(connection, user=user)


@receiver(person_changed)
def on_person(
    sender: object, what: str, request: HttpRequest, connection: Connection | None, facts: dict[str, Any], **more: Any
) -> None:
    user = request.user if isinstance(request.user, User) else None
    trail.add(f"person.{what}", user=user, connection=connection, facts=facts)
