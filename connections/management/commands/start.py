"""Runs everything for a first look in one terminal: the sandbox, the worker and the web server, until Ctrl-C."""

import contextlib
import os
import shlex
import socket
import sys
import threading
import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager

from connections import services
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection
from connections.sealing import Unreadable

INTERRUPTED = (130, 143)
PATIENCE = 60.0
"""Seconds that the sandbox has to start: a small machine starts three processes at once."""


def get_to_know() -> None:
    """Read the account of each connection that was never tested, once the sandbox listens: pages show its time zone."""
    wait_for("127.0.0.1", settings.SANDBOX_PORT, PATIENCE)
    for connection in Connection.objects.filter(tested_at=None):
        # If it fails, the connection's own page says what is wrong. Somebody may also have tested it there first, or
        # given it another key, or deleted it.
        with contextlib.suppress(ApiError, Unreadable, services.EditConflict, services.OtherAccount, services.Gone):
            account = services.check(ChartMogulClient.of(connection, background=True))
            services.note_test(connection, account=account)


def wait_for(host: str, port: int, seconds: float) -> None:
    """Wait until something listens on the port, or `seconds` are over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.1)


def look_at_ports() -> None:
    """Raise CommandError if a port cannot be bound: in the mixed output of three processes nobody would see why."""
    with contextlib.ExitStack() as held:
        for host, port in ((settings.HOST, settings.PORT), ("127.0.0.1", settings.SANDBOX_PORT)):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                held.enter_context(socket.create_server((host, port), family=family))
            except OSError as error:
                # The error names the host and the port.
                said = (
                    f"{error.strerror}. Set HOST, PORT and SANDBOX_PORT in .env to change what `make run` listens on."
                )
                raise CommandError(said) from error


class Command(BaseCommand):
    help = "Run the sandbox, the worker and the web server together; Ctrl-C stops all of them."

    def handle(self, *args: object, **options: object) -> None:
        look_at_ports()
        call_command("settle_activity", verbosity=0)
        # honcho runs commands in a shell, and the path of the project may contain a blank.
        python = shlex.quote(sys.executable)
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
        manager = Manager()
        manager.add_process("sandbox", f"{python} manage.py sandbox --port {settings.SANDBOX_PORT}", env=environment)
        manager.add_process(
            "web",
            # All else is in gunicorn.conf.py.
            f"{python} -m gunicorn chartmogul_admin.wsgi --bind {host}:{settings.PORT} --workers 1",
            env=environment,
        )
        # If it read the account before the sandbox is up, the sandbox would count as unreachable.
        worker = f"{python} manage.py worker --wait-for {settings.SANDBOX_PORT}"
        manager.add_process("worker", worker, env=environment)
        self.stdout.write(f"\n  Open http://{host}:{settings.PORT}/ in a browser. Ctrl-C stops everything.\n")
        self.stdout.flush()
        threading.Thread(target=get_to_know, daemon=True).start()
        manager.loop()
        # Ending by Ctrl-C is a normal exit.
        sys.exit(0 if manager.returncode in INTERRUPTED else manager.returncode)
