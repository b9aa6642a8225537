"""Pages that only read: lists, one record by its module, the page of a record."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from activity import services as activity
from activity.models import Write
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound, Rejected
from connections.models import Connection
from connections.sealing import Unreadable
from resources import services
from resources.cells import expect_references
from resources.directory import services as directory
from resources.forms import ApiForm
from resources.operations import GetOperation, ListOperation, Operation, Part, Resource, WriteOperation
from resources.paging import Place
from resources.registry import OPERATIONS, resource_of
from resources.views import common

HISTORY = 5
"""Writes that the page of a record shows."""


def bound_by_address(operation: Operation, request: HttpRequest, connection: Connection) -> ApiForm:
    """The form of a reading page, bound to the address; unbound where a value that it needs is missing altogether."""
    context = common.form_context(connection)
    form_class = operation.form_class
    needs = [name for name, field in form_class.base_fields.items() if field.required]
    if any(name not in request.GET for name in needs):
        return form_class(context=context, initial=request.GET.dict())
    data = QueryDict(mutable=True)
    for name, field in form_class.base_fields.items():
        data[name] = request.GET.get(name, field.initial if field.initial is not None else "")
    return form_class(data, context=context)


@require_safe
def list_rows(request: HttpRequest, slug: str, operation: ListOperation) -> HttpResponse:
    """A list, by the filters, the limit and the place that stand in its address."""
    connection = common.connection_or_404(request, slug)
    form = bound_by_address(operation, request, connection)
    page: dict[str, Any] = {
        "connection": connection,
        "operation": operation,
        "resource": resource_of(operation),
        "form": form,
        "button": "Run",
    }
    if form.is_valid():
        common.note_choices(request, connection, form)
        salt = f"{connection.uuid} {operation.key} {operation.build(form).target} {form.cleaned_data.get('limit')}"
        try:
            place = Place.read(request.GET["at"], salt) if "at" in request.GET else Place()
        except (signing.BadSignature, ValueError, TypeError, IndexError):
            return start_over(request)
        try:
            page |= stretch(connection, operation, form, place)
        except (Rejected, NotFound) as error:
            if not place.is_first:
                return start_over(request)
            form.add_api_errors(error.user_message, error.field_errors)
            page["error"] = error
        except (ApiError, Unreadable) as error:
            page["error"] = error
        else:
            filters = request.GET.copy()
            filters.pop("at", None)
            page |= links(filters, page["place"], page["rows"], salt)
    return show(request, "resources/list.html", page, form)


def stretch(connection: Connection, operation: ListOperation, form: ApiForm, place: Place) -> dict[str, Any]:
    """The rows of one page of a list. Raises ApiError and Unreadable."""
    limit = form.cleaned_data["limit"]
    request = operation.build(form)
    client = ChartMogulClient.of(connection)
    rows = services.read_rows(client, operation, request, limit=limit, start=place.position)
    if operation.complete:
        rows = operation.complete(client, form, rows, place.is_first and rows.next is None)
    directory.remember(connection, resource_of(operation), rows.records)
    desk = common.desk(connection)
    expect_references(operation.columns, rows.records, desk)
    uuids = [uuid for record in rows.records if isinstance(uuid := record.get("uuid"), str)]
    gone = activity.recently_deleted(connection, uuids)
    return {"rows": rows, "place": place, "desk": desk, "gone": gone}


def links(filters: QueryDict, place: Place, rows: services.Rows, salt: str, path: str = "") -> dict[str, str]:
    """The numbers of the rows shown, and the addresses of the pages before and after."""

    def address(there: Place) -> str:
        query = filters.copy()
        if not there.is_first:
            query["at"] = there.token(salt)
        return f"{path}?{query.urlencode()}"

    before, shown = place.rows_before, len(rows.records)
    found = {"first_row": str(before + 1), "last_row": str(before + shown)}
    if rows.next:
        found["next"] = address(place.after(shown, rows.next))
    if not place.is_first:
        found["previous"] = address(place.before())
        found["first"] = address(Place())
    return found


def start_over(request: HttpRequest) -> HttpResponse:
    messages.warning(request, "That place in the list is no longer there, so this is its first page.")
    filters = request.GET.copy()
    filters.pop("at", None)
    return redirect(f"{request.path}?{filters.urlencode()}")


@require_safe
def get_record(request: HttpRequest, slug: str, operation: GetOperation) -> HttpResponse:
    """One record, by the value in the address."""
    connection = common.connection_or_404(request, slug)
    resource = resource_of(operation)
    form = bound_by_address(operation, request, connection)
    page: dict[str, Any] = {"connection": connection, "operation": operation, "form": form, "button": "Run"}
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
    """Why a record is not to be had: who deleted it, where that was done from here."""
    deletion = activity.deletion_of(connection, uuid)
    if deletion and deletion.finished_at:
        when = deletion.finished_at.strftime("%Y-%m-%d %H:%M")
        return f"This {resource.noun} was deleted already, by {deletion.username} on {when} UTC."
    return f"ChartMogul knows no {resource.noun} of this UUID in this account: {error.user_message}"


def record(connection: Connection, resource: Resource, uuid: str) -> dict[str, Any]:
    """What the record fragment needs. Raises ApiError and Unreadable."""
    found = services.read_record(ChartMogulClient.of(connection), resource, uuid)
    directory.remember(connection, resource, [found])
    return shown(connection, resource, found)


def shown(connection: Connection, resource: Resource, found: dict[str, Any]) -> dict[str, Any]:
    desk = common.desk(connection)
    url = desk.record_url(resource.key, found["uuid"])
    return {
        "record": found,
        "resource": resource,
        "name": resource.name_of(found),
        "desk": desk,
        "record_url": url,
        "history": activity.about_record(connection, found["uuid"])[:HISTORY],
        "parts": sections(connection, resource, found["uuid"]) if url else [],
    }


def sections(connection: Connection, resource: Resource, uuid: str) -> list[tuple[Part, str]]:
    """What the page of a record shows below its fields: each part, and the address that it loads from."""
    return [
        (part, reverse(f"resources:part.{resource.key}.{part.key}", args=[connection.slug, uuid]))
        for part in resource.parts
    ]


@require_safe
def record_page(request: HttpRequest, slug: str, resource: Resource, uuid: str) -> HttpResponse:
    """The page of one record: as ChartMogul answers now, or right after a write, as it answered that write."""
    connection = common.connection_or_404(request, slug)
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
            page["error"] = error
            page["missing"] = not_there(connection, resource, uuid, error)
            return render(request, "resources/record.html", page, status=404)
        except ValueError:
            # Not even a possible UUID, such as `..`: the client would refuse to send it.
            page["impossible"] = True
            return render(request, "resources/record.html", page, status=404)
        except (ApiError, Unreadable) as error:
            page["error"] = error
    return render(request, "resources/record.html", page)


def written_record(
    request: HttpRequest, connection: Connection, resource: Resource, uuid: str
) -> dict[str, Any] | None:
    """The record in the answer to the write that `?written=` names, where that write was about this record."""
    key = request.GET.get("written", "")
    try:
        write = Write.objects.filter(connection=connection, key=key, record_uuid=uuid, outcome="accepted").first()
    except ValidationError:
        return None
    operation = OPERATIONS.get(write.operation) if write else None
    if write is None or not isinstance(operation, WriteOperation):
        return None
    found = operation.record_in(write.answer_data)
    if found is None or found["uuid"] != uuid:
        return None
    return {**shown(connection, resource, found), "write": write}


def show(request: HttpRequest, template: str, page: dict[str, Any], form: ApiForm) -> HttpResponse:
    status = 422 if form.has_problems() else 200
    return render(request, template, page, status=status)
