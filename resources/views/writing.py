"""The way of every write: fill in, review, send, outcome. Nothing here knows which operation it serves."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity import curl
from activity import services as activity
from activity.forms import SendForm
from activity.models import Outcome, Write, plain
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.models import Connection
from connections.sealing import Unreadable
from resources import deletions, look_up, restoring, services
from resources.directory import services as directory
from resources.forms import ApiForm
from resources.operations import Resource, WriteOperation
from resources.registry import BY_KEY, OPERATIONS, resource_of
from resources.rows import edited
from resources.update_forms import UpdateForm
from resources.views import common, reading


@require_http_methods(["GET", "POST"])
def fill_in(request: HttpRequest, slug: str, operation: WriteOperation) -> HttpResponse:
    """The form of a write. Review stores what would be sent and leads to it; nothing is sent from here."""
    connection = common.connection_or_404(request, slug)
    page: dict[str, Any] = {"connection": connection, "operation": operation, "button": "Review"}
    if request.method == "POST":
        if "load" in request.POST:
            return load(request, connection, operation, page)
        if "rows" in request.POST:
            data = edited(request.POST, request.POST["rows"])
            form = without_errors(operation.form_class(data, context=common.form_context(connection)))
            return render(request, "resources/form.html", page | {"form": form})
        form = operation.form_class(request.POST, context=common.form_context(connection))
        if form.is_valid() and (write := prepare(request, connection, operation, form, request.POST)):
            return redirect("resources:write", slug, write.key)
    elif "draft" in request.GET:
        form = from_draft(request, connection, operation)
    else:
        form, page["error"] = opened(request, connection, operation)
    return reading.show(request, "resources/form.html", page | {"form": form}, form)


def load(
    request: HttpRequest, connection: Connection, operation: WriteOperation, page: Mapping[str, Any]
) -> HttpResponse:
    """Open the form anew for the record that was chosen."""
    form = without_errors(operation.form_class(request.POST, context=common.form_context(connection)))
    chosen: dict[str, str] = {}
    for name in form.loads_with:
        if name in form.fields and (request.POST.get(name) or name == form.loads_by):
            try:
                chosen[name] = form.fields[name].clean(request.POST.get(name, ""))
            except ValidationError as error:
                form.add_error(name, error)
    if form.errors:
        return reading.show(request, "resources/form.html", {**page, "form": form}, form)
    return redirect(f"{request.path}?{urlencode(chosen)}")


def without_errors(form: ApiForm) -> ApiForm:
    """A bound form that says nothing yet of what is missing: a row was added, the form is not finished."""
    form.is_valid()
    form.errors.clear()
    for row_set in form.row_sets:
        row_set.errors.clear()
        for row in row_set.rows:
            row.errors.clear()
    return form


def opened(
    request: HttpRequest, connection: Connection, operation: WriteOperation
) -> tuple[ApiForm, ApiError | Unreadable | None]:
    """The form as it opens: prefilled from the address, and an update with the record that the address names."""
    context = common.form_context(connection)
    initial = {name: value for name, value in request.GET.dict().items() if name in operation.form_class.base_fields}
    uuid = str(initial.get("uuid", ""))
    if "restore" in request.GET:
        write = write_or_404(connection, request.GET["restore"])
        if restoring.undoes(write) != operation:
            raise Http404
        initial |= restoring.values_of(write, operation.form_class(context=context))
    if not uuid or not issubclass(operation.form_class, UpdateForm):
        return operation.form_class(context=context, initial=initial), None
    resource = resource_of(operation)
    try:
        found = read_for_update(connection, operation, uuid, str(initial.get(resource.owner, "")))
    except (ApiError, Unreadable) as error:
        return operation.form_class(context=context, initial=initial), error
    except ValueError:
        return operation.form_class(context=context), None
    return operation.form_class(context=context, initial=initial, record=found), None


def read_for_update(connection: Connection, operation: WriteOperation, uuid: str, owner: str) -> dict[str, Any] | None:
    """The record that a write is about, and what an update starts from besides. Raises ApiError and Unreadable.

    None for one that can be found only among those of its owner, where that is not known.
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
    found, parts = services.read_for_update(client, resource, uuid, operation.also_reads)
    directory.remember(connection, resource, [found])
    for part, rows in parts:
        directory.remember(connection, BY_KEY[part.resource], rows)
    return found


