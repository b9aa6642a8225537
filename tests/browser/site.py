"""The product in its production setup: gunicorn with threads, hashed static files, and a separate database."""

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
    """Create the tables of a site and a user. Copies of the database can be used for any site."""
    environment = {"DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings", "DATABASE_URL": database}
    output("tests.browser.prepare", "tables", environment=os.environ | environment)


@cache
def with_tables() -> Path:
    """Return an SQLite file with the tables, created once per run: migrations take longer than everything else."""
    folder = tempfile.mkdtemp(prefix="site-")
    atexit.register(shutil.rmtree, folder)
    make_tables(f"sqlite:///{folder}/site.sqlite3")
    return Path(folder) / "site.sqlite3"


class Site:
    """A site whose connections of kind sandbox lead to `upstream`; `settings` are additional environment variables.

    `database` is the URL of one with tables, by default a new SQLite file. The socket outlives the server's processes,
    so a server that is killed and restarted keeps its address, and requests in between wait.
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
            # Collected once per run, see tests/conftest.py.
            "BROWSER_STATIC_ROOT": str(loaded.STATIC_ROOT),
            "SANDBOX_URL": upstream,
            **(settings or {}),
        }
        self.log = directory / "site.log"
        self.run("tests.browser.prepare")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        # As gunicorn does for sockets that it opens itself; without it each response waits for an acknowledgement.
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        # Do not wait for running requests on shutdown: a request of a test may hang on purpose.
        options = f"--bind fd://{LISTENER} --threads {threads} --workers {workers} --preload --graceful-timeout 1"
        self.command = ["gunicorn", "chartmogul_admin.wsgi", *options.split()]

    def run(self, module: str, *arguments: str) -> str:
        """Run a module with the site's settings and return what it prints."""
        return output(module, *arguments, environment=self.environment)

    def start(self) -> None:
        # The socket listens before the server runs, so the first request waits for the server and nobody has to poll.
        self.server = Process(
            *self.command, environment=self.environment, log=self.log, listener=self.listener, leading=True
        )

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(30)
        self.server.close()
        self.listener.close()

    def kill_workers(self) -> None:
        """Send SIGKILL to the workers; gunicorn's master then starts new ones."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        for worker in children.read_text().split():
            os.kill(int(worker), signal.SIGKILL)

    def kill(self) -> None:
        """Send SIGKILL to all processes of the server."""
        self.server.kill_group()
        self.server.close()

    def sign_in(self, username: str = USERNAME) -> requests.Session:
        """Return a signed-in client that sends the CSRF token with each request."""
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
    """Yield the URL of a site, which is stopped at the end of the block."""
    with running(Site(directory, upstream, threads=threads, settings=settings)) as site:
        yield site.address
