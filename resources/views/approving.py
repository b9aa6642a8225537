"""Approval by a second person of what cannot be undone: another manager sends or declines the prepared write.

Only for connections that require it, see Connection.second_person. Nothing here sends: Send is sending.send.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activity import services as activity
from activity.forms import SendForm
from activity.models import Outcome
from connections import access
from connections.access import needs
from connections.roles import Role
from resources import approval
from resources.views import preparing, showing


@needs(Role.MANAGER, changes=False, form_on="resources:write")
@require_POST
def ask(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Ask another manager to approve a write that this person prepared."""
    connection = access.of(request)
    write = preparing.own_write_or_404(request, connection, key)
    can_wait = write.outcome == Outcome.PREPARED and not write.is_waiting and not write.is_stale
    if not can_wait or not approval.needs_second(connection, write):
        return redirect("resources:write", slug, key)
    form = SendForm(request.POST, write=write)
    if not form.is_valid():
        return showing.show_write(request, connection, write, form)
    if activity.ask(write, user=access.person(request), reason=form.cleaned_data.get("reason", "")):
        messages.success(request, _("It is now waiting for another manager. Nothing has been sent yet."))
    else:
        messages.warning(request, showing.too_late(write))
    return redirect("resources:write", slug, key)


@needs(Role.MANAGER, changes=False, form_on="resources:write")
@require_POST
def decline(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """Close a write that waits for approval: a second person declines it, or its author withdraws it."""
    connection = access.of(request)
    write = preparing.write_or_404(connection, key)
    own = write.user_id == access.person(request).pk
    form = showing.decline_form(own, request.POST)
    if write.is_waiting:
        if not form.is_valid():
            return showing.show_write(request, connection, write, form)
        end = activity.withdraw if own else activity.decline
        if end(write, user=access.person(request), reason=form.cleaned_data["decline_reason"]):
            messages.success(request, _("Withdrawn. Nothing was sent.") if own else _("Declined. Nothing was sent."))
            return redirect("resources:write", slug, key)
    if write.outcome != Outcome.PREPARED:
        messages.warning(request, showing.too_late(write))
    return redirect("resources:write", slug, key)
