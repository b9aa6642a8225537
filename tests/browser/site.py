"""The product as it runs in production: gunicorn with threads, hashed static files, a database of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import requests
from django.conf import settings as loaded

from tests.browser.prepare import PASSWORD, USERNAME

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """A site whose connections of kind sandbox lead to `upstream`; `settings` are variables of its environment. Its socket outlives its processes, so one that is
    killed and started again keeps its address, and a request in between waits."""

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
            "DATABASE_URL": database or f"sqlite:///{directory / 'site.sqlite3'}",
            # Collected once a run, see tests/conftest.py.
            "BROWSER_STATIC_ROOT": str(loaded.STATIC_ROOT),
            "SANDBOX_URL": upstream,
            **(settings or {}),
        }
        self.log = directory / "site.log"
        self.run("-m", "tests.browser.prepare")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        # As gunicorn does for addresses that it opens itself; without it each answer waits for an acknowledgement.
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        # When it ends it does not wait for what is under way: a request of a test may hang on purpose.
        options = f"--threads {threads} --workers {workers} --preload"
        self.command = [
            *(sys.executable, "-m", "gunicorn", "tests.browser.wsgi", "--bind", f"fd://{self.listener.fileno()}"),
            *(*options.split(), "--graceful-timeout", "1"),
        ]

    def run(self, *arguments: str) -> str:
        """What a command with the site's settings prints."""
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
        return done.stdout

    def start(self) -> None:
        # The socket listens before the server runs, so the first request waits for it and nothing needs to poll.
        with self.log.open("a") as log:
            self.server = subprocess.Popen(  # noqa: S603
                self.command,
                cwd=ROOT,
                env=self.environment,
                pass_fds=[self.listener.fileno()],
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(30)
        self.listener.close()

    def kill_workers(self) -> None:
        """SIGKILL for what answers requests; gunicorn's master then starts it anew."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        for worker in children.read_text().split():
            os.kill(int(worker), signal.SIGKILL)

    def kill(self) -> None:
        """SIGKILL for all of it."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait(30)

    def sign_in(self) -> requests.Session:
        """A client that is signed in and sends the CSRF token along."""
        session = requests.Session()
        login = f"{self.address}/accounts/login/"
        session.get(login, timeout=30)
        form = {"username": USERNAME, "password": PASSWORD}
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
def running_site(directory: Path, upstream: str, *, threads: int = 8) -> Iterator[str]:
    """The address of a site, stopped with the block."""
    with running(Site(directory, upstream, threads=threads)) as site:
        yield site.address
