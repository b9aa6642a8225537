"""`manage.py sandbox`: the local stand-in for ChartMogul, see docs/sandbox.md."""

import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sandbox.server import API_KEY, SandboxServer


class Command(BaseCommand):
    help = "Run a local stand-in for the ChartMogul API, on a loopback address only."
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.SANDBOX_PORT, help="default: %(default)s")
        parser.add_argument(
            "--database", type=Path, default=settings.BASE_DIR / "sandbox.sqlite3", help="default: %(default)s"
        )
        parser.add_argument("--reset", action="store_true", help="discard its data and start from the seed")
        parser.add_argument(
            "--rate-limit", type=int, default=40, help="requests per second, 0 for no limit (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            server = SandboxServer(
                host=options["host"],
                port=options["port"],
                database=options["database"],
                rate_limit=options["rate_limit"] or None,
                log_requests=False,
            )
        except (OSError, ValueError, sqlite3.Error) as error:
            raise CommandError(str(error)) from error
        try:
            if options["reset"]:
                server.reset()
            self.stdout.write(f"The sandbox answers at {server.url}/v1/ to the API key {API_KEY}. Ctrl-C stops it.")
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("The sandbox has stopped.")
        finally:
            server.close()
