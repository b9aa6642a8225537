"""A write is a row before it is a request."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models

from connections.client import ApiRequest
from connections.models import Connection


class Outcome(models.TextChoices):
    """What became of a write: prepared -> sending -> accepted | refused | unknown."""

    PREPARED = "prepared", "Not sent yet"
    SENDING = "sending", "Being sent"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Outcome unknown"


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

    method = models.CharField(max_length=10)
    path = models.TextField()
    query = models.JSONField(default=list)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=list)

    typed = models.JSONField(default=dict)
    """The form as it was posted, name -> list of values: for going back to it with everything still there."""
    changes = models.JSONField(default=list)
    """The review in words: a list of {label, before, after, cleared}."""
    warnings = models.JSONField(default=list)
    """What the person who sent it was told on the review: sentences."""
    before = models.JSONField(null=True)
    """The record as one GET gave it when the write was prepared."""

    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PREPARED)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    """What ChartMogul or the network said, in a sentence, when it was not accepted."""
    field_errors = models.JSONField(default=dict)
    request_id = models.CharField(max_length=200, blank=True)
    retry_after = models.FloatField(null=True)

    prepared_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-prepared_at",)
        indexes = (models.Index(fields=("connection", "-prepared_at")),)

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.outcome})"

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
    def answer_data(self) -> Any:
        """The answer as JSON, or None where it is empty or no JSON."""
        try:
            return json.loads(self.answer)
        except ValueError:
            return None
