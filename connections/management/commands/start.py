"""Everything of a first look in one terminal: the sandbox and the web server, until Ctrl-C."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from honcho.manager import Manager

INTERRUPTED = (130, 143)
THREADS = 16
"""A slow upstream holds a thread for up to a minute; the others go on."""


class Command(BaseCommand):
    help = "Run the sandbox and the web server together; Ctrl-C stops both."

    def handle(self, *args: object, **options: object) -> None:
        python = sys.executable
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
        manager = Manager()
        manager.add_process("sandbox", f"{python} manage.py sandbox --port {settings.SANDBOX_PORT}", env=environment)
        manager.add_process(
            "web",
            f"{python} -m gunicorn chartmogul_admin.wsgi --bind {host}:{settings.PORT} "
            f"--worker-class gthread --workers 1 --threads {THREADS} --no-control-socket",
            env=environment,
        )
        self.stdout.write(f"\n  Open http://{host}:{settings.PORT}/ in a browser. Ctrl-C stops everything.\n")
        self.stdout.flush()
        manager.loop()
        # Stopped by Ctrl-C is stopped as it should be.
        sys.exit(0 if manager.returncode in INTERRUPTED else manager.returncode)
