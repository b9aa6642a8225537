"""How far the sync of an account into the directory has come. The rows are the source of truth; a task only wakes a
worker."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections.models import Connection

EVERY = [
    (0, _("On demand only")),
    (1, _("Every hour")),
    (6, _("Every 6 hours")),
    (24, _("Every day")),
    (168, _("Every week")),
]


AFTER_FAILURE = timedelta(minutes=15)
MISSING_AFTER = timedelta(seconds=70)
"""A worker sends a heartbeat every 20 s, and counts as missing once three are overdue."""


class State(models.TextChoices):
    """waiting -> running -> done | failed | stopped, and from each of these to waiting again."""

    WAITING = "waiting", _("Waiting for the worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Complete")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class Sync(models.Model):
    """The sync of one connection: whether a directory is kept, how often it is read anew, and which worker runs it."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="sync")
    enabled = models.BooleanField(default=True)
    """Whether anything is stored of the account's records."""
    every_hours = models.PositiveSmallIntegerField(choices=EVERY, default=24)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STOPPED)
    problem = models.TextField(blank=True)
    """Why it failed, is paused, or may not be complete, in a sentence."""
    asked_at = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    """When a worker was last woken for it."""
    finished_at = models.DateTimeField(null=True)
    """When the last complete sync ended: the age of the directory."""
    stopped_at = models.DateTimeField(null=True)
    """When somebody stopped the last sync: the interval until the next one counts from then."""
    worker = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)
    """Until when `worker` holds the lease. A worker that was killed loses it then."""

    def __str__(self) -> str:
        return f"{self.connection}: {self.state}"

    def knows(self, resource_key: str) -> bool:
        """Whether all records of a kind were read, so that one that is not known does not exist."""
        return self.finished_at is not None and self.lists.filter(resource=resource_key, notice="").exists()

    @property
    def is_active(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)

    @property
    def is_paused(self) -> bool:
        """Whether it waits not only for a worker, but for ChartMogul to accept the key again."""
        return self.state == State.WAITING and bool(self.problem)

    @property
    def can_go_on(self) -> bool:
        """Whether a sync was begun and then failed or was stopped."""
        if self.pk is None or self.state not in (State.FAILED, State.STOPPED):
            return False
        return self.lists.exclude(started_at=None).exists()

    @property
    def is_due(self) -> bool:
        """Whether the schedule asks for a sync now."""
        if not self.enabled or self.is_active or not self.every_hours:
            return False
        pause = timedelta(hours=self.every_hours)
        last, pause = {
            State.DONE: (self.finished_at, pause),
            State.STOPPED: (self.stopped_at, pause),
            State.FAILED: (self.asked_at, AFTER_FAILURE),
        }[State(self.state)]
        return last is None or last < timezone.now() - pause


class SyncedList(models.Model):
    """How far one list of the account has been read. Its records are stored in one transaction with the next cursor."""

    sync = models.ForeignKey(Sync, on_delete=models.CASCADE, related_name="lists")
    resource = models.CharField(max_length=50)
    cursor = models.TextField(blank=True)
    """The cursor of the page to read next; empty for the first page."""
    count = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0)
    """How many of the last stored pages in a row held only records that this sync had already seen."""
    started_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    """When the last page was stored."""
    finished_at = models.DateTimeField(null=True)
    notice = models.TextField(blank=True)
    """Why the list may not be complete, in a sentence, as of the last time it was read to its end."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sync", "resource"), name="one_place_a_list"),)

    def __str__(self) -> str:
        return f"{self.resource}: {self.count}"

    @property
    def rate(self) -> int:
        """Records per second, over the whole sync so far."""
        if not self.started_at or not self.read_at:
            return 0
        return round(self.count / max((self.read_at - self.started_at).total_seconds(), 0.1))


class Heartbeat(models.Model):
    """When any worker last reported that it is running: one row for all of them."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def beat(cls) -> None:
        cls.objects.update_or_create(pk=1, defaults={"at": timezone.now()})

    @classmethod
    def is_recent(cls) -> bool:
        return cls.objects.filter(at__gt=timezone.now() - MISSING_AFTER).exists()