def from_draft(request: HttpRequest, connection: Connection, operation: WriteOperation) -> ApiForm:
    """The form of a write that was prepared or refused, as it was typed, with ChartMogul's errors at their fields."""
    write = own_write_or_404(request, connection, request.GET["draft"])
    if write.operation != operation.key:
        raise Http404
    form = operation.form_class(posted(write), context=common.form_context(connection))
    form.is_valid()
    if write.outcome == Outcome.REFUSED:
        form.add_api_errors(write.summary, write.field_errors)
    return form


def posted(write: Write) -> QueryDict:
    """The form of a write, as it was typed."""
    data = QueryDict(mutable=True)
    for name, values in write.typed.items():
        data.setlist(name, values)
    return data


def write_or_404(connection: Connection, key: str | UUID) -> Write:
    try:
        key = UUID(str(key))
    except ValueError:
        raise Http404 from None
    write = get_object_or_404(Write, connection=connection, key=key)
    activity.settle(write)
    return write


def own_write_or_404(request: HttpRequest, connection: Connection, key: str | UUID) -> Write:
    """A write that this person prepared: others may look at it, but neither send it nor go on editing it."""
    write = write_or_404(connection, key)
    if write.user_id != common.person(request).pk:
        raise Http404
    return write


def prepare(
    request: HttpRequest, connection: Connection, operation: WriteOperation, form: ApiForm, posted: QueryDict
) -> Write | None:
    """Store the write for review; None where its record is not there any more, which the form then says."""
    outgoing = operation.build(form)
    deletion = deletions.declared(outgoing)
    # A deletion is one whatever page it was made on.
    about = deletion.operation if deletion else operation
    resource = resource_of(about)
    uuid = deletion.uuid if deletion else form.cleaned_data.get("uuid", "")
    before = None
    if uuid and (about.path == resource.path or resource.all_of):
        try:
            before = read_for_update(connection, about, uuid, form.cleaned_data.get(resource.owner, ""))
        except NotFound as error:
            if "uuid" in form.fields:
                form.add_error("uuid", reading.not_there(connection, resource, uuid, error))
                return None
            messages.warning(request, reading.not_there(connection, resource, uuid, error))
        except Unreadable as error:
            form.add_error(None, str(error))
            return None
        except ApiError as error:
            # The review says so; whether to send all the same is for the person to decide.
            messages.warning(request, f"The {resource.noun} as it is now could not be read. {error.user_message}")
    if before is not None and isinstance(form, UpdateForm):
        form.compare_with(before)
    common.note_choices(request, connection, form)
    name = resource.name_of(before) if before else ""
    return activity.prepare(
        connection=connection,
        user=common.person(request),
        operation=operation.key,
        title=operation.title,
        resource=resource.key,
        request=outgoing,
        typed={name: values for name, values in posted.lists() if name != "csrfmiddlewaretoken"},
        changes=form.changes(),
        warnings=form.warnings(),
        record_uuid=uuid,
        record_name=name,
        before=before,
        to_type=operation.to_type(outgoing, deletions.name_to_type(name, uuid)),
        goes_too=deletions.counted(ChartMogulClient.of(connection), deletion, before) if deletion and before else (),
    )


