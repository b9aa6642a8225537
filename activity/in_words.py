"""What the trail keeps under names of its own, as pages show it: in the language of whoever reads it.

Kept and exported are the names. In English an event is shown by its name too.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from connections.roles import Role

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KINDS: "Mapping[str, StrOrPromise]" = {
    "write.prepared": pgettext_lazy("a write was", "prepared"),
    "write.sending": pgettext_lazy("a write was", "sending"),
    "write.accepted": pgettext_lazy("a write was", "accepted"),
    "write.refused": pgettext_lazy("a write was", "refused"),
    "write.unknown": pgettext_lazy("a write was", "unknown"),
    "write.approval_asked": pgettext_lazy("a write was", "approval_asked"),
    "write.declined": pgettext_lazy("a write was", "declined"),
    "write.scrubbed": pgettext_lazy("a write was", "scrubbed"),
    "connection.created": gettext_lazy("connection.created"),
    "connection.renamed": gettext_lazy("connection.renamed"),
    "connection.key_replaced": gettext_lazy("connection.key_replaced"),
    "connection.safety_changed": gettext_lazy("connection.safety_changed"),
    "connection.deleted": gettext_lazy("connection.deleted"),
    "person.invited": gettext_lazy("person.invited"),
    "person.invitation_withdrawn": gettext_lazy("person.invitation_withdrawn"),
    "person.joined": gettext_lazy("person.joined"),
    "person.password_set": gettext_lazy("person.password_set"),
    "person.role_given": gettext_lazy("person.role_given"),
    "person.role_taken": gettext_lazy("person.role_taken"),
    "console.read": gettext_lazy("console.read"),
    "trail.exported": gettext_lazy("trail.exported"),
    "records.exported": gettext_lazy("records.exported"),
    "directory.switched": gettext_lazy("directory.switched"),
    "directory.reading_asked_for": gettext_lazy("directory.reading_asked_for"),
    "directory.reading_stopped": gettext_lazy("directory.reading_stopped"),
}
"""Events of one connection: those that a page shows."""

FACTS: "Mapping[str, StrOrPromise]" = {
    "connection": pgettext_lazy("fact", "connection"),
    "name": pgettext_lazy("fact", "name"),
    "kind": pgettext_lazy("fact", "kind"),
    "to": pgettext_lazy("fact", "to"),
    "fingerprint": pgettext_lazy("fact", "fingerprint"),
    "read_only": pgettext_lazy("fact", "read_only"),
    "read_only_reason": pgettext_lazy("fact", "read_only_reason"),
    "second_person": pgettext_lazy("fact", "second_person"),
    "person": pgettext_lazy("fact", "person"),
    "role": pgettext_lazy("fact", "role"),
    "invitation": pgettext_lazy("fact", "invitation"),
    "owner": pgettext_lazy("fact", "owner"),
    "by": pgettext_lazy("fact", "by"),
    "format": pgettext_lazy("fact", "format"),
    "rows": pgettext_lazy("fact", "rows"),
    "filters": pgettext_lazy("fact", "filters"),
    "method": pgettext_lazy("fact", "method"),
    "path": pgettext_lazy("fact", "path"),
    "query": pgettext_lazy("fact", "query"),
    "status": pgettext_lazy("fact", "status"),
    "request_id": pgettext_lazy("fact", "request_id"),
    "enabled": pgettext_lazy("fact", "enabled"),
    "every_hours": pgettext_lazy("fact", "every_hours"),
    "anew": pgettext_lazy("fact", "anew"),
}
YES_OR_NO: "Mapping[str, StrOrPromise]" = {
    "True": pgettext_lazy("fact", "True"),
    "False": pgettext_lazy("fact", "False"),
}
VALUES: "Mapping[str, Mapping[str, StrOrPromise]]" = {
    "role": {role.in_trail: role.label for role in Role},
    **dict.fromkeys(("read_only", "second_person", "owner", "enabled", "anew"), YES_OR_NO),
}
"""Facts whose values are words of ours; all others are shown as they are."""


def kind_in_words(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def facts_in_words(facts: Mapping[str, Any]) -> "list[tuple[StrOrPromise, Any]]":
    """Name and value of each fact. What this version does not know is shown under the name it was kept by."""
    return [(FACTS.get(name, name), VALUES.get(name, {}).get(str(value), value)) for name, value in facts.items()]
