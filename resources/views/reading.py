"""Pages that only read: one record by its module, the page of a record."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activity import history
from activity.models import Write
from connections import access
from connections.access import needs, needs_of_operation
from connections.api_request import CannotBeSent
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.models import Connection
from connections.roles import Role
from connections.sealing import Unreadable
from resources import moments, outcome_check, restoring, services
from resources.catalog import api_call
from resources.directory import services as directory
from resources.forms import ApiForm
from resources.operations import GetOperation, Operation, Part, Resource
from resources.registry import WRITES, resource_of
from resources.rows import in_words
from resources.views import common

HISTORY = 5
"""Writes that the page of a record shows: this many of the record, and this many of what belongs to it."""


def bound_by_address(operation: Operation, given: QueryDict, connection: Connection) -> ApiForm:
    """Return the form of a reading page, bound to the query; unbound if a required value is missing altogether."""
    context = common.form_context(connection)
    form_class = operation.form_class
    needs = [name for name, field in form_class.base_fields.items() if field.required]
    if any(name not in given for name in needs):
        return form_class(context=context, initial=given.dict())
    data = QueryDict(mutable=True)
    for name, field in form_class.base_fields.items():
        data[name] = given.get(name, field.initial if field.initial is not None else "")
    return form_class(data, context=context)


def chosen_filters(filters: ApiForm) -> list[tuple[str, forms.Field, Any]]:
    """Return name, field and value of each filter of a valid list form."""
    return [(name, field, filters.cleaned_data[name]) for name, field in filters.fields.items() if name != "limit"]


def filters_in_words(filters: ApiForm) -> list[tuple[str, str]]:
    """Return label and value in words of each filter that restricts the list, also by default: a filter with choices
    but no value has the words of its empty choice."""
    said = [
        (str(field.label), in_words(field, value) or str(dict(getattr(field, "choices", ())).get("", "")))
        for _name, field, value in chosen_filters(filters)
    ]
    return [(label, words) for label, words in said if words not in ("", _("Any"))]


@needs_of_operation
@require_safe
def get_record(request: HttpRequest, slug: str, operation: GetOperation) -> HttpResponse:
    """Show one record, by the UUID in the address."""
    connection = access.of(request)
    resource = resource_of(operation)
    form = bound_by_address(operation, request.GET, connection)
    page: dict[str, Any] = {"connection": connection, "operation": operation, "form": form, "button": _("Run")}
    if form.is_valid():
        common.note_choices(request, connection, form)
        try:
            page |= record(connection, resource, form.cleaned_data["uuid"])
        except NotFound as error:
            form.add_error("uuid", not_there(connection, resource, form.cleaned_data["uuid"], error))
        except (ApiError, Unreadable) as error:
            page["error"] = error
    return show(request, "resources/get.html", page, form)


def not_there(connection: Connection, resource: Resource, uuid: str, error: ApiError) -> str:
    """Say why a record does not exist: who deleted it, if that was done from here, else ChartMogul's reason."""
    if deleted := was_deleted(connection, resource, {"uuid": uuid}):
        return deleted
    said = _("ChartMogul has no {noun} with this UUID in this account: {reason}")
    return said.format(noun=resource.noun, reason=error.user_message)


def was_deleted(connection: Connection, resource: Resource, record: Mapping[str, Any]) -> str:
    """Say who deleted a record, or what it belonged to, if that was done from here; else an empty string."""
    found = (history.deletion_of(connection, uuid) for uuid in sorted(history.deleted_with(record)))
    deletion = next((each for each in found if each and each.finished_at), None)
    if deletion is None or deletion.finished_at is None:
        return ""
    said = _("This {noun} was already deleted by {person} on {when} {zone}.")
    if deletion.record_uuid != record.get("uuid"):
        said = _("What this {noun} belonged to was deleted by {person} on {when} {zone}.")
    when = moments.shown(deletion.finished_at.replace(second=0, microsecond=0), connection.zone)
    return said.format(noun=resource.noun, person=deletion.username, when=when, zone=connection.zone)


def record(connection: Connection, resource: Resource, uuid: str) -> dict[str, Any]:
    """Read a record, and return the context of the record fragment. Raises ApiError and Unreadable."""
    found = services.read_record(ChartMogulClient.of(connection), resource, uuid)
    directory.remember(connection, resource, [found])
    return shown(connection, resource, found)


