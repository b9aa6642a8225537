"""The product as it runs in production: gunicorn with threads, hashed static files, a database file of its own."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running_site(directory: Path, sandbox_url: str, *, threads: int = 8) -> Iterator[str]:
    """The address of a site whose connections of kind sandbox lead to `sandbox_url`; stopped with the block."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "DATABASE_URL": f"sqlite:///{directory / 'site.sqlite3'}",
        "BROWSER_STATIC_ROOT": str(directory / "static"),
        "SANDBOX_URL": sandbox_url,
    }
    subprocess.run([sys.executable, "-m", "tests.browser.prepare"], cwd=ROOT, env=environment, check=True)
    # The socket listens before the server runs, so the first request waits for it and nothing needs to poll.
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, (directory / "site.log").open("w") as log:
        gunicorn = [sys.executable, "-m", "gunicorn", "chartmogul_admin.wsgi", "--bind", f"fd://{listener.fileno()}"]
        # When it ends it does not wait for what is under way: a request of a test may hang on purpose.
        options = [
            "--worker-class",
            "gthread",
            "--threads",
            str(threads),
            "--no-control-socket",
            "--graceful-timeout",
            "1",
        ]
        server = subprocess.Popen(  # noqa: S603
            [*gunicorn, *options],
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
