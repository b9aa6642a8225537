"""What the saved copy of a record puts back into a form: an edit that is to be undone, a record to be made again.

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
from resources.registry import BY_KEY, OPERATIONS
from resources.update_forms import UpdateForm


def undoes(write: Write) -> WriteOperation | None:
    """The operation that undoes a write: the same one for an update, the resource's create for a deletion."""
    operation, resource = OPERATIONS.get(write.operation), BY_KEY.get(write.resource)
    if (
        write.outcome != Outcome.ACCEPTED
        or not write.before
        or write.is_of_account_before
        or not isinstance(operation, WriteOperation)
        or not resource
    ):
        return None
    if issubclass(operation.form_class, UpdateForm):
        return operation
    return resource.creation if write.method == "DELETE" else None


def address(connection: Connection, write: Write) -> str:
    """The form that puts back what a write changed; nothing where that cannot be, or not by whoever looks."""
    operation = undoes(write)
    if operation is None or not connection.may.reaches(operation.role):
        return ""
    query = {"restore": str(write.key)}
    if not operation.creates:
        query |= {name: values[0] for name, values in write.typed.items() if name in operation.form_class.loads_with}
        query["uuid"] = write.record_uuid
    return f"{reverse(operation.url_name, args=[connection.slug])}?{urlencode(query)}"


def beginning(connection: Connection, write: Write, form: ApiForm) -> tuple[dict[str, Any], dict[str, Any]]:
    """First values for `form` from the record as it was before the write: those that an update changed, all for a
    record that was deleted. With them what the page says of them."""
    said: dict[str, Any] = {
        "filled_in": _("This form is filled in with the previous values. Review shows what would be sent.")
    }
    operation, before = undoes(write), write.before or {}
    if write.method == "DELETE":
        if operation and operation.saved:
            before, said["lost"] = operation.saved(before)
        # Carried along, for the review to say what is lost too.
        said["restore"] = str(write.key)
        return filled(form, before), said
    said["left_over"] = left_over(connection, write, form)
    old = form.as_typed(form.snapshot(before))
    return {name: old[name] for name in touched(write, form) if name in old}, said


def lost(operation: WriteOperation, write: Write) -> list[str]:
    """What does not come back with a record that `operation` makes again from the saved copy of its deletion."""
    if not operation.saved or write.method != "DELETE" or undoes(write) != operation:
        return []
    return operation.saved(write.before or {})[1]


def filled(form: ApiForm, record: Mapping[str, Any]) -> dict[str, Any]:
    """First values for `form` from what a record holds."""
    return {name: value for name, value in form.as_typed(form.snapshot(record)).items() if value}


def touched(write: Write, form: ApiForm) -> list[str]:
    """The fields and groups that a write sent, and fields that were dropped because of them; `restores` names another
    one where putting back is another field's."""
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
    """What a form that puts an update back leaves there, in words, and the address of the call that takes it away, for
    who may make it; None where nothing stays."""
    before, sent = form.snapshot(write.before or {}), outcome_check.sent_body(write)
    for group in form.groups:
        found = group.left_over(write.record_uuid, before[group.name], dig(sent, form.body_path(group.name)))
        if found:
            return ", ".join(found.names), api_call.address(connection, found.call)
    return None
