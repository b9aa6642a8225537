"""Make an API Call: the address of the page holds a read; a write is reviewed like every other write."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from activity import curl, history
from activity import services as activity
from connections import access
from connections.access import needs_of_operation
from connections.api_request import ApiAnswer
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection
from connections.sealing import Unreadable
from resources import answers, json_text, services
from resources.catalog.api_call import (
    CALL,
    FILL,
    LONGEST_ADDRESS,
    ApiCallForm,
    ApiCallOperation,
    address_of_write,
    as_rows,
    of_request,
)
from resources.catalog.api_call import address as address_of_call
from resources.form_context import FormContext
from resources.from_curl import CurlCall, CurlForm
from resources.operations import ListOperation
from resources.registry import OPERATIONS
from resources.rows import edited
from resources.views import common, preparing, reading

LOOKED_BACK, SHOWN_CALLS = 50, 10
"""How many reads and how many writes are searched for the last calls, and how many of those the page shows."""
OF_A_CALL = ("method", "path", "query", "status")
"""Facts that the trail's event of a read and LastCall have under the same name."""


@needs_of_operation
# Not HEAD: it would make the call and throw away the answer.
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, slug: str, operation: ApiCallOperation) -> HttpResponse:
    """Show the form, and below it the answer to a read. A POST of a read redirects to its address, unless that is too
    long; a GET never writes."""
    connection = access.of(request)
    context = common.form_context(connection)
    page: dict[str, Any] = {"connection": connection, "operation": operation, "known_paths": known_paths()}
    origin = settings.API_ORIGINS[connection.kind]
    page["curl_form"] = CurlForm(origin=origin, refuses_call=context.refuses_call)
    if request.method == "GET":
        return opened(request, connection, operation, page)
    if "curl" in request.POST:
        curl_form = CurlForm(request.POST, origin=origin, refuses_call=context.refuses_call)
        return filled_in_from_curl(request, page, curl_form, context)
    if "rows" in request.POST:
        data = edited(request.POST, request.POST["rows"], ApiCallForm.groups)
        form = preparing.without_errors(ApiCallForm(data, context=context))
    elif "format" in request.POST:
        form = with_formatted_body(request.POST, context)
    else:
        form = ApiCallForm(request.POST, context=context)
        if form.is_valid() and not form.is_read:
            if write := preparing.prepare(request, connection, operation, form):
                return redirect("resources:write", slug, write.key)
        elif form.is_valid() and len(address := form.address(form.query())) <= LONGEST_ADDRESS:
            return redirect(f"{request.path}?{address}#answer")
        elif form.is_valid():
            page |= answered(request, connection, operation, form)
    return reading.show(request, "resources/api_call.html", page | {"form": form}, form)


def opened(
    request: HttpRequest, connection: Connection, operation: ApiCallOperation, page: dict[str, Any]
) -> HttpResponse:
    """Answer a GET with the form: empty, filled in, or with the answer to the read that the address holds."""
    context = common.form_context(connection)
    if "draft" in request.GET:
        form, page["write"] = preparing.from_draft(request, connection, operation)
        page["body_open"] = True
    elif "url" in request.GET and FILL not in request.GET:
        form = ApiCallForm(with_method(request.GET), context=context)
        if form.is_valid() and form.is_read:
            page |= answered(request, connection, operation, form)
            if "download" in request.GET and "received" in page:
                return download(page["received"], form.cleaned_data["url"])
    elif "url" not in request.GET and FILL in request.GET:
        write = preparing.write_or_404(connection, request.GET[FILL])
        form = ApiCallForm(context=context, initial=of_request(write.request))
    else:
        form = ApiCallForm(context=context, initial=ApiCallForm.first_values(request.GET))
        page["calls"] = last_calls(connection, access.person(request))
    return reading.show(request, "resources/api_call.html", page | {"form": form}, form)


def with_formatted_body(posted: QueryDict, context: FormContext) -> ApiCallForm:
    """Return the form with its JSON body indented, or with an error at the body."""
    data, fault = posted.copy(), None
    try:
        data["body"] = json_text.indented(cast(str, ApiCallForm.base_fields["body"].clean(posted.get("body", ""))))
    except ValidationError as error:
        fault = error
    except json_text.TooLong:
        fault = ValidationError(_("With a line for each value this would be too long."))
    form = preparing.without_errors(ApiCallForm(data, context=context))
    if fault:
        form.add_error("body", fault)
    return cast(ApiCallForm, form)


