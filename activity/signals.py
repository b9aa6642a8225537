"""Events that happen elsewhere: signing in and out, and what is done to a connection."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from activity import trail
from connections.models import Connection
from connections.signals import connection_changed


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


@receiver(connection_changed)
def on_connection(
    sender: object, connection: Connection, what: str, request: HttpRequest, facts: dict[str, Any], **more: Any
) -> None:
    user = request.user if isinstance(request.user, User) else None
    # A deleted connection cannot be pointed at any more; its name stands in the event.
    still_there = connection if connection.pk else None
    facts = {"connection": str(connection.uuid), "name": connection.name, **facts}
    trail.add(f"connection.{what}", user=user, connection=still_there, facts=facts)
