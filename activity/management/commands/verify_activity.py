"""Hold the trail against itself: was anything changed, taken out or put in behind the program's back?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activity import trail
from activity.models import Head


class Command(BaseCommand):
    help = "Verify the hash chain of the activity trail. Exit code 1 and a line for each thing that does not fit."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--expect",
            metavar="HASH",
            help="an end of the chain that an earlier run printed and that was kept elsewhere: it must still be there",
        )

    def handle(self, *args: object, expect: str | None = None, **options: object) -> None:
        with trail.snapshot():
            found = list(trail.problems(expect))
            head = Head.objects.filter(pk=1).first()
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"The trail does not verify: {len(found)} problem(s).")
        self.stdout.write(f"The trail verifies: {head or '0 events'}.")
