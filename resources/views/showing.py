"""The page of one write: its review before it is sent, its outcome afterwards."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activity import curl
from activity.forms import DeclineForm, SendForm, WithdrawForm
from activity.models import Outcome, Write
from connections import access
from connections.access import needs
from connections.models import Connection
from connections.roles import Role
from resources import answers, approval, deletions, outcome_check, restoring
from resources.catalog import api_call
from resources.registry import BY_KEY, WRITES
from resources.views import common, preparing


@needs(Role.VIEWER)
@require_safe
def review(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Show one write: before it is sent, the request as it will go out; afterwards, its outcome."""
    connection = access.of(request)
    write = preparing.write_or_404(connection, key)
    return show_write(request, connection, write, SendForm(write=write))


def show_write(
    request: HttpRequest, connection: Connection, write: Write, form: SendForm | DeclineForm, *, on_hold: bool = False
) -> HttpResponse:
    """Show a review or an outcome. `on_hold`: Send was refused because the connection is read-only, and its form stays
    with what was typed there."""
    slug, operation = connection.slug, WRITES.get(write.operation)
    deletion = deletions.declared(write.request)
    cell_context, gone = common.cell_context(connection), deletion is not None and write.outcome == Outcome.ACCEPTED
    own = write.user_id == access.person(request).pk
    may_send = approval.may_send(access.person(request), connection, write)
    needs_second = approval.needs_second(connection, write)
    stays = (
        on_hold and not write.is_waiting and approval.may_send(access.person(request), connection, write, brake=False)
    )
    page = {
        "connection": connection,
        "write": write,
        "operation": operation,
        "resource": BY_KEY.get(write.resource),
        "form": form,
        "own": own,
        "may_send": may_send,
        "needs_second": needs_second,
        "offers": offered(connection, write, own=own, may_send=may_send or stays, needs_second=needs_second),
        "refusal": approval.refusal(connection, write) if write.outcome == Outcome.PREPARED else "",
        "can_discard": own and not write.is_waiting and connection.may.has(Role.EDITOR),
        "decline_form": form if isinstance(form, DeclineForm) else decline_form(own),
        "deletion": deletion,
        "offers_copy": deletion is not None and write.is_open and connection.may.has(deletions.ROLE_TO_COPY),
        "warning": getattr(deletion.operation if deletion else operation, "warning", ""),
        "success": success(write),
        "edit_url": preparing.edit_url(write, slug) if operation and own and not write.is_waiting else "",
        "cell_context": cell_context,
        "undo_url": restoring.address(connection, write),
        "can_check": outcome_check.possible(write),
        "list_of_it": outcome_check.list_address(write, slug) if look_in_list(write) else None,
        "call_url": api_call.address_of_write(connection, write.key),
        "curl": curl.command(write.request, settings.API_ORIGINS[connection.kind]),
        "events": write.events.order_by("id"),
        "record_url": "" if gone else cell_context.record_url(write.resource, write.record_uuid),
        "part_of": outcome_check.part_of(write),
        "written": operation.record_in(write.answer_data) if operation else None,
        "tables": answers.tables(write.answer_data, cell_context),
    }
    template = "resources/review.html" if write.outcome == Outcome.PREPARED else "resources/outcome.html"
    status = 403 if on_hold else 422 if form.has_problems() else 200
    return render(request, template, page, status=status)


def decline_form(own: bool, data: Mapping[str, Any] | None = None) -> DeclineForm:
    """Return the form that closes a write waiting for approval: its author withdraws it, anybody else declines it."""
    return WithdrawForm(data) if own else DeclineForm(data)


def offered(connection: Connection, write: Write, *, own: bool, may_send: bool, needs_second: bool) -> str:
    """Return what the review offers this person: to `send` the write, to `ask` for a second person or, once that was
    done, to `decide`: to approve, decline or withdraw it. An empty string if they may only look, or if the review is
    too old."""
    if write.is_stale:
        return ""
    if connection.may.manage and write.is_waiting:
        return "decide"
    if connection.may.manage and own and needs_second:
        return "ask"
    return "send" if may_send else ""


def look_in_list(write: Write) -> bool:
    """Whether a list may show the outcome of a write."""
    return write.outcome == Outcome.UNKNOWN and not write.is_of_account_before


def success(write: Write) -> str:
    """Return the success message of an accepted write."""
    operation = WRITES.get(write.operation)
    done, afterwards = (operation.done, operation.afterwards) if operation else ("", "")
    name = f": {write.record_name}" if write.record_name else ""
    computing = _("ChartMogul is still calculating the effects of this.") if write.status == 202 else ""
    said = (f"{done or _('Accepted')}{name}.", write.summary, computing, str(afterwards))
    return " ".join(part for part in said if part)


def too_late(write: Write) -> str:
    """Return the message for a button that was pressed after the write had left `prepared`; its page says the rest."""
    if write.sent_at:
        return _("Too late: this has already been sent.")
    return _("Too late: this has already been closed. Nothing was sent.")


def own_url(write: Write, slug: str) -> str:
    return reverse("resources:write", args=[slug, write.key])
