"""The product in its production setup, on the database of a benchmark, for connections of kind live."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running(upstream: str, *, threads: int = 4, workers: int = 1) -> Iterator[str]:
    """Yield the URL of a site whose live connections lead to `upstream`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0), backlog=64) as listener,
        (Path(folder) / "log").open("w") as log,
    ):
        # As gunicorn does for sockets that it opens itself; without it each response waits for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "BROWSER_STATIC_ROOT": folder,
            "CHARTMOGUL_API_URL": upstream,
        }
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env=environment, check=True)  # noqa: S603
        command = [sys.executable, "-m", "gunicorn", "chartmogul_admin.wsgi", "--bind", f"fd://{listener.fileno()}"]
        options = ["--preload", "--threads", str(threads), "--workers", str(workers)]
        server = subprocess.Popen(  # noqa: S603
            [*command, *options, "--no-control-socket", "--graceful-timeout", "1"],
            cwd=ROOT,
            env=environment,
            pass_fds=[listener.fileno()],
            stderr=log,
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.terminate()
            server.wait(30)


def signed_in(username: str = "ada") -> str:
    """Return the session cookie of a signed-in owner."""
    client = Client()
    client.force_login(User.objects.get_or_create(username=username, defaults={"is_superuser": True})[0])
    return client.cookies["session"].value


class Visitor:
    """A minimal HTTP client with a session: it does not decompress or parse anything, to add little time of its own."""

    def __init__(self, session: str) -> None:
        self._headers = {"Cookie": f"session={session}", "Accept-Encoding": "gzip"}
        self._connection: HTTPConnection | None = None

    def get(self, address: str) -> tuple[HTTPMessage, bytes]:
        """Return the headers and the raw body of the response. If the server has closed the kept-alive connection, retry
        over a new one, as browsers do. Raises RuntimeError unless the status is 200."""
        parts = urlsplit(address)
        for connection in (self._connection, HTTPConnection(parts.netloc, timeout=60)):
            if connection is None:
                continue
            try:
                connection.request("GET", f"{parts.path}?{parts.query}", headers=self._headers)
                answer = connection.getresponse()
                body = answer.read()
            except ConnectionError:
                continue
            self._connection = connection
            if answer.status != 200:
                raise RuntimeError(f"{address} answers {answer.status}")
            return answer.headers, body
        raise RuntimeError(f"{address} does not answer")


def seconds(browser: Visitor, address: str) -> float:
    """Return the seconds until the last byte of a page."""
    began = time.perf_counter()
    browser.get(address)
    return time.perf_counter() - began
