"""People with roles, for tests of permissions."""

from typing import Any

from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.models import User
from django.test import Client

from connections.models import Access, Connection
from connections.roles import Role
from tests.pages import Browser

PASSWORD = "correct horse battery staple"


def person(name: str, connection: Connection | None = None, role: Role | None = None) -> User:
    user = User.objects.create_user(name)
    if connection and role:
        Access.objects.create(user=user, connection=connection, role=role)
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def somebody(role: Role | None, connection: Connection, name: str = "") -> Browser:
    """Return the browser of a new signed-in person with this role; None: without any role in the connection."""
    return Browser(client_of(person(name or (role.label.lower() if role else "stranger"), connection, role)))


def with_password(name: str, password: str = PASSWORD) -> User:
    return User.objects.create_user(name, password=password)


def sign_in(client: Client, username: str, password: str = PASSWORD, *, address: str = "127.0.0.1", **form: str) -> Any:
    """Submit the sign-in form from this IP address and return the response."""
    form |= {"username": username, "password": password}
    return client.post("/accounts/login/", form, REMOTE_ADDR=address)


def with_app(user: User) -> str:
    """Set up an authenticator app for this person and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str, *, wrong: bool = False) -> str:
    """Return the code that the app shows now; with `wrong` a different one."""
    value = hotp_value(secret, next(yield_hotp_counters_from_time()))
    return format_hotp_value((value + 1) % 1_000_000 if wrong else value)
