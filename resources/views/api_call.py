"""Make an API Call: a read is the address of its page, a write goes the way of every write."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from activity import curl
from activity import services as activity
from connections import access
from connections.access import needs_of_operation
from connections.api_request import ApiAnswer
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection
from connections.sealing import Unreadable
from resources import answers, services
from resources.catalog.api_call import FILL, LONGEST_ADDRESS, ApiCallForm, ApiCallOperation, of_request
from resources.operations import ListOperation
from resources.registry import OPERATIONS
from resources.rows import edited
from resources.views import common, preparing, reading


@needs_of_operation
# Not HEAD: it would make the call and throw away what was answered.
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, slug: str, operation: ApiCallOperation) -> HttpResponse:
    """The form, and below it the answer to a read. A POST of a read leads to its address; a GET never writes."""
    connection = access.of(request)
    context = common.form_context(connection)
    page: dict[str, Any] = {"connection": connection, "operation": operation, "known_paths": known_paths()}
    if request.method == "POST" and "rows" in request.POST:
        form = preparing.without_errors(ApiCallForm(edited(request.POST, request.POST["rows"]), context=context))
        return render(request, "resources/api_call.html", page | {"form": form})
    if request.method == "POST":
        form = ApiCallForm(request.POST, context=context)
        if form.is_valid():
            if not form.is_read:
                if write := preparing.prepare(request, connection, operation, form):
                    return redirect("resources:write", slug, write.key)
            elif len(address := form.address(form.query())) <= LONGEST_ADDRESS:
                return redirect(f"{request.path}?{address}#answer")
            else:
                page |= answered(request, connection, operation, form)
    elif "draft" in request.GET:
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
        form = ApiCallForm(context=context, initial=request.GET.dict())
    return reading.show(request, "resources/api_call.html", page | {"form": form}, form)


def with_method(address: QueryDict) -> QueryDict:
    data = address.copy()
    data.setdefault("method", "GET")
    return data


def known_paths() -> list[str]:
    """Paths to choose from: those of the lists, which need nothing filled in."""
    lists = [operation for operation in OPERATIONS.values() if isinstance(operation, ListOperation)]
    paths = [f"/v1/{operation.path}" for operation in lists if "{" not in operation.path]
    return ["/v1/account", "/v1/activities", *paths]


def answered(
    request: HttpRequest, connection: Connection, operation: ApiCallOperation, form: ApiCallForm
) -> dict[str, Any]:
    """The answer to a read, or the error in its place. Either way the call is in the trail."""
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
    """The bytes of the answer, as a file named after the path."""
    name = path.rpartition("/")[2]
    response = HttpResponse(received.body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