@require_safe
def review(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """One write: before it is sent, the request as it will go out; afterwards, what became of it."""
    connection = common.connection_or_404(request, slug)
    write = write_or_404(connection, key)
    return show_write(request, connection, write, SendForm(write=write))


def show_write(request: HttpRequest, connection: Connection, write: Write, form: SendForm) -> HttpResponse:
    slug, operation = connection.slug, OPERATIONS.get(write.operation)
    deletion = deletions.declared(write.request)
    own = write.user_id == common.person(request).pk
    page = {
        "connection": connection,
        "write": write,
        "operation": operation,
        "resource": BY_KEY.get(write.resource),
        "form": form,
        "own": own,
        "deletion": deletion,
        "warning": getattr(deletion.operation if deletion else operation, "warning", ""),
        "success": success(write),
        "edit_url": edit_url(write, slug) if operation and own else "",
        "desk": common.desk(connection),
        "undo_url": undo_url(write, slug),
        "can_check": look_up.possible(write),
        "curl": curl.command(write.request, settings.API_ORIGINS[connection.kind]),
        "events": write.events.order_by("id"),
        "part_of": part_of(write),
    }
    return render(request, "activity/write.html", page, status=422 if form.has_problems() else 200)


def part_of(write: Write) -> tuple[Resource, str] | None:
    """The record that what is written belongs to: its resource and its UUID, out of the path that is sent."""
    operation = OPERATIONS.get(write.operation)
    if not isinstance(operation, WriteOperation) or not operation.part_of:
        return None
    resource_key, name = operation.part_of
    return BY_KEY[resource_key], look_up.path_values(write, operation)[name]


def edit_url(write: Write, slug: str) -> str:
    return f"{reverse(f'resources:{write.operation}', args=[slug])}?draft={write.key}"


def undo_url(write: Write, slug: str) -> str:
    """The form that puts back what a write changed; nothing where that cannot be."""
    operation = restoring.undoes(write)
    if operation is None:
        return ""
    query = {"restore": str(write.key)}
    if not operation.creates:
        query |= {name: values[0] for name, values in write.typed.items() if name in operation.form_class.loads_with}
        query["uuid"] = write.record_uuid
    return f"{reverse(operation.url_name, args=[slug])}?{urlencode(query)}"


@require_POST
def send(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Send what was reviewed. Names the row, so that no other content can go out; a reason stays here."""
    connection = common.connection_or_404(request, slug)
    write = own_write_or_404(request, connection, key)
    form = SendForm(request.POST, write=write)
    if not form.is_valid() and write.outcome == Outcome.PREPARED:
        return show_write(request, connection, write, form)
    try:
        client = ChartMogulClient.of(connection)
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect("resources:write", slug, key)
    try:
        anew = reviewed_anew(request, connection, write)
    except ApiError as error:
        messages.error(request, f"Nothing was sent: the record as it is now could not be read. {error.user_message}")
        return redirect("resources:write", slug, key)
    if anew:
        return redirect("resources:write", slug, anew.key)
    reason = form.cleaned_data.get("reason", "")
    sent = activity.send(
        write, client, user=common.person(request), reason=reason, named=lambda data: named(write, data)
    )
    if write.outcome == Outcome.ACCEPTED:
        if sent:
            accepted(request, connection, write)
        return redirect(result_url(write, slug))
    if write.outcome == Outcome.REFUSED and write.operation in OPERATIONS:
        return redirect(edit_url(write, slug))
    return redirect("resources:write", slug, key)


def reviewed_anew(request: HttpRequest, connection: Connection, write: Write) -> Write | None:
    """A new review of an update whose fields somebody else changed since it was reviewed, so that nobody's change is
    lost unseen; None where Send may go on. Raises ApiError.

    ChartMogul takes no condition along with a PATCH, so this reads right before it.
    """
    operation = OPERATIONS.get(write.operation)
    if write.outcome != Outcome.PREPARED or write.before is None or not isinstance(operation, WriteOperation):
        return None
    form = operation.form_class(posted(write), context=common.form_context(connection))
    if not isinstance(form, UpdateForm) or not form.is_valid():
        return None
    owner = form.cleaned_data.get(resource_of(operation).owner, "")
    try:
        now = read_for_update(connection, operation, write.record_uuid, owner)
    except NotFound:
        # ChartMogul refuses the update, and says so itself.
        return None
    overwritten = form.overwrites(write.before, plain(now)) if now else []
    if not overwritten:
        return None
    messages.warning(
        request,
        f"Nothing was sent. Changed at ChartMogul since you reviewed this: {', '.join(overwritten)}. "
        "Here is your change once more, beside what it would now overwrite.",
    )
    return prepare(request, connection, operation, form, posted(write))


def accepted(request: HttpRequest, connection: Connection, write: Write) -> None:
    """Say it, and bring what is known locally up to date."""
    operation, resource = OPERATIONS.get(write.operation), BY_KEY.get(write.resource)
    if not isinstance(operation, WriteOperation) or resource is None:
        return
    found = operation.record_in(write.answer_data)
    if deletion := deletions.declared(write.request):
        directory.forget(connection, deletion.resource.key, deletion.uuid)
    elif found:
        directory.remember(connection, resource, [found])
    if result_url(write, connection.slug) != own_url(write, connection.slug):
        # The write's own page says it anyway.
        messages.success(request, success(write))


def success(write: Write) -> str:
    """What to say of a write that was accepted."""
    operation = OPERATIONS.get(write.operation)
    done, afterwards = (operation.done, operation.afterwards) if isinstance(operation, WriteOperation) else ("", "")
    name = f": {write.record_name}" if write.record_name else ""
    computing = "It was accepted; ChartMogul is still computing what follows from it." if write.status == 202 else ""
    return " ".join(part for part in (f"{done or 'Accepted'}{name}.", write.summary, computing, afterwards) if part)


def named(write: Write, data: Any) -> tuple[str, str]:
    """UUID and name of the record in an answer; empty where there is none."""
    operation, resource = OPERATIONS.get(write.operation), BY_KEY.get(write.resource)
    found = operation.record_in(data) if isinstance(operation, WriteOperation) else None
    return (found["uuid"], resource.name_of(found)) if found and resource else ("", "")


def own_url(write: Write, slug: str) -> str:
    return reverse("resources:write", args=[slug, write.key])


def result_url(write: Write, slug: str) -> str:
    """The page of the record as ChartMogul returned it; for a deletion, and where there is none, the write's own."""
    operation, resource = OPERATIONS.get(write.operation), BY_KEY.get(write.resource)
    own_page = own_url(write, slug)
    if not isinstance(operation, WriteOperation) or operation.deletes or not resource or not resource.path:
        return own_page
    if not write.record_uuid or not operation.record_in(write.answer_data):
        return own_page
    page = reverse(f"resources:record.{resource.key}", args=[slug, write.record_uuid])
    return f"{page}?written={write.key}"


@require_safe
def copy(request: HttpRequest, slug: str, key: UUID) -> HttpResponseBase:
    """A file of what a deletion will take with it, as it is now."""
    connection = common.connection_or_404(request, slug)
    write = write_or_404(connection, key)
    deletion = deletions.declared(write.request)
    if deletion is None or write.outcome != Outcome.PREPARED:
        raise Http404
    try:
        client = ChartMogulClient.of(connection)
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect(own_url(write, slug))
    headers = {"Content-Disposition": f'attachment; filename="{deletion.resource.slug}-{slugify(deletion.uuid)}.json"'}
    return StreamingHttpResponse(deletions.copy(client, deletion), content_type="application/json", headers=headers)


@require_POST
def check(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Find out what became of a write whose outcome is unknown, by reading alone."""
    connection = common.connection_or_404(request, slug)
    write = own_write_or_404(request, connection, key)
    if write.outcome != Outcome.UNKNOWN or not look_up.possible(write):
        return redirect("resources:write", slug, key)
    try:
        finding = look_up.find_out(write, ChartMogulClient.of(connection))
    except (ApiError, Unreadable) as error:
        messages.error(request, f"The look-up failed too. {getattr(error, 'user_message', error)}")
        return redirect("resources:write", slug, key)
    resource = BY_KEY[write.resource]
    uuid = name = ""
    if finding.record:
        directory.remember(connection, resource, [finding.record])
        uuid, name = finding.record["uuid"], resource.name_of(finding.record)
    activity.resolve(
        write,
        user=common.person(request),
        carried_out=finding.carried_out,
        evidence=finding.evidence,
        record_uuid=uuid,
        record_name=name,
    )
    messages.info(request, finding.evidence)
    return redirect("resources:write", slug, key)
