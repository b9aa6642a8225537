"""Actions on a prepared write: send it, discard it, check its outcome, or download a copy of what it deletes. Its page
is in showing.py. Nothing here depends on a particular operation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from activity import services as activity
from activity import trail
from activity.forms import SendForm
from activity.models import Outcome, Write, storable
from connections import access, reauthentication
from connections.access import needs, when_read_only
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.models import Connection
from connections.roles import Role
from connections.sealing import Unreadable
from resources import approval, deletions, outcome_check
from resources.directory import services as directory
from resources.registry import BY_KEY, WRITES, resource_of
from resources.update_forms import UpdateForm
from resources.views import common, preparing
from resources.views.showing import own_url, show_write, success, too_late

PATIENCE = 3.0
"""Seconds that a second Send waits for the first one's outcome."""


def review_again(request: HttpRequest, slug: str, key: UUID, *, reason: str) -> HttpResponse:
    """Show the review as it was before Send, with what was typed there, and why Send was refused."""
    connection = access.of(request)
    write = preparing.write_or_404(connection, key)
    messages.error(request, reason)
    form = SendForm(request.POST, write=write) if write.user_id == access.person(request).pk else SendForm(write=write)
    return show_write(request, connection, write, form, on_hold=True)


@needs(Role.EDITOR, form_on="resources:write")
@when_read_only(review_again)
@require_POST
def send(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Send the reviewed write. The address names its row, so no other content goes out; a reason is kept here only."""
    connection = access.of(request)
    write = write_to_send(request, connection, key)
    own = write.user_id == access.person(request).pk
    if write.is_stale:
        messages.error(request, _("Nothing was sent: this was reviewed more than a day ago."))
        return redirect("resources:write", slug, key)
    if write.outcome == Outcome.PREPARED and not approval.may_send(access.person(request), connection, write):
        messages.error(request, _("Nothing was sent: this requires a second person."))
        return redirect("resources:write", slug, key)
    form = SendForm(request.POST, write=write)
    # For somebody else's write, its author typed what had to be typed before asking for approval.
    if own and not form.is_valid() and write.outcome == Outcome.PREPARED:
        return show_write(request, connection, write, form)
    try:
        client = ChartMogulClient.of(connection)
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect("resources:write", slug, key)
    try:
        anew = reviewed_anew(request, connection, write)
    except ApiError as error:
        said = _("Nothing was sent: the current state of the record could not be read. {reason}")
        messages.error(request, said.format(reason=error.user_message))
        return redirect("resources:write", slug, key)
    if anew is not None:
        return redirect(own_url(anew, slug))
    reason = form.cleaned_data.get("reason", "") if own else ""
    sent = activity.send(
        write, client, user=access.person(request), reason=reason, named=lambda data: named(write, data)
    )
    if not sent:
        # A second click gets the result of the first.
        activity.await_outcome(write, PATIENCE)
    if write.outcome == Outcome.ACCEPTED:
        if sent:
            accepted(request, connection, write)
        return redirect(result_url(write, slug))
    if write.outcome == Outcome.REFUSED and own and write.operation in WRITES:
        return redirect(preparing.edit_url(write, slug))
    return redirect("resources:write", slug, key)


def write_to_send(request: HttpRequest, connection: Connection, key: UUID) -> Write:
    """Return a write that concerns this person. Raises Http404 if it is somebody else's and needs no second person,
    Forbidden if their role is too low, ConfirmFirst if it needs typed confirmation and a recent sign-in is missing."""
    write = preparing.write_or_404(connection, key)
    if write.user_id != access.person(request).pk and not approval.needs_second(connection, write):
        raise Http404
    access.require(connection, approval.role_to_send(write))
    if write.to_type and write.outcome == Outcome.PREPARED:
        reauthentication.require(request, own_url(write, connection.slug))
    return write


def reviewed_anew(request: HttpRequest, connection: Connection, write: Write) -> Write | None:
    """Return a new review if somebody changed the fields of an update since it was reviewed, so that no change is
    overwritten unnoticed, or the old one if none could be made; None if Send may go on. Raises ApiError.

    ChartMogul's PATCH takes no precondition, so this reads the record right before it.
    """
    operation = WRITES.get(write.operation)
    if write.outcome != Outcome.PREPARED or write.before is None or operation is None:
        return None
    form = preparing.as_typed(connection, operation, write)
    if not isinstance(form, UpdateForm) or not form.is_valid():
        return None
    owner = form.cleaned_data.get(resource_of(operation).owner, "")
    try:
        now = preparing.read_for_update(connection, operation, write.record_uuid, owner)
    except NotFound:
        # ChartMogul refuses the update, and says so itself.
        return None
    if not now:
        return None
    form.compare_with(now)
    overwritten = form.overwrites(write.before, storable(now))
    if not overwritten:
        return None
    said = _(
        "Nothing was sent. Changed in ChartMogul since you reviewed this: {fields}. Here is your change again, beside "
        "what it would now overwrite."
    )
    messages.warning(request, said.format(fields=", ".join(overwritten)))
    return preparing.prepare(request, connection, operation, form) or write


def accepted(request: HttpRequest, connection: Connection, write: Write) -> None:
    """Show the success message of an accepted write, and update the directory and the recent records."""
    operation, resource = WRITES.get(write.operation), BY_KEY.get(write.resource)
    if operation is None or resource is None:
        return
    found = operation.record_in(write.answer_data)
    if deletion := deletions.declared(write.request):
        directory.forget(connection, deletion.resource.key, deletion.uuid)
    elif found:
        directory.remember(connection, resource, [found])
        common.note_recent(request, connection, {resource.key: [found["uuid"]]})
    if result_url(write, connection.slug) != own_url(write, connection.slug):
        # The write's own page shows the message anyway.
        messages.success(request, success(write))


def named(write: Write, data: Any) -> tuple[str, str, str]:
    """Return the UUID and name of the record in an answer, and the UUID of its owner; each empty if there is none."""
    operation, resource = WRITES.get(write.operation), BY_KEY.get(write.resource)
    found = operation.record_in(data) if operation else None
    if not found or not resource:
        return "", "", ""
    belongs = outcome_check.belongs_to(write.request, found)
    return found["uuid"], resource.name_of(found), belongs[1] if belongs else ""


def result_url(write: Write, slug: str) -> str:
    """Return the address of the record's page that shows ChartMogul's answer; the write's own page for a deletion, or
    if there is no such page."""
    operation, resource = WRITES.get(write.operation), BY_KEY.get(write.resource)
    own_page = own_url(write, slug)
    if operation is None or operation.deletes or not resource or not resource.path:
        return own_page
    if not write.record_uuid or not operation.record_in(write.answer_data):
        return own_page
    page = reverse(f"resources:record.{resource.key}", args=[slug, write.record_uuid])
    return f"{page}?written={write.key}"


@needs(Role.EDITOR, changes=False, form_on="resources:write")
@require_POST
def discard(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Discard a write that this person prepared."""
    connection = access.of(request)
    write = preparing.own_write_or_404(request, connection, key)
    if not activity.discard(write, user=access.person(request)) and write.outcome != Outcome.DISCARDED:
        waits = _("This waits for another manager. Withdraw it instead.")
        messages.warning(request, waits if write.is_waiting else too_late(write))
    return redirect("resources:write", slug, key)


@needs(deletions.ROLE_TO_COPY, changes=False)
@require_safe
def copy(request: HttpRequest, slug: str, key: UUID) -> HttpResponseBase:
    """Stream a JSON file of what a prepared deletion will take with it, as it is now."""
    connection = access.of(request)
    write = preparing.write_or_404(connection, key)
    deletion = deletions.declared(write.request)
    if deletion is None or write.outcome != Outcome.PREPARED:
        raise Http404
    try:
        client = ChartMogulClient.of(connection)
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect(own_url(write, slug))
    trail.add("records.exported", user=access.person(request), connection=connection, facts={"path": write.path})
    headers = {"Content-Disposition": f'attachment; filename="{deletion.resource.slug}-{slugify(deletion.uuid)}.json"'}
    pieces = common.in_this_language(deletions.copy(client, deletion))
    return StreamingHttpResponse(pieces, content_type="application/json", headers=headers)


@needs(Role.EDITOR, changes=False, form_on="resources:write")
@require_POST
def check(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Find out, by reads only, whether a write whose outcome is unknown was carried out."""
    connection = access.of(request)
    write = preparing.own_write_or_404(request, connection, key)
    if write.outcome != Outcome.UNKNOWN or not outcome_check.possible(write):
        return redirect("resources:write", slug, key)
    try:
        finding = outcome_check.find_out(write, ChartMogulClient.of(connection))
    except (ApiError, Unreadable) as error:
        said = _("The check failed too. {reason}")
        messages.error(request, said.format(reason=error.user_message))
        return redirect("resources:write", slug, key)
    if finding.carried_out is None:
        messages.warning(request, finding.evidence)
        return redirect("resources:write", slug, key)
    resource = BY_KEY[write.resource]
    uuid = name = ""
    if finding.record:
        directory.remember(connection, resource, [finding.record])
        uuid, name = finding.record["uuid"], resource.name_of(finding.record)
    activity.resolve(
        write,
        user=access.person(request),
        carried_out=finding.carried_out,
        evidence=finding.evidence,
        record_uuid=uuid,
        record_name=name,
    )
    if finding.carried_out:
        if deletion := deletions.declared(write.request):
            directory.forget(connection, deletion.resource.key, deletion.uuid)
        # If it was not carried out, the page itself says so.
        messages.info(request, finding.evidence)
    return redirect("resources:write", slug, key)
