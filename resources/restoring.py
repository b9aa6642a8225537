"""Filling in a form from the saved copy of a record, to undo an update or to create a deleted record again.

Nothing is sent from here: the ordinary form opens with the old values and goes through Review like any other.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from activity.models import Outcome, Write
from connections.models import Connection
from resources import outcome_check
from resources.catalog import api_call
from resources.forms import ApiForm
from resources.json_paths import dig
from resources.operations import WriteOperation
from resources.registry import BY_KEY, WRITES
from resources.update_forms import UpdateForm


def undoes(write: Write) -> WriteOperation | None:
    """Return the operation that undoes a write: the same one for an update, the resource's create for a deletion; None
    if it cannot be undone."""
    operation, resource = WRITES.get(write.operation), BY_KEY.get(write.resource)
    if (
        write.outcome != Outcome.ACCEPTED
        or not write.before
        or write.is_of_account_before
        or not operation
        or not resource
    ):
        return None
    if issubclass(operation.form_class, UpdateForm):
        return operation
    return resource.creation if write.method == "DELETE" else None


def address(connection: Connection, write: Write) -> str:
    """Return the address of the form that undoes a write; "" if that is impossible or this person may not."""
    operation = undoes(write)
    if operation is None or not connection.may.reaches(operation.role):
        return ""
    query = {"restore": str(write.key)}
    if not operation.creates:
        query |= {name: values[0] for name, values in write.typed.items() if name in operation.form_class.loads_with}
        query["uuid"] = write.record_uuid
    return f"{reverse(operation.url_name, args=[connection.slug])}?{urlencode(query)}"


def beginning(connection: Connection, write: Write, form: ApiForm) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return initial values for `form` from the record as it was before the write (those that an update changed, all
    for a deleted record), and what the page says about them."""
    said: dict[str, Any] = {
        "filled_in": _("This form is filled in with the previous values. Review shows what would be sent.")
    }
    operation, before = undoes(write), write.before or {}
    if write.method == "DELETE":
        if operation and operation.saved:
            before, said["lost"] = operation.saved(before)
        # Posted with the form, so that the review can say what is lost too.
        said["restore"] = str(write.key)
        return filled(form, before), said
    said["left_over"] = left_over(connection, write, form)
    old = form.as_typed(form.snapshot(before))
    return {name: old[name] for name in touched(write, form) if name in old}, said


def lost(operation: WriteOperation, write: Write) -> list[str]:
    """Return what is not restored if `operation` creates a record again from the saved copy of its deletion."""
    if not operation.saved or write.method != "DELETE" or undoes(write) != operation:
        return []
    return operation.saved(write.before or {})[1]


def filled(form: ApiForm, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return initial values for `form` from a record."""
    return {name: value for name, value in form.as_typed(form.snapshot(record)).items() if value}


def touched(write: Write, form: ApiForm) -> list[str]:
    """Return the fields and groups that a write sent, and the fields that were dropped because of them. A field named
    in `restores` is replaced by the one that restores it."""
    sent = outcome_check.leaves(outcome_check.sent_body(write))
    names = [*form.fields, *(group.name for group in form.groups)]
    found = [
        name
        for name in names
        if any(path == form.body_path(name) or path.startswith(f"{form.body_path(name)}.") for path in sent)
    ]
    found += [name for name, (other, __) in form.kept_with.items() if other in found]
    return [form.restores.get(name, name) for name in found]


def left_over(connection: Connection, write: Write, form: ApiForm) -> tuple[str, str] | None:
    """Return what remains after a form has undone an update, in words, and the address of the call that removes it,
    which is empty if this person may not make the call; None if nothing remains."""
    before, sent = form.snapshot(write.before or {}), outcome_check.sent_body(write)
    for group in form.groups:
        found = group.left_over(write.record_uuid, before[group.name], dig(sent, form.body_path(group.name)))
        if found:
            return ", ".join(found.names), api_call.address(connection, found.call)
    return None
