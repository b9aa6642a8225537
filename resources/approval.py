"""Who may send a prepared write: whoever prepared it, or where it takes a second person another manager."""

from django.contrib.auth.models import User

from activity.models import Write
from connections import access
from connections.models import Connection
from connections.roles import Role
from resources.operations import WriteOperation
from resources.registry import OPERATIONS


def role_to_send(write: Write) -> Role:
    operation = OPERATIONS.get(write.operation)
    return operation.role_to_send if isinstance(operation, WriteOperation) else Role.MANAGER


def needs_second(connection: Connection, write: Write) -> bool:
    """Whether another manager has to send this write."""
    operation = OPERATIONS.get(write.operation)
    grave = operation.is_grave(write.to_type) if isinstance(operation, WriteOperation) else True
    return connection.second_person and grave


def refusal(connection: Connection, write: Write) -> str:
    """Why somebody cannot go on with a write of their own; nothing where they can."""
    return access.refusal(connection, Role.MANAGER if needs_second(connection, write) else role_to_send(write))


def may_send(user: User, connection: Connection, write: Write) -> bool:
    """Whether this person can send this write now; whatever it takes besides is asked for then."""
    if not connection.may.reaches(role_to_send(write)):
        return False
    if needs_second(connection, write):
        return write.is_waiting and write.user_id != user.pk
    return write.user_id == user.pk
