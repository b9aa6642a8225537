"""Fixtures for all tests: signed-in clients, and connections to servers on this machine."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection as database
from django.template import Template
from django.test import Client, override_settings
from django.test.utils import _TestState
from hypothesis import settings as hypothesis_settings

# Connects its receivers of sign-ins: a test may sign in before any request has imported it.
import chartmogul_admin.sign_in.sessions  # noqa: F401
from connections.client import close_sessions
from connections.models import Connection
from connections.transport import Limits
from sandbox.server import SandboxServer
from tests.pages import Browser
from tests.servers import RecordingServer

# The time of an example is not meaningful on a busy machine.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")
NOWHERE = "http://127.0.0.1:1"
# The default limits made some hundred times smaller, and no back-off between tries.
QUICK = Limits(connect=0.3, read=0.3, total=0.6, backoff_first=0.0, backoff_cap=0.0)


@pytest.fixture(scope="session", autouse=True)
def _static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Collect the static files as in production, once per run.

    WhiteNoise looks them up on request instead of listing them at the start, because each test client would list all of
    them. The servers of the browser tests list them as in production.
    """
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static"), WHITENOISE_AUTOREFRESH=True):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield


@pytest.fixture(scope="session", autouse=True)
def _templates_as_they_are(django_test_environment: None) -> None:
    """Turn off Django's recording of template contexts for tests. No test here uses them: they read pages."""
    Template._render = _TestState.saved_data.template_render


@pytest.fixture(autouse=True)
def _no_idle_sockets() -> Iterator[None]:
    yield
    close_sessions()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    for cache in caches.all():
        cache.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Replace Argon2, which is slow on purpose; passwords of tests need no protection."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Make clients wait for a fraction of a second at most."""
    monkeypatch.setattr("connections.client.Limits", lambda: QUICK)
    return QUICK


@pytest.fixture
def ada(django_user_model: type[User]) -> User:
    """An owner of the installation, who may do everything."""
    return django_user_model.objects.create_superuser("ada")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    """Django's test client, signed in as `ada`."""
    client.force_login(ada)
    return client


@pytest.fixture
def visitor(signed_in: Client) -> Browser:
    """A browser without JavaScript, signed in as `ada`."""
    return Browser(signed_in)


def make_connection(name: str, *, kind: str = "live", token: str = "sandbox", **more: Any) -> Connection:
    connection = Connection(name=name, kind=kind, **more)
    connection.set_credential(token)
    connection.save()
    return connection


@pytest.fixture
def recorder(settings: Any) -> Iterator[RecordingServer]:
    """The upstream of connections of kind live. Set its `routes` or `script` before the first request."""
    with RecordingServer() as server:
        settings.API_ORIGINS = {"live": server.origin, "sandbox": NOWHERE}
        yield server


@pytest.fixture
def main(db: None, recorder: RecordingServer) -> Connection:
    """A connection of kind live to the recorder; its account has the time zone Europe/Berlin."""
    return make_connection("Main", account_name="Example", account_currency="EUR", account_time_zone="Europe/Berlin")


@pytest.fixture
def sandbox(settings: Any) -> Iterator[SandboxServer]:
    """The sandbox with its seed: the upstream of connections of kind sandbox."""
    with SandboxServer(rate_limit=None) as server:
        settings.API_ORIGINS = {"live": NOWHERE, "sandbox": server.url}
        yield server


@pytest.fixture
def box(db: None, sandbox: SandboxServer) -> Connection:
    """A connection to the sandbox, with the slug `box`."""
    return make_connection(
        "Box", kind="sandbox", account_name="Sandbox Ltd", account_currency="EUR", account_time_zone="Europe/Berlin"
    )


@pytest.fixture
def shared(transactional_db: None, tmp_path: Path) -> Callable[[], str]:
    """A function that returns the URL of a database with what the test has stored so far, for other processes."""

    def address() -> str:
        if database.vendor == "postgresql":
            found = database.settings_dict
            return f"postgres://{found['USER']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"
        database.ensure_connection()
        with contextlib.closing(sqlite3.connect(tmp_path / "shared.sqlite3")) as copy:
            database.connection.backup(copy)
            # In a running installation this was done long ago; several processes cannot do it at the same time.
            copy.execute("PRAGMA journal_mode=WAL")
        return f"sqlite:///{tmp_path / 'shared.sqlite3'}"

    return address