def shown(connection: Connection, resource: Resource, found: dict[str, Any]) -> dict[str, Any]:
    cell_context = common.cell_context(connection)
    url = cell_context.record_url(resource.key, found["uuid"])
    gone = history.is_deleted(found, history.recently_deleted(connection))
    return {
        "record": found,
        "lingers": was_deleted(connection, resource, found) if gone else "",
        "resource": resource,
        "name": resource.name_of(found),
        "cell_context": cell_context,
        "record_url": url,
        "call_url": reading_call(connection, resource, found["uuid"]),
        "history": history_of(connection, found["uuid"]),
        "parts": sections(connection, resource, found["uuid"]) if url else [],
    }


def reading_call(connection: Connection, resource: Resource, uuid: str) -> str:
    """Return the address where the call that reads a record can be made by hand; an empty string if there is no such
    call, or the UUID cannot be part of a path."""
    try:
        return api_call.address_of(connection, resource.read_request(uuid)) if resource.path else ""
    except CannotBeSent:
        return ""


def history_of(connection: Connection, uuid: str) -> list[Write]:
    """Return the last writes of a record, and as many of what belongs to it (often many a day): newest first."""
    told = history.about_record(connection, uuid)
    last = [*told.filter(record_uuid=uuid)[:HISTORY], *told.exclude(record_uuid=uuid)[:HISTORY]]
    return sorted(last, key=lambda write: write.prepared_at, reverse=True)


def sections(connection: Connection, resource: Resource, uuid: str) -> list[tuple[Part, str]]:
    """Return each part that a record's page shows below the fields, with the address that it loads from."""
    return [
        (part, reverse(f"resources:part.{resource.key}.{part.key}", args=[connection.slug, uuid]))
        for part in resource.parts
    ]


@needs(Role.VIEWER)
@require_safe
def record_page(request: HttpRequest, slug: str, resource: Resource, uuid: str) -> HttpResponse:
    """Show one record: as ChartMogul returns it now, or right after a write, as it was in the answer to that write."""
    connection = access.of(request)
    if there := common.misplaced(connection, resource, uuid):
        return redirect(there)
    list_url = reverse(f"resources:{resource.key}.list", args=[slug])
    page: dict[str, Any] = {
        "connection": connection,
        "resource": resource,
        "uuid": uuid,
        "name": uuid,
        "list_url": list_url,
    }
    written = written_record(request, connection, resource, uuid)
    if written:
        page |= written
    else:
        try:
            page |= record(connection, resource, uuid)
        except NotFound as error:
            page |= {"error": error, "says": not_there(connection, resource, uuid, error), "is_missing": True}
            return render(request, "resources/record.html", page, status=404)
        except CannotBeSent:
            # Not even a possible UUID, such as `..`.
            page["impossible"] = True
            return render(request, "resources/record.html", page, status=404)
        except (ApiError, Unreadable) as error:
            page["error"] = error
    return common.page_with_error(request, "resources/record.html", page)


def written_record(
    request: HttpRequest, connection: Connection, resource: Resource, uuid: str
) -> dict[str, Any] | None:
    """Return the context for the record in the answer to the write that `?written=` names; None if that write was not
    accepted or not about this record."""
    key = request.GET.get("written", "")
    try:
        write = Write.objects.filter(connection=connection, key=key, record_uuid=uuid, outcome="accepted").first()
    except ValidationError:
        return None
    operation = WRITES.get(write.operation) if write else None
    if write is None or operation is None:
        return None
    found = operation.record_in(write.answer_data)
    if found is None or found["uuid"] != uuid:
        return None
    # The answer may not name the record that this one belongs to, although the request did.
    whole = outcome_check.part_of(write)
    if whole and operation.part_of:
        found = {operation.part_of[1]: whole[1], **found}
    return {
        **shown(connection, resource, found),
        "write": write,
        "undo_url": restoring.address(connection, write),
        "not_shown": outcome_check.not_shown(write, operation, found),
    }


def show(request: HttpRequest, template: str, page: dict[str, Any], form: ApiForm) -> HttpResponse:
    status = 422 if form.has_problems() else 200
    return common.page_with_error(request, template, page, status)
