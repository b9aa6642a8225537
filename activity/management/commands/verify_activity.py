"""Verify the trail: was anything changed, removed or inserted behind the program's back?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activity import trail
from activity.models import Head


class Command(BaseCommand):
    help = "Verify the hash chain of the activity trail. Prints a line for each problem, and then exits with code 1."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--expect",
            metavar="HASH",
            help="an end of the chain that an earlier run printed and that you kept elsewhere: it must still exist",
        )

    def handle(self, *args: object, expect: str | None = None, **options: object) -> None:
        with trail.snapshot():
            found = list(trail.problems(expect))
            head = Head.objects.filter(pk=1).first()
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"The trail could not be verified: {len(found)} problem(s).")
        self.stdout.write(f"The trail is intact: {head or '0 events'}.")
