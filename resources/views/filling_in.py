"""The form of a write, as it opens and as its buttons change it. Nothing here depends on a particular operation, and
nothing is sent from here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from connections import access
from connections.access import needs_of_operation, when_read_only
from connections.api_request import CannotBeSent
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection
from connections.people import preferences
from connections.sealing import Unreadable
from resources import amounts, as_json, restoring, services
from resources.as_json import JsonForm
from resources.forms import ApiForm
from resources.major_units import CENTS, UNITS
from resources.operations import WriteOperation
from resources.registry import resource_of
from resources.rows import edited
from resources.update_forms import UpdateForm
from resources.views import common, filling_in_json, preparing, reading

DROP = "drop"
"""The value of Load that confirms discarding the changes."""


def typed_again(request: HttpRequest, slug: str, operation: WriteOperation, *, reason: str) -> HttpResponse:
    """Show the form as it was posted, as fields or as JSON, with why it was refused."""
    connection = access.of(request)
    form = preparing.without_errors(operation.form_class(request.POST, context=common.form_context(connection)))
    text = JsonForm(request.POST) if form.takes_json and as_json.NAME in request.POST else None
    (text or form).add_error(None, reason)
    page = {"connection": connection, "operation": operation, "button": _("Review"), "form": form, "json_form": text}
    return render(request, "resources/form.html", page, status=403)


@needs_of_operation
@when_read_only(typed_again)
@require_http_methods(["GET", "HEAD", "POST"])
def fill_in(request: HttpRequest, slug: str, operation: WriteOperation) -> HttpResponse:
    """Show the form of a write. Review stores what would be sent and redirects to it; nothing is sent from here."""
    connection = access.of(request)
    page: dict[str, Any] = {"connection": connection, "operation": operation, "button": _("Review")}
    if request.method == "POST":
        if "load" in request.POST:
            return load(request, connection, operation, page)
        if (data := changed_by_button(request, operation.form_class)) is not None:
            form = preparing.without_errors(operation.form_class(data, context=common.form_context(connection)))
            return render(request, "resources/form.html", page | {"form": form})
        if request.POST.get("amounts") in (CENTS, UNITS):
            form = with_other_amounts(request, connection, operation)
            return render(request, "resources/form.html", page | {"form": form})
        form = operation.form_class(request.POST, context=common.form_context(connection))
        if form.takes_json and (as_json.NAME in request.POST or request.POST.get("as") == as_json.NAME):
            return filling_in_json.show(request, connection, operation, page, form)
        if form.is_valid() and (write := preparing.prepare(request, connection, operation, form)):
            return redirect("resources:write", slug, write.key)
    elif "draft" in request.GET:
        form, page["write"] = preparing.from_draft(request, connection, operation)
    else:
        form, said = opened(request, connection, operation, operation.form_class.first_values(request.GET))
        page |= said
        if form.takes_json and request.GET.get("as") == as_json.NAME:
            return filling_in_json.show(request, connection, operation, page, as_json.untouched(form))
    return reading.show(request, "resources/form.html", page | {"form": form}, form)


def changed_by_button(request: HttpRequest, form_class: type[ApiForm]) -> QueryDict | None:
    """Return what was posted, as changed by a button for rows or for a proposal; None for any other button."""
    if "rows" in request.POST:
        return edited(request.POST, request.POST["rows"], form_class.groups)
    return form_class.with_proposal(request.POST, request.POST["propose"]) if "propose" in request.POST else None


def load(
    request: HttpRequest, connection: Connection, operation: WriteOperation, page: Mapping[str, Any]
) -> HttpResponse:
    """Open the form anew for the record that was chosen. Values typed before any was loaded are kept, over the record's
    own, and not put into an address. Changes to another loaded record are discarded only if the person confirms."""
    form = preparing.without_errors(operation.form_class(request.POST, context=common.form_context(connection)))
    if not isinstance(form, UpdateForm):
        raise Http404
    chosen: dict[str, str] = {}
    for name in form.loads_with:
        if name in form.fields and (request.POST.get(name) or name == form.loads_by):
            try:
                chosen[name] = form.fields[name].clean(request.POST.get(name, ""))
            except ValidationError as error:
                form.add_error(name, error)
    typed = form.typed()
    fields = ", ".join(map(form.label_of, typed))
    if form.opened and typed and request.POST["load"] != DROP:
        question = _("Loading would discard your changes to {record}, which have not been sent: {fields}.")
        record = form.in_words(form.loads_by, form.opened["uuid"])
        form.add_error(form.loads_by, question.format(record=record, fields=fields))
        page = {**page, "drops": DROP}
    if form.errors:
        return reading.show(request, "resources/form.html", {**page, "form": form}, form)
    if form.opened or not typed:
        return redirect(f"{request.path}?{urlencode(chosen)}")
    anew, said = opened(request, connection, operation, typed | chosen)
    if "error" not in said:
        said["filled_in"] = _("What you had filled in was kept: {fields}.").format(fields=fields)
    return reading.show(request, "resources/form.html", {**page, **said, "form": anew}, anew)


def with_other_amounts(request: HttpRequest, connection: Connection, operation: WriteOperation) -> ApiForm:
    """Return the form with its amounts switched to cents or major units, and store that as the person's preference."""
    wanted, context = request.POST["amounts"], common.form_context(connection)
    preferences.keep(request, access.person(request), replace(preferences.of(request), amounts_in=wanted))
    data, notes = amounts.changed(operation.form_class(request.POST, context=context), request.POST, wanted)
    form = preparing.without_errors(operation.form_class(data, context=context))
    amounts.note(form, notes)
    return form


def opened(
    request: HttpRequest, connection: Connection, operation: WriteOperation, initial: dict[str, Any]
) -> tuple[ApiForm, dict[str, Any]]:
    """Return the form as it opens: prefilled, and with the record that its first values or the address name, for an
    update or a copy. Also return what the page says about that: an error, or where the values come from."""
    context, form_class = common.form_context(connection), operation.form_class
    # A form that starts from a record leaves blank what the record does not hold.
    if not {"restore", "copy"} & request.GET.keys():
        initial = form_class.presets(context) | initial
    said: dict[str, Any] = {}
    if "restore" in request.GET:
        write = preparing.write_or_404(connection, request.GET["restore"])
        if restoring.undoes(write) != operation:
            raise Http404
        values, said = restoring.beginning(connection, write, form_class(context=context))
        initial |= values
    uuid, record = str(initial.get("uuid", "")), {}
    try:
        if operation.copying and "copy" in request.GET:
            client, resource = ChartMogulClient.of(connection), resource_of(operation)
            found, lost = operation.copying.record(
                services.read_record(client, resource, request.GET["copy"]), connection.zone
            )
            initial |= restoring.filled(form_class(context=context), found)
            said = {"filled_in": operation.copying.said, "lost": lost}
        elif uuid and issubclass(form_class, UpdateForm):
            owner = str(initial.get(resource_of(operation).owner, ""))
            read = preparing.read_for_update(connection, operation, uuid, owner)
            record = {"record": read, "whole": "restore" in request.GET}
    except (ApiError, Unreadable) as error:
        return form_class(context=context, initial=initial), {"error": error}
    except CannotBeSent:
        return form_class(context=context), {}
    return form_class(context=context, initial=initial, **record), said
