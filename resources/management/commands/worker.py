"""The command that runs background work: reading accounts into the directory."""

import logging
import threading
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from connections.management.commands.start import PATIENCE, wait_for
from resources.sync import services
from resources.sync.models import Heartbeat

logger = logging.getLogger("resources.sync")

LOOK_EVERY = 20.0
"""Seconds between two checks for syncs that are due or have lost their worker."""
RESULTS_KEPT = timedelta(days=1)


def look_after(stopping: threading.Event) -> None:
    """Send a heartbeat and start what is due, again and again. Goes on if the database is unavailable for a while."""
    while True:
        try:
            Heartbeat.beat()
            services.ring_what_is_due()
            forget_results()
        except DatabaseError:
            logger.exception("What is due could not be looked up; the next try is in %g s.", LOOK_EVERY)
        finally:
            connection.close()
        if stopping.wait(LOOK_EVERY):
            return


def forget_results() -> None:
    """Delete old task results, which nobody needs. In Redis, they expire by themselves."""
    if settings.TASK_QUEUE == "database":
        from django_tasks_db.models import DBTaskResult

        DBTaskResult.objects.filter(finished_at__lt=timezone.now() - RESULTS_KEPT).delete()


class Command(BaseCommand):
    help = "Run background work until stopped: what is scheduled and what people ask for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wait-for", type=int, metavar="PORT", help="begin once something listens there, as the sandbox"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["wait_for"]:
            wait_for("127.0.0.1", options["wait_for"], PATIENCE)
        stopping = threading.Event()
        threading.Thread(target=look_after, args=(stopping,), daemon=True, name="schedule").start()
        try:
            if settings.TASK_QUEUE == "rq":
                # RQ's default job class knows nothing of tasks. Its default worker class forks for each job: the child
                # inherits the locks that SQLite holds in the other thread, and they are never released.
                call_command("rqworker", "default", job_class="django_tasks_rq.Job", worker_class="rq.SimpleWorker")
            else:
                call_command("db_worker", interval=1, reload=False, startup_delay=False)
        finally:
            stopping.set()
