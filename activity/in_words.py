"""Labels for the names that the trail stores, in the reader's language.

The names themselves are stored and exported.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import pgettext_lazy

from connections.roles import Role
from connections.words import Words

KINDS: Mapping[str, Words] = {
    "write.prepared": pgettext_lazy("a write was", "prepared"),
    "write.sending": pgettext_lazy("a write was", "sending"),
    "write.accepted": pgettext_lazy("a write was", "accepted"),
    "write.refused": pgettext_lazy("a write was", "refused"),
    "write.unknown": pgettext_lazy("a write was", "unknown"),
    "write.discarded": pgettext_lazy("a write was", "discarded"),
    "write.approval_asked": pgettext_lazy("a write was", "approval requested"),
    "write.declined": pgettext_lazy("a write was", "declined"),
    "write.withdrawn": pgettext_lazy("a write was", "withdrawn"),
    "write.scrubbed": pgettext_lazy("a write was", "personal data removed"),
    "connection.created": pgettext_lazy("event", "Connection created"),
    "connection.renamed": pgettext_lazy("event", "Connection renamed"),
    "connection.key_replaced": pgettext_lazy("event", "Key replaced"),
    "connection.safety_changed": pgettext_lazy("event", "Safety settings changed"),
    "connection.reset": pgettext_lazy("event", "Sandbox reset"),
    "connection.deleted": pgettext_lazy("event", "Connection deleted"),
    "person.invited": pgettext_lazy("event", "Person invited"),
    "person.invitation_withdrawn": pgettext_lazy("event", "Invitation withdrawn"),
    "person.joined": pgettext_lazy("event", "Person joined"),
    "person.password_set": pgettext_lazy("event", "New password set"),
    "person.role_given": pgettext_lazy("event", "Role granted"),
    "person.role_taken": pgettext_lazy("event", "Role revoked"),
    "console.read": pgettext_lazy("event", "Read with an API call"),
    "trail.exported": pgettext_lazy("event", "Activity exported"),
    "records.exported": pgettext_lazy("event", "Records exported"),
    "list.exported": pgettext_lazy("event", "List exported"),
    "list.export_ended": pgettext_lazy("event", "Export of a list ended"),
    "directory.switched": pgettext_lazy("event", "Directory settings changed"),
    "directory.reading_asked_for": pgettext_lazy("event", "Reading of the account requested"),
    "directory.reading_stopped": pgettext_lazy("event", "Reading of the account stopped"),
}
"""Events of one connection: those that a page shows."""

FACTS: Mapping[str, Words] = {
    "connection": pgettext_lazy("fact", "connection"),
    "name": pgettext_lazy("fact", "name"),
    "kind": pgettext_lazy("fact", "kind"),
    "to": pgettext_lazy("fact", "to"),
    "fingerprint": pgettext_lazy("fact", "fingerprint"),
    "read_only": pgettext_lazy("fact", "read-only"),
    "read_only_reason": pgettext_lazy("fact", "reason"),
    "second_person": pgettext_lazy("fact", "second person"),
    "person": pgettext_lazy("fact", "person"),
    "role": pgettext_lazy("fact", "role"),
    "invitation": pgettext_lazy("fact", "invitation"),
    "owner": pgettext_lazy("fact", "owner"),
    "by": pgettext_lazy("fact", "by"),
    "format": pgettext_lazy("fact", "format"),
    "rows": pgettext_lazy("fact", "rows"),
    "filters": pgettext_lazy("fact", "filters"),
    "list": pgettext_lazy("fact", "list"),
    "complete": pgettext_lazy("fact", "complete"),
    "method": pgettext_lazy("fact", "method"),
    "path": pgettext_lazy("fact", "path"),
    "query": pgettext_lazy("fact", "query"),
    "status": pgettext_lazy("fact", "status"),
    "request_id": pgettext_lazy("fact", "request ID"),
    "enabled": pgettext_lazy("fact", "enabled"),
    "every_hours": pgettext_lazy("fact", "hours between reads"),
    "anew": pgettext_lazy("fact", "from the beginning"),
}
YES_OR_NO: Mapping[str, Words] = {
    "True": pgettext_lazy("fact", "yes"),
    "False": pgettext_lazy("fact", "no"),
}
VALUES: Mapping[str, Mapping[str, Words]] = {
    "role": {role.in_trail: role.label for role in Role},
    **dict.fromkeys(("read_only", "second_person", "owner", "enabled", "anew", "complete"), YES_OR_NO),
}
"""Facts whose values have labels; all others are shown unchanged."""


def kind_in_words(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def facts_in_words(facts: Mapping[str, Any]) -> list[tuple[Words, Any]]:
    """Return the label and value of each fact. A fact that this version does not know is shown under its stored
    name."""
    return [
        (FACTS.get(name, name), VALUES.get(name, {}).get(str(value), unfolded(value))) for name, value in facts.items()
    ]


def unfolded(value: Any) -> Any:
    """Return a mapping, such as the filters of a list, in the style of a query string: `status=Active`."""
    if not isinstance(value, Mapping):
        return value
    return ", ".join(f"{name}={held}" for name, held in value.items()) or "—"
