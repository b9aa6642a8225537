"""The product as it runs in production: gunicorn with threads, hashed static files, a database of its own."""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import requests
from django.conf import settings as loaded

from tests.browser.prepare import PASSWORD, USERNAME
from tests.processes import LISTENER, Process, output


def make_tables(database: str) -> None:
    """The tables of a site and somebody to sign in. Its copies are good for any site."""
    environment = {"DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings", "DATABASE_URL": database}
    output("tests.browser.prepare", "tables", environment=os.environ | environment)


@cache
def with_tables() -> Path:
    """An SQLite file with them, made once a run: migrations take longer than all else that a site needs."""
    folder = tempfile.mkdtemp(prefix="site-")
    atexit.register(shutil.rmtree, folder)
    make_tables(f"sqlite:///{folder}/site.sqlite3")
    return Path(folder) / "site.sqlite3"


class Site:
    """A site whose connections of kind sandbox lead to `upstream`; `settings` are variables of its environment.

    Its `database` is one with tables in it, or by default a new file of SQLite. Its socket outlives its processes, so one
    that is killed and started again keeps its address, and a request in between waits.
    """

    def __init__(
        self,
        directory: Path,
        upstream: str,
        *,
        database: str = "",
        threads: int = 8,
        workers: int = 1,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "DATABASE_URL": database or f"sqlite:///{shutil.copy(with_tables(), directory)}",
            # Collected once a run, see tests/conftest.py.
            "BROWSER_STATIC_ROOT": str(loaded.STATIC_ROOT),
            "SANDBOX_URL": upstream,
            **(settings or {}),
        }
        self.log = directory / "site.log"
        self.run("tests.browser.prepare")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        # As gunicorn does for addresses that it opens itself; without it each answer waits for an acknowledgement.
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        # When it ends it does not wait for what is under way: a request of a test may hang on purpose.
        options = f"--bind fd://{LISTENER} --threads {threads} --workers {workers} --preload --graceful-timeout 1"
        self.command = ["gunicorn", "chartmogul_admin.wsgi", *options.split()]

    def run(self, module: str, *arguments: str) -> str:
        """What a command with the site's settings prints."""
        return output(module, *arguments, environment=self.environment)

    def start(self) -> None:
        # The socket listens before the server runs, so the first request waits for it and nothing needs to poll.
        self.server = Process(
            *self.command, environment=self.environment, log=self.log, listener=self.listener, leading=True
        )

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(30)
        self.server.close()
        self.listener.close()

    def kill_workers(self) -> None:
        """SIGKILL for what answers requests; gunicorn's master then starts it anew."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        for worker in children.read_text().split():
            os.kill(int(worker), signal.SIGKILL)

    def kill(self) -> None:
        """SIGKILL for all of it."""
        self.server.kill_group()
        self.server.close()

    def sign_in(self, username: str = USERNAME) -> requests.Session:
        """A client that is signed in and sends the CSRF token along."""
        session = requests.Session()
        login = f"{self.address}/accounts/login/"
        session.get(login, timeout=30)
        form = {"username": username, "password": PASSWORD}
        session.headers["X-CSRFToken"] = session.cookies["csrf"]
        assert session.post(login, form, timeout=30, allow_redirects=False).status_code == 302
        session.headers["X-CSRFToken"] = session.cookies["csrf"]
        return session


@contextlib.contextmanager
def running(site: Site) -> Iterator[Site]:
    site.start()
    try:
        yield site
    finally:
        site.stop()


@contextlib.contextmanager
def running_site(
    directory: Path, upstream: str, *, threads: int = 8, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of a site, stopped with the block."""
    with running(Site(directory, upstream, threads=threads, settings=settings)) as site:
        yield site.address
