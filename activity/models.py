"""The activity log: each write to ChartMogul as a row, and a trail of events that is only ever added to."""

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
"""An older review can no longer be sent."""


def storable(value: Any) -> Any:
    """Return foreign data without NUL, which PostgreSQL cannot store in text, and without lone surrogates, which are
    not characters and cannot be shown on a page."""
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
    """Code tried to change or delete an append-only row."""


class KeptQuerySet(models.QuerySet):
    """Rows that can only be added and read. The services of this app make their changes with `change`."""

    def update(self, **values: Any) -> NoReturn:
        raise AppendOnly("The trail is not changed; activity.services knows the few ways in which a write goes on.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Nothing is deleted from the trail.")

    def change(self, **values: Any) -> int:
        return super().update(**values)


class Outcome(models.TextChoices):
    """The states of a write: prepared -> sending -> accepted | refused | unknown, or prepared -> discarded."""

    PREPARED = "prepared", gettext_lazy("Not sent yet")
    SENDING = "sending", gettext_lazy("Being sent")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    REFUSED = "refused", gettext_lazy("Refused")
    UNKNOWN = "unknown", gettext_lazy("Outcome unknown")
    DISCARDED = "discarded", gettext_lazy("Discarded, not sent")


WAITING = ("waiting", gettext_lazy("Waiting for a second person"))
WITHDRAWN = ("withdrawn", gettext_lazy("Withdrawn, not sent"))
"""States shown for a write that needs or needed a second person, instead of its outcome (prepared or discarded), which
says less."""


class Write(models.Model):
    """One write, from its review to its outcome. The review page shows this row, the Send button names only its key,
    and a row leaves `prepared` only once, which prevents sending it twice.

    Holds the exact bytes that are sent; never a credential.
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
    """The record that this one belongs to, if known: for an invoice, its customer."""
    owner_name = models.TextField(blank=True)
    """The owner's name, if the directory knew it when this was prepared."""

    method = models.CharField(max_length=10)
    path = models.TextField()
    query = models.JSONField(default=list)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=list)

    typed = models.JSONField(default=dict)
    """The posted form, name -> list of values, to restore it when the person goes back."""
    changes = models.JSONField(default=list)
    """The changes shown on the review: resources.forms.Change as objects."""
    warnings = models.JSONField(default=list)
    """The warnings shown on the review: sentences."""
    before = models.JSONField(null=True)
    """The record as ChartMogul returned it (one GET) when the write was prepared."""
    to_type = models.TextField(blank=True)
    """Text that must be typed, along with a reason, before this is sent; empty if the Send button is enough."""
    goes_too = models.JSONField(default=list)
    """For a deletion: what is deleted along with the record, as counted: `at least 200 customers`."""
    reason = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    """When approval was asked of a second person; only they can send it then."""

    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PREPARED)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    """If it was not accepted: what ChartMogul or the network said, in a sentence."""
    field_errors = models.JSONField(default=dict)
    request_id = models.CharField(max_length=200, blank=True)
    retry_after = models.FloatField(null=True)

    prepared_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    scrubbed_at = models.DateTimeField(null=True)

    objects = KeptQuerySet.as_manager()

    LARGE: ClassVar[tuple[str, ...]] = ("body", "typed", "before", "answer")
    """Fields that lists of writes do not load: they may be large, and only a write's own page shows them."""

    # The fields that a digest covers. Left out are: links to other tables, which may be set to null; times, as each
    # step has an event with its own; owner_uuid, which is for look-ups and repeats what path or record say; and
    # retry_after, which is useless a moment later.
    CONTENT: ClassVar[tuple[str, ...]] = (
        *("connection_name", "username", "operation", "title", "resource", "record_uuid", "record_name"),
        *("method", "path", "query", "headers", "typed", "changes", "warnings", "before", "reason"),
        *("outcome", "status", "answer", "summary", "field_errors", "request_id"),
    )
    # Added later: part of a digest only if not empty, so that the digests of older rows stay valid.
    LATER_CONTENT: ClassVar[tuple[str, ...]] = ("to_type", "goes_too", "owner_name")

    class Meta:
        ordering = ("-prepared_at",)
        indexes = (
            models.Index(fields=("connection", "-prepared_at")),
            models.Index(fields=("connection", "record_uuid", "-prepared_at")),
            models.Index(fields=("connection", "owner_uuid", "-prepared_at"), name="write_by_owner"),
            # Small subsets that pages query all the time: writes that are being sent, that wait, or deleted something
            # lately.
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
        """Whether it waits for a second person to send or decline it."""
        return self.outcome == Outcome.PREPARED and self.asked_at is not None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the person who prepared it withdrew it before a second person had decided."""
        return self.outcome == Outcome.DISCARDED and self.asked_at is not None

    @property
    def standing(self) -> tuple[str, Words]:
        """Its state as lists show it: an identifier for scripts and styles, and a label."""
        if self.is_waiting:
            return WAITING
        return WITHDRAWN if self.is_withdrawn else (self.outcome, self.get_outcome_display())

    @property
    def is_stale(self) -> bool:
        """Whether the review is too old to be sent. Writes that wait for a second person do not expire."""
        left_lying = self.outcome == Outcome.PREPARED and self.asked_at is None
        return left_lying and self.prepared_at < timezone.now() - SENT_WITHIN

    @property
    def is_open(self) -> bool:
        """Whether it may still be sent."""
        return self.outcome == Outcome.PREPARED and not self.is_stale

    @property
    def is_of_account_before(self) -> bool:
        """Whether it was reviewed for another account than its connection leads to now."""
        since = self.connection.account_since if self.connection else None
        return since is not None and self.prepared_at < since

    @property
    def still_to_wait(self) -> int:
        """Seconds until ChartMogul may be asked again, if it said so when it refused this; otherwise 0."""
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
        """The answer for display: JSON is indented, anything else is unchanged."""
        data = self.answer_data
        return self.answer if data is None else json.dumps(data, ensure_ascii=False, indent=2)

    @property
    def answer_data(self) -> Any:
        """The parsed answer; None if it is empty or not JSON."""
        try:
            return storable(json.loads(self.answer))
        except (ValueError, RecursionError):
            return None

    def digest(self) -> str:
        """Return a hash of the row's content, which the trail vouches for; CONTENT says what it leaves out."""
        content = {name: getattr(self, name) for name in self.CONTENT}
        content |= {name: value for name in self.LATER_CONTENT if (value := getattr(self, name))}
        content["body"] = None if self.body is None else bytes(self.body).hex()
        return digest_of(content)


def digest_of(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Event(models.Model):
    """One event, chained to the previous one by its hash. Rows are only ever added.

    Links to other tables are for look-ups and not part of the hash: the names they stand for are stored beside them as
    text.
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
    """The end of the chain: one row, locked while an event is added, so that two processes cannot fork the chain."""

    hash = models.CharField(max_length=64)
    count = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.count} events, {self.hash}"
