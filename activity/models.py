"""What was done: each write to ChartMogul as a row, and a trail of events that nothing is taken out of."""

import hashlib
import json
import math
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from activity import in_words
from connections.api_request import ApiRequest
from connections.models import Connection
from connections.words import Words

SENT_WITHIN = timedelta(days=1)
"""A review that is older can no longer be sent."""


def storable(value: Any) -> Any:
    """Foreign data as the database can keep it and a page can show it: without NUL, which PostgreSQL takes in no text,
    and without half surrogates, which are no character."""
    if isinstance(value, Promise):
        value = str(value)
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [storable(held) for held in value]
    return value


class AppendOnly(Exception):
    """Somebody tried to change or delete what is kept as it was."""


class KeptQuerySet(models.QuerySet):
    """Rows that can be added and read. Changes go through the services of this app, which call `change`."""

    def update(self, **values: Any) -> NoReturn:
        raise AppendOnly("The trail is not changed; activity.services knows the few ways in which a write goes on.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Nothing is deleted from the trail.")

    def change(self, **values: Any) -> int:
        return super().update(**values)


class Outcome(models.TextChoices):
    """What became of a write: prepared -> sending -> accepted | refused | unknown, or prepared -> discarded."""

    PREPARED = "prepared", gettext_lazy("Not sent yet")
    SENDING = "sending", gettext_lazy("Being sent")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    REFUSED = "refused", gettext_lazy("Refused")
    UNKNOWN = "unknown", gettext_lazy("Outcome unknown")
    DISCARDED = "discarded", gettext_lazy("Discarded, not sent")


WAITING = ("waiting", gettext_lazy("Waiting for a second person"))
WITHDRAWN = ("withdrawn", gettext_lazy("Withdrawn, not sent"))
"""How a write stands that was laid before a second person, where its outcome, prepared or discarded, says less."""


