"""The one way in which something is changed at ChartMogul: prepare a row, then send that row, once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from activity.models import Outcome, Write
from connections.client import ApiRequest, ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection

LOST_AFTER = timedelta(seconds=120)
"""A row that has been `sending` for longer than any request can last: its process died, its outcome is unknown."""
ANSWER_KEPT = 200_000
"""Characters of an answer that the row keeps."""


def prepare(
    *,
    connection: Connection,
    user: User,
    operation: str,
    title: str,
    resource: str,
    request: ApiRequest,
    typed: Mapping[str, list[str]],
    changes: Iterable[Any],
    warnings: Iterable[str] = (),
    record_uuid: str = "",
    record_name: str = "",
    before: Any = None,
) -> Write:
    """Store a write for review. Nothing is sent. `changes` are dataclasses: label, before, after, cleared."""
    return Write.objects.create(
        connection=connection,
        connection_name=connection.name,
        user=user,
        username=user.get_username(),
        operation=operation,
        title=title,
        resource=resource,
        record_uuid=record_uuid,
        record_name=record_name,
        method=request.method,
        path=request.path,
        query=[list(pair) for pair in request.query],
        body=request.body,
        headers=[list(pair) for pair in request.headers],
        typed=dict(typed),
        changes=[asdict(change) for change in changes],
        warnings=list(warnings),
        before=before,
    )


def send(write: Write, client: ChartMogulClient) -> bool:
    """Send a prepared write and store what became of it. False when it had left `prepared` already: nothing is sent.

    The claim is committed before the request leaves, so two Sends of one row, in two tabs or two processes, are one
    request; and if the row cannot be written, nothing is sent.
    """
    with transaction.atomic(durable=True):
        claimed = Write.objects.filter(key=write.key, outcome=Outcome.PREPARED).update(
            outcome=Outcome.SENDING, sent_at=timezone.now()
        )
    if not claimed:
        write.refresh_from_db()
        return False
    try:
        answer = client.send(write.request)
    except ApiError as error:
        write.outcome = Outcome.UNKNOWN if error.processed == "unknown" else Outcome.REFUSED
        write.status = error.status
        write.summary = error.user_message
        write.field_errors = error.field_errors
        write.request_id = error.request_id
        write.retry_after = error.retry_after
        write.answer = error.body
    else:
        write.outcome = Outcome.ACCEPTED
        write.status = answer.status
        write.request_id = answer.request_id
        write.answer = "" if answer.data is None else json.dumps(answer.data, ensure_ascii=False)[:ANSWER_KEPT]
    finish(write)
    return True


def finish(write: Write) -> None:
    write.finished_at = timezone.now()
    write.sent_at = Write.objects.values_list("sent_at", flat=True).get(key=write.key)
    write.save()


def settle(write: Write) -> None:
    """Call a write lost in the middle what it is: unknown."""
    if write.outcome == Outcome.SENDING and write.sent_at and write.sent_at < timezone.now() - LOST_AFTER:
        write.outcome = Outcome.UNKNOWN
        write.summary = "The server stopped before ChartMogul's answer arrived."
        finish(write)


def resolve(write: Write, *, carried_out: bool, evidence: str) -> None:
    """Store what a look-up found out about a write whose outcome was unknown."""
    write.outcome = Outcome.ACCEPTED if carried_out else Outcome.REFUSED
    write.summary = evidence
    finish(write)
