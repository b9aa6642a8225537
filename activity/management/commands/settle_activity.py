"""Set the outcome of writes whose server died before the answer came to unknown."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from activity import services


class Command(BaseCommand):
    help = (
        "Settle the writes that a stopped server left unfinished: their outcome is unknown. Pages that show writes do "
        "this by themselves. Use less than the default only while no server runs: it may be waiting for the response."
    )

    def add_arguments(self, parser: Any) -> None:
        seconds = round(services.LOST_AFTER.total_seconds())
        parser.add_argument("--older-than", type=int, metavar="SECONDS", default=seconds, help=f"default {seconds}")

    def handle(self, *args: object, older_than: int, verbosity: int, **options: object) -> None:
        count = services.settle_all(older_than=timedelta(seconds=older_than))
        if verbosity:
            self.stdout.write(f"{count} write(s) settled.")
