"""Who may send a prepared write: the person who prepared it or, if a second person is required, another manager."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Q

from activity.models import Outcome, Write
from connections import access
from connections.models import Connection
from connections.roles import Role
from resources.registry import WRITES


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Numbers of writes that wait for a second person."""

    for_you: int = 0
    """Other people's writes, which this person may approve."""
    yours: int = 0
    """The person's own writes, which somebody else has to approve."""


def waiting(user: User, connections: Iterable[Connection]) -> dict[int, Waiting]:
    """Count the writes waiting for approval, by the primary key of each connection where this person may approve.

    One query; none if no connection requires a second person.
    """
    asking = [connection.pk for connection in connections if connection.second_person and connection.may.manage]
    if not asking:
        return {}
    waits = Write.objects.filter(connection__in=asking, outcome=Outcome.PREPARED, asked_at__isnull=False)
    yours, for_you = Count("key", filter=Q(user=user)), Count("key", filter=~Q(user=user))
    counted = waits.order_by().values_list("connection").annotate(for_you=for_you, yours=yours)
    return {key: Waiting(for_you=for_you, yours=yours) for key, for_you, yours in counted}


def role_to_send(write: Write) -> Role:
    operation = WRITES.get(write.operation)
    return operation.role_to_send if operation else Role.MANAGER


def needs_second(connection: Connection, write: Write) -> bool:
    """Return whether another manager has to send this write."""
    operation = WRITES.get(write.operation)
    grave = operation.needs_approval(write.to_type) if operation else True
    return connection.second_person and grave


def refusal(connection: Connection, write: Write) -> str:
    """Return why a person cannot go on with their own write; "" if they can."""
    return access.refusal(connection, Role.MANAGER if needs_second(connection, write) else role_to_send(write))


def may_send(user: User, connection: Connection, write: Write, *, brake: bool = True) -> bool:
    """Return whether this person can send this write now, or could if the connection were not read-only (`brake`).
    Further requirements are checked when it is sent."""
    allows = connection.may.reaches if brake else connection.may.has
    if not allows(role_to_send(write)):
        return False
    if needs_second(connection, write):
        return write.is_waiting and write.user_id != user.pk
    return write.user_id == user.pk
