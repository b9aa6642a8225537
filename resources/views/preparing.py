"""What Review does with a form: storing it as a Write, and restoring the form of a Write. Nothing here depends on a
particular operation, and nothing is sent from here."""

import json
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from activity import history
from activity import services as activity
from activity.models import Outcome, Write
from connections import access
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.models import Connection
from connections.sealing import Unreadable
from resources import deletions, duplicates, moments, outcome_check, restoring, services
from resources.directory import services as directory
from resources.forms import ApiForm
from resources.operations import Resource, WriteOperation
from resources.registry import BY_KEY, resource_of
from resources.update_forms import UpdateForm
from resources.views import common, reading


def without_errors(form: ApiForm) -> ApiForm:
    """Return the bound form without its errors, for a form that is not finished yet: a row was only added, say."""
    form.is_valid()
    form.errors.clear()
    for row_set in form.row_sets:
        row_set.errors.clear()
        for row in row_set.rows:
            row.errors.clear()
    return form


def read_for_update(connection: Connection, operation: WriteOperation, uuid: str, owner: str) -> dict[str, Any] | None:
    """Read the record that a write is about, with what else the operation also reads, and note it in the directory.
    Raises ApiError and Unreadable.

    None for a record that can be found only among those of its owner, if the owner is not known.
    """
    resource = resource_of(operation)
    owner = owner or directory.owner_of(connection, resource.key, uuid)
    if resource.all_of and not owner:
        return None
    client = ChartMogulClient.of(connection)
    if resource.all_of:
        found = services.read_one_of(client, resource, owner, uuid)
        directory.remember(connection, resource, [found])
        return found
    # A deletion can be sent even if the additional data for its saved copy cannot be read.
    found, parts = services.read_for_update(
        client, resource, uuid, operation.also_reads, needs_all=not operation.deletes
    )
    directory.remember(connection, resource, [found])
    for part, rows in parts:
        directory.remember(connection, BY_KEY[part.resource], rows)
    return found


def from_draft(request: HttpRequest, connection: Connection, operation: WriteOperation) -> tuple[ApiForm, Write]:
    """Return the form of this person's write that the address names, as it was typed, with ChartMogul's errors at their
    fields; and the write."""
    write = own_write_or_404(request, connection, request.GET["draft"])
    if write.operation != operation.key:
        raise Http404
    form = as_typed(connection, operation, write)
    form.is_valid()
    if write.outcome == Outcome.REFUSED and write.method == "DELETE" and write.status == 404 and "uuid" in form.fields:
        gone = NotFound(write.summary)
        form.add_error("uuid", reading.not_there(connection, resource_of(operation), write.record_uuid, gone))
    elif write.outcome == Outcome.REFUSED:
        form.add_api_errors(write.summary, write.field_errors)
        duplicates.explain(form, write, connection, common.cell_context(connection))
    return form, write


def as_typed(connection: Connection, operation: WriteOperation, write: Write) -> ApiForm:
    data = QueryDict(mutable=True)
    for name, values in write.typed.items():
        data.setlist(name, values)
    return operation.form_class(data, context=common.form_context(connection))


def write_or_404(connection: Connection, key: str | UUID) -> Write:
    try:
        key = UUID(str(key))
    except ValueError:
        raise Http404 from None
    write = get_object_or_404(Write, connection=connection, key=key)
    activity.settle(write)
    return write


def own_write_or_404(request: HttpRequest, connection: Connection, key: str | UUID) -> Write:
    """Return a write that this person prepared: others may look at it, but neither send it nor go on editing it."""
    write = write_or_404(connection, key)
    if write.user_id != access.person(request).pk:
        raise Http404
    return write


def prepare(request: HttpRequest, connection: Connection, operation: WriteOperation, form: ApiForm) -> Write | None:
    """Store the write for review and return it; None if its record is gone, or if comparing the form with ChartMogul's
    data found an error: the form then has the error."""
    access.require(connection, operation.role_to_send)
    if not looked_at(connection, operation, form):
        return None
    outgoing = operation.build(form)
    deletion = deletions.declared(outgoing)
    # A deletion counts as one whatever page it was made on.
    about = deletion.operation if deletion else operation
    resource = resource_of(about)
    uuid = deletion.uuid if deletion else form.cleaned_data.get("uuid", "")
    before = held_before(request, connection, about, uuid, form)
    if form.errors:
        return None
    if before is not None and isinstance(form, UpdateForm):
        form.compare_with(before)
        if not form.payload():
            form.add_error(None, _("ChartMogul already has what this would send, so there is nothing to send."))
            return None
        outgoing = operation.build(form)
    common.note_choices(request, connection, form)
    # If the record could not be read now, its name may still be known from before.
    known = common.cell_context(connection).name_of(resource.key, uuid) if uuid and not before else ""
    name = resource.name_of(before) if before else known if uuid else name_sent(resource, form, outgoing)
    owner = outcome_check.belongs_to(outgoing, {**form.cleaned_data, **(before or {})})
    return activity.prepare(
        connection=connection,
        user=access.person(request),
        operation=operation.key,
        title=operation.title,
        resource=resource.key,
        request=outgoing,
        typed={name: values for name, values in cast(QueryDict, form.data).lists() if name != "csrfmiddlewaretoken"},
        changes=form.changes(),
        warnings=[
            *form.warnings(),
            *duplicates.warnings(form, connection, resource),
            *(about.losses_of(before) if about.losses_of and before else []),
            *not_restored(connection, operation, form),
            *sent_before(connection, outgoing),
            *uncounted(deletion if before is None else None),
            *unread(about, before),
        ],
        record_uuid=uuid,
        record_name=name,
        owner_uuid=owner[1] if owner else "",
        owner_name=common.cell_context(connection).name_of(owner[0].key, owner[1]) if owner else "",
        before=before,
        to_type=operation.to_type(outgoing, deletions.name_to_type(name, uuid)),
        goes_too=deletions.counted(ChartMogulClient.of(connection), deletion, before) if deletion and before else (),
    )


