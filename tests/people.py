"""People with roles, for tests of who may do what."""

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