def filled_in_from_curl(
    request: HttpRequest, page: Mapping[str, Any], curl_form: CurlForm, context: FormContext
) -> HttpResponse:
    """Show the form as filled in from a curl command, to be checked: nothing is sent."""
    if not curl_form.is_valid():
        page = {**page, "form": ApiCallForm(context=context), "curl_form": curl_form}
        return render(request, "resources/api_call.html", page, status=422)
    found: CurlCall = curl_form.cleaned_data["curl"]
    initial = {
        "url": found.path,
        "method": found.method,
        "body": found.body,
        "query": as_rows(found.query),
        "headers": as_rows(found.headers),
    }
    if found.left_out:
        said = _("Left out, because they cannot be set here: {headers}.")
        messages.warning(request, said.format(headers=", ".join(found.left_out)))
    # The command is not shown again, because it may contain an API key.
    return render(request, "resources/api_call.html", {**page, "form": ApiCallForm(context=context, initial=initial)})


@dataclass(frozen=True, kw_only=True)
class LastCall:
    """A call that a person made before. `address` leads to the form, filled in with it; `query` has only names, because
    values may be personal data and are not stored for reads."""

    at: datetime
    method: str
    path: str
    query: list[str]
    status: int | None
    address: str


def last_calls(connection: Connection, user: User) -> list[LastCall]:
    """Return this person's last calls, the latest first, each once."""
    calls = []
    for event in history.reads_by_hand(connection, user)[:LOOKED_BACK]:
        facts = event.facts
        names = {f"query-{number}-key": name for number, name in enumerate(facts["query"])}
        address = address_of_call(connection, {"url": facts["path"], "method": facts["method"], FILL: "1"} | names)
        calls.append(LastCall(at=event.at, address=address, **{name: facts[name] for name in OF_A_CALL}))
    for write in history.sent_by(connection, user, CALL.key)[:LOOKED_BACK]:
        query = sorted({name for name, _value in write.query})
        address = address_of_write(connection, write.key)
        at, status = write.prepared_at, write.status
        calls.append(LastCall(at=at, method=write.method, path=write.path, query=query, status=status, address=address))
    once: dict[tuple[str, ...], LastCall] = {}
    for call in sorted(calls, key=attrgetter("at"), reverse=True):
        if call.address:
            once.setdefault((call.method, call.path, *call.query), call)
    return list(once.values())[:SHOWN_CALLS]


def with_method(address: QueryDict) -> QueryDict:
    data = address.copy()
    data.setdefault("method", "GET")
    return data


def known_paths() -> list[str]:
    """Return the paths to suggest: mostly those of lists, and only those without placeholders."""
    lists = [operation for operation in OPERATIONS.values() if isinstance(operation, ListOperation)]
    paths = [f"/v1/{operation.path}" for operation in lists if "{" not in operation.path]
    return ["/v1/account", "/v1/activities", *paths]


def answered(
    request: HttpRequest, connection: Connection, operation: ApiCallOperation, form: ApiCallForm
) -> dict[str, Any]:
    """Send a read, and return the context of its answer or of the error. Every call made is noted in the trail."""
    call, user = operation.build(form), access.person(request)
    try:
        received = ChartMogulClient.of(connection).send(call)
    except Unreadable as error:
        return {"error": error}
    except ApiError as error:
        activity.note_read(connection, user, call, status=error.status, request_id=error.request_id)
        return {"error": error, "body_open": True}
    activity.note_read(connection, user, call, status=received.status, request_id=received.request_id)
    page: dict[str, Any] = {
        "received": received,
        "answer": answers.shown(received, common.cell_context(connection)),
        "curl": curl.command(call, settings.API_ORIGINS[connection.kind]),
    }
    address = form.address(form.query())
    if len(address) <= LONGEST_ADDRESS:
        page["download"] = f"?{address}&download=1"
    if cursor := services.next_cursor(received):
        page["next"] = "?" + form.address([*((k, v) for k, v in form.query() if k != "cursor"), ("cursor", cursor)])
    return page


def download(received: ApiAnswer, path: str) -> HttpResponse:
    """Return the bytes of the answer, as a file named after the path."""
    name = path.rpartition("/")[2]
    response = HttpResponse(received.body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