def held_before(
    request: HttpRequest, connection: Connection, operation: WriteOperation, uuid: str, form: ApiForm
) -> dict[str, Any] | None:
    """Read the record that a write is about, for the trail to keep. None if there is no such record or it could not be
    read: then either the form has an error, which ends the preparation, or the person gets a warning and decides on the
    review."""
    resource = resource_of(operation)
    if not uuid or not (operation.path == resource.path or resource.all_of):
        return None
    try:
        return read_for_update(connection, operation, uuid, form.cleaned_data.get(resource.owner, ""))
    except NotFound as error:
        said = of_another(connection, resource, uuid, form) or reading.not_there(connection, resource, uuid, error)
        if "uuid" in form.fields:
            form.add_error("uuid", said)
        else:
            messages.warning(request, said)
    except Unreadable as error:
        form.add_error(None, str(error))
    except ApiError as error:
        unread = _("The current state of the {noun} could not be read. {reason}")
        messages.warning(request, unread.format(noun=resource.noun, reason=error.user_message))
    return None


def of_another(connection: Connection, resource: Resource, uuid: str, form: ApiForm) -> str:
    """Return an error if a record is known to belong to another owner than the one chosen; else an empty string."""
    chosen = form.cleaned_data.get(resource.owner) if resource.owner else None
    owner = directory.owner_of(connection, resource.key, uuid) if chosen else ""
    if not owner or owner == chosen:
        return ""
    said = _("This {noun} belongs to {owner}, not to {chosen}.")
    return said.format(
        noun=resource.noun,
        owner=form.in_words(resource.owner, owner),
        chosen=form.in_words(resource.owner, chosen),
    )


def not_restored(connection: Connection, operation: WriteOperation, form: ApiForm) -> list[str]:
    """Return warnings about what is lost if a record is created again from the saved copy that the form names."""
    try:
        write = write_or_404(connection, form.data.get("restore", ""))
    except Http404:
        return []
    said = _("Not restored from the saved copy: {lost}")
    return [said.format(lost=line) for line in restoring.lost(operation, write)]


def sent_before(connection: Connection, outgoing: ApiRequest) -> list[str]:
    """Return a warning if the same request was sent before and its outcome is unknown."""
    if not (write := history.undecided(connection, outgoing)) or not write.sent_at:
        return []
    said = _(
        "This very request was sent by {person} on {when} {zone}, and its outcome is unknown: it may have been carried "
        "out already. Check that first; Activity lists it."
    )
    when = moments.shown(write.sent_at.replace(second=0, microsecond=0), connection.zone)
    return [said.format(person=write.username, when=when, zone=connection.zone)]


def unread(operation: WriteOperation, before: Mapping[str, Any] | None) -> list[str]:
    """Return warnings if the saved copy of a deletion will lack something that creating the record again would need."""
    if before is None or not operation.deletes:
        return []
    said = _("{title} could not be read, so a record that is created again from the saved copy starts without them.")
    return [said.format(title=part.title) for path, part in operation.also_reads.items() if path not in before]


def uncounted(deletion: deletions.Deletion | None) -> list[str]:
    """Return a warning about what is deleted along with a record that could not be read."""
    if deletion is None or not deletion.operation.takes:
        return []
    kinds = ", ".join(str(deletions.kind_of(part).nouns) for part in deletion.operation.takes)
    return [_("Deleted with it, and not counted: {kinds}.").format(kinds=kinds)]


def name_sent(resource: Resource, form: ApiForm, outgoing: ApiRequest) -> str:
    """Return the name that a new record is to have: the trail names it by this, whatever the outcome."""
    return resource.name_of(form.record_in(json.loads(outgoing.body or b"null")))


def looked_at(connection: Connection, operation: WriteOperation, form: ApiForm) -> bool:
    """Compare the form with what ChartMogul holds, if the operation asks for it. Return whether it is still valid."""
    request = operation.review_read(form) if operation.review_read else None
    if request is not None:
        try:
            form.look_at(services.glance(ChartMogulClient.of(connection), request))
        except (ApiError, Unreadable):
            form.look_at(None)
    return form.is_valid()


def edit_url(write: Write, slug: str) -> str:
    return f"{reverse(f'resources:{write.operation}', args=[slug])}?draft={write.key}"