class Write(models.Model):
    """One write, from its review to its outcome. The review page shows this row, Send names its key and nothing else,
    and a row leaves `prepared` once: that is the guard against sending twice.

    Holds the exact bytes that go out; never a credential.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, null=True, on_delete=models.SET_NULL, related_name="writes")
    connection_name = models.CharField(max_length=100)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="writes")
    username = models.CharField(max_length=150)

    operation = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    resource = models.CharField(max_length=50)
    record_uuid = models.CharField(max_length=255, blank=True)
    record_name = models.TextField(blank=True)
    owner_uuid = models.CharField(max_length=255, blank=True)
    """The record that this one belongs to, as far as it is known: the customer of an invoice."""
    owner_name = models.TextField(blank=True)
    """Its name, where the directory knew it when this was prepared."""

    method = models.CharField(max_length=10)
    path = models.TextField()
    query = models.JSONField(default=list)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=list)

    typed = models.JSONField(default=dict)
    """The form as it was posted, name -> list of values: for going back to it with everything still there."""
    changes = models.JSONField(default=list)
    """The review in words: resources.forms.Change as objects."""
    warnings = models.JSONField(default=list)
    """What the person who sent it was told on the review: sentences."""
    before = models.JSONField(null=True)
    """The record as one GET gave it when the write was prepared."""
    to_type = models.TextField(blank=True)
    """What has to be typed, and a reason given, before this is sent; empty where Send is enough."""
    goes_too = models.JSONField(default=list)
    """For a deletion: what goes with the record, as it was counted: `at least 200 customers`."""
    reason = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    """When it was laid before a second person, who alone can send it then."""

    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PREPARED)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    """What ChartMogul or the network said, in a sentence, when it was not accepted."""
    field_errors = models.JSONField(default=dict)
    request_id = models.CharField(max_length=200, blank=True)
    retry_after = models.FloatField(null=True)

    prepared_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    scrubbed_at = models.DateTimeField(null=True)

    objects = KeptQuerySet.as_manager()

    LARGE: ClassVar[tuple[str, ...]] = ("body", "typed", "before", "answer")
    """What a list of writes does not read: it may be much, and only a write's own page shows it."""

    # What a digest covers: everything but the links to other tables, which may be set to null there; the times, for
    # each step is an event, which has its own; owner_uuid, by which rows are found, for path or record say it too; and
    # retry_after, which is of no use a moment later.
    CONTENT: ClassVar[tuple[str, ...]] = (
        *("connection_name", "username", "operation", "title", "resource", "record_uuid", "record_name"),
        *("method", "path", "query", "headers", "typed", "changes", "warnings", "before", "reason"),
        *("outcome", "status", "answer", "summary", "field_errors", "request_id"),
    )
    # Came later: part of a digest where they say something, so that the digests of older rows still hold.
    LATER_CONTENT: ClassVar[tuple[str, ...]] = ("to_type", "goes_too", "owner_name")

    class Meta:
        ordering = ("-prepared_at",)
        indexes = (
            models.Index(fields=("connection", "-prepared_at")),
            models.Index(fields=("connection", "record_uuid", "-prepared_at")),
            models.Index(fields=("connection", "owner_uuid", "-prepared_at"), name="write_by_owner"),
            # Few of many, that pages ask for all the time: what is being sent, waits, or was deleted lately.
            models.Index(fields=("sent_at",), name="write_sending", condition=models.Q(outcome=Outcome.SENDING)),
            models.Index(
                fields=("connection",),
                name="write_waiting",
                condition=models.Q(outcome=Outcome.PREPARED, asked_at__isnull=False),
            ),
            models.Index(
                fields=("connection",),
                name="write_open_ended",
                condition=models.Q(outcome__in=(Outcome.UNKNOWN, Outcome.SENDING)),
            ),
            models.Index(
                fields=("connection", "finished_at"),
                name="write_accepted_delete",
                condition=models.Q(method="DELETE", outcome=Outcome.ACCEPTED),
            ),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.outcome})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("The trail is not changed; activity.services knows the few ways in which a write goes on.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Nothing is deleted from the trail.")

    @property
    def is_waiting(self) -> bool:
        """Whether a second person is to send it or to decline it."""
        return self.outcome == Outcome.PREPARED and self.asked_at is not None

    @property
    def is_withdrawn(self) -> bool:
        """Whether who prepared it took it back before a second person had decided."""
        return self.outcome == Outcome.DISCARDED and self.asked_at is not None

    @property
    def standing(self) -> tuple[str, Words]:
        """How it stands, as lists show it: a word for scripts and styles, and its label."""
        if self.is_waiting:
            return WAITING
        return WITHDRAWN if self.is_withdrawn else (self.outcome, self.get_outcome_display())

    @property
    def is_stale(self) -> bool:
        """Whether it was reviewed too long ago to be sent; what was laid before a second person may wait."""
        left_lying = self.outcome == Outcome.PREPARED and self.asked_at is None
        return left_lying and self.prepared_at < timezone.now() - SENT_WITHIN

    @property
    def is_open(self) -> bool:
        """Whether it may still be sent."""
        return self.outcome == Outcome.PREPARED and not self.is_stale

    @property
    def is_of_account_before(self) -> bool:
        """Whether it was reviewed for another account than its connection leads to by now."""
        since = self.connection.account_since if self.connection else None
        return since is not None and self.prepared_at < since

    @property
    def still_to_wait(self) -> int:
        """Seconds after which ChartMogul may be asked again, where it said so when it refused this; 0 where not."""
        if self.retry_after is None or self.finished_at is None:
            return 0
        return max(0, math.ceil(self.retry_after - (timezone.now() - self.finished_at).total_seconds()))

    @property
    def request(self) -> ApiRequest:
        """The request that was reviewed, byte for byte."""
        return ApiRequest(
            method=self.method,
            path=self.path,
            query=tuple((name, value) for name, value in self.query),
            body=None if self.body is None else bytes(self.body),
            headers=tuple((name, value) for name, value in self.headers),
        )

    @property
    def body_text(self) -> str:
        return "" if self.body is None else bytes(self.body).decode("utf-8", "replace")

    @property
    def answer_text(self) -> str:
        """The answer for reading: JSON with its lines and indents, anything else as it came."""
        data = self.answer_data
        return self.answer if data is None else json.dumps(data, ensure_ascii=False, indent=2)

    @property
    def answer_data(self) -> Any:
        """The answer as JSON, or None where it is empty or no JSON."""
        try:
            return storable(json.loads(self.answer))
        except (ValueError, RecursionError):
            return None

    def digest(self) -> str:
        """A fingerprint of what the row says, for the trail to vouch for; see CONTENT for what it leaves out."""
        content = {name: getattr(self, name) for name in self.CONTENT}
        content |= {name: value for name in self.LATER_CONTENT if (value := getattr(self, name))}
        content["body"] = None if self.body is None else bytes(self.body).hex()
        return digest_of(content)


def digest_of(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Event(models.Model):
    """One thing that happened, chained to the one before it by its hash. Rows are only ever added.

    The links to other tables are for looking things up and are not part of the hash: what they name stands beside them
    as text.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=50)
    """`write.prepared`, `write.accepted`, `sign_in.failed`, `connection.key_replaced`, ..."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True)
    connection = models.ForeignKey(Connection, null=True, on_delete=models.SET_NULL, related_name="+")
    connection_name = models.CharField(max_length=100, blank=True)
    write = models.ForeignKey(Write, null=True, on_delete=models.DO_NOTHING, related_name="events")
    facts = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("connection", "-id")),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("An event is not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Nothing is deleted from the trail.")

    @property
    def kind_in_words(self) -> str:
        return in_words.kind_in_words(self.kind)

    @property
    def facts_in_words(self) -> list[tuple[Words, Any]]:
        return in_words.facts_in_words(self.facts)

    def own_hash(self) -> str:
        return digest_of(
            [
                self.previous,
                self.at.astimezone(timezone.get_default_timezone()).isoformat(),
                self.kind,
                self.username,
                self.address,
                self.connection_name,
                str(self.write_id or ""),
                self.facts,
            ]
        )


class Head(models.Model):
    """The end of the chain: one row, locked while an event is added, so that two processes never fork it."""

    hash = models.CharField(max_length=64)
    count = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.count} events, {self.hash}"
