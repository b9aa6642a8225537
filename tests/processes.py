"""Python processes that start in a third of the time: each is forked from a fork server with the product's dependencies
loaded.

with Process("tests.sync_worker", "1", "0.5", environment=os.environ | {"DATABASE_URL": address}) as process:
    assert process.stdout.readline() == "ready\n"
    process.kill()

The fork server has loaded neither settings nor the product itself, so each process reads the environment that it is
given, as with `python -m`. It starts with the first process that a test run needs, and ends with the run.
"""

import contextlib
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socket
from typing import Any, Self

# None of these reads settings. A package that is missing here only makes the start slower.
PACKAGES = [
    "cryptography.fernet",
    "django.contrib.auth.hashers",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.views.generic",
    "django_stubs_ext",
    "fido2.webauthn",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "psycopg",
    "qrcode",
    "requests",
    "whitenoise.middleware",
]
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(PACKAGES)
LISTENER = "{listener}"
"""A placeholder in an argument for the socket's file descriptor in the process."""


class Process:
    """Runs `python -m module arguments` at the root of the project, with pipes as `stdin` and `stdout`.

    `log` is a file to which its stderr is appended. `listener` is a socket that it shares with the test. With `leading`
    it gets its own process group.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str],
        log: Path | None = None,
        listener: socket | None = None,
        leading: bool = False,
    ) -> None:
        (its_stdin, stdin), (stdout, its_stdout) = os.pipe(), os.pipe()
        self.stdin, self.stdout = os.fdopen(stdin, "w"), os.fdopen(stdout)
        with Connection(its_stdin, writable=False) as reads, Connection(its_stdout, readable=False) as prints:
            options = {"environment": dict(environment), "reads": reads, "prints": prints, "log": log}
            options |= {"listener": listener, "leading": leading}
            self._process = FORKED.Process(target=_run, args=(module, arguments), kwargs=options)
            self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status, or the negative number of a signal; None while it is running."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        self._process.join(seconds)
        status = self.poll()
        if status is None:
            raise TimeoutError(f"still running after {seconds} s")
        return status

    def kill(self) -> None:
        """Send SIGKILL and wait for the end of the process."""
        self._process.kill()
        self.wait(30)

    def terminate(self) -> None:
        self._process.terminate()

    def kill_group(self) -> None:
        """Send SIGKILL to its process group, so also to processes that it has started."""
        os.killpg(self.pid, signal.SIGKILL)
        self.wait(30)

    def close(self) -> None:
        """Kill it if it is still running, and close its pipes."""
        self.kill()
        # Buffered input that it did not read can no longer be written.
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def output(module: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run the module and return what it prints. It must end with status 0."""
    with Process(module, *arguments, environment=environment) as process:
        printed = process.stdout.read()
        status = process.wait(60)
        assert status == 0, f"{module} ended with {status}"
    return printed


def _run(
    module: str,
    arguments: tuple[str, ...],
    *,
    environment: dict[str, str],
    reads: Connection,
    prints: Connection,
    log: Path | None,
    listener: socket | None,
    leading: bool,
) -> Any:
    if leading:
        os.setsid()
    os.dup2(reads.fileno(), 0)
    os.dup2(prints.fileno(), 1)
    reads.close()
    prints.close()
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if log:
        with log.open("a") as file:
            os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = [each.replace(LISTENER, str(listener.fileno())) if listener else each for each in arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
