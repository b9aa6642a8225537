"""Everything of a first look in one terminal: the sandbox, the worker and the web server, until Ctrl-C."""

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
"""Seconds that the sandbox has to begin: a small machine starts three processes at once."""


def get_to_know() -> None:
    """Ask each connection that was never tested for its account, once the sandbox listens: pages show its time zone."""
    wait_for("127.0.0.1", settings.SANDBOX_PORT, PATIENCE)
    for connection in Connection.objects.filter(tested_at=None):
        # Where it fails, its own page says what is wrong; somebody there may also have been quicker, and may have
        # given it another key or deleted it.
        with contextlib.suppress(ApiError, Unreadable, services.EditConflict, services.OtherAccount, services.Gone):
            account = services.check(ChartMogulClient.of(connection, background=True))
            services.note_test(connection, account=account)


def wait_for(host: str, port: int, seconds: float) -> None:
    """Return once something listens there, or after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.1)


def look_at_ports() -> None:
    """Refuse to start where one of the ports cannot be had: among the lines of three processes nobody would see why."""
    with contextlib.ExitStack() as held:
        for host, port in ((settings.HOST, settings.PORT), ("127.0.0.1", settings.SANDBOX_PORT)):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                held.enter_context(socket.create_server((host, port), family=family))
            except OSError as error:
                # It names the host and the port.
                said = (
                    f"{error.strerror}. Set HOST, PORT and SANDBOX_PORT in .env to change what `make run` listens on."
                )
                raise CommandError(said) from error


class Command(BaseCommand):
    help = "Run the sandbox, the worker and the web server together; Ctrl-C stops all of them."

    def handle(self, *args: object, **options: object) -> None:
        look_at_ports()
        call_command("settle_activity", verbosity=0)
        # A shell runs what honcho starts, and the folder of the project may have a blank in its name.
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
        # Whoever reads the account before the sandbox is there takes it for one that cannot be reached.
        worker = f"{python} manage.py worker --wait-for {settings.SANDBOX_PORT}"
        manager.add_process("worker", worker, env=environment)
        self.stdout.write(f"\n  Open http://{host}:{settings.PORT}/ in a browser. Ctrl-C stops everything.\n")
        self.stdout.flush()
        threading.Thread(target=get_to_know, daemon=True).start()
        manager.loop()
        # Stopped by Ctrl-C is stopped as it should be.
        sys.exit(0 if manager.returncode in INTERRUPTED else manager.returncode)
