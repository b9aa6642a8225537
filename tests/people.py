"""People with roles, for tests of who may do what."""

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
    """Somebody signed in who has this role, or no part in the connection at all."""
    return Browser(client_of(person(name or (role.label.lower() if role else "stranger"), connection, role)))


def with_password(name: str, password: str = PASSWORD) -> User:
    return User.objects.create_user(name, password=password)


def sign_in(client: Client, username: str, password: str = PASSWORD, *, address: str = "127.0.0.1", **form: str) -> Any:
    """The answer to the form of the sign-in page, sent from this address."""
    form |= {"username": username, "password": password}
    return client.post("/accounts/login/", form, REMOTE_ADDR=address)


def with_app(user: User) -> str:
    """The secret of an authenticator app that this person has from now on."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str, *, wrong: bool = False) -> str:
    """What the app shows now."""
    value = hotp_value(secret, next(yield_hotp_counters_from_time()))
    return format_hotp_value((value + 1) % 1_000_000 if wrong else value)
