"""The parts of a record: rows read by a separate call, shown as a section of the record's page or as a page."""

import math
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from connections import access
from connections.access import needs
from connections.api_request import CannotBeSent
from connections.client import ChartMogulClient
from connections.errors import ApiError, HeldBack, NotFound, Rejected
from connections.models import Connection
from connections.roles import Role
from connections.sealing import Unreadable
from resources import services
from resources.directory import services as directory
from resources.operations import Part, Resource
from resources.paging import NoPlace, Place
from resources.registry import BY_KEY
from resources.services import Rows
from resources.views import common, lists

ROWS = 20


@needs(Role.VIEWER)
@require_safe
def part_rows(request: HttpRequest, slug: str, resource: Resource, part: Part, uuid: str) -> HttpResponse:
    """Show one page of rows of a part, by the place in the address: for htmx the section only, else a whole page."""
    connection = access.of(request)
    fragment = common.wants_fragment(request)
    if there := common.misplaced(connection, resource, uuid):
        return HttpResponseClientRedirect(there) if fragment else redirect(there)
    section_id = f"part-{part.slug}"
    page: dict[str, Any] = {
        "connection": connection,
        "resource": resource,
        "part": part,
        "part_url": request.path,
        "section_id": section_id if fragment else "",
        # The first load leaves the focus alone; later, the button that was pressed is replaced with the section.
        "takes_focus": fragment and HtmxDetails(request).trigger != section_id,
    }
    status = 200
    try:
        page |= stretch(request, connection, part, uuid)
    except NotFound as error:
        page["error"], status = error, 404
    except CannotBeSent:
        # Not even a possible UUID, such as `..`. The record's page, which would hold this section, says so itself.
        if fragment:
            return HttpResponse(status=404)
        page["impossible"], status = True, 404
    except (ApiError, Unreadable) as error:
        page["error"] = error
    if fragment:
        # Status 200, because htmx does not swap in error responses; the section itself says what is wrong.
        answer = render(request, "resources/_part.html", page | waits(request, page.get("error")))
    else:
        page |= around(connection, resource, uuid)
        answer = common.page_with_error(request, "resources/part.html", page, status)
    return common.remembering(answer, connection, BY_KEY[part.resource], page["rows"].records if "rows" in page else [])


def waits(request: HttpRequest, error: ApiError | Unreadable | None) -> dict[str, Any]:
    """If the person exceeded their own share of requests, return the address from which the section reloads itself, in
    how many seconds, and what to say until then; else an empty dict."""
    if not isinstance(error, HeldBack) or not error.is_own_share:
        return {}
    return {"address": request.get_full_path(), "seconds": math.ceil(error.retry_after or 1), "words": error.summary}


def stretch(request: HttpRequest, connection: Connection, part: Part, uuid: str) -> dict[str, Any]:
    """Read the rows, and return them with the links to other pages. Raises ApiError, Unreadable, and CannotBeSent if
    `uuid` cannot be a UUID."""
    call = part.request(uuid)
    client = ChartMogulClient.of(connection)
    salt = f"{connection.uuid} {call.target}"
    try:
        place = Place.read(request.GET.get("at"), salt)
        rows = services.read_rows(client, part, call, limit=ROWS, start=place.position)
    except (NoPlace, Rejected, NotFound):
        if "at" not in request.GET:
            raise
        place = Place()
        rows = services.read_rows(client, part, call, limit=ROWS, start=place.position)
        moved = _("That place in the list no longer exists, so this is the first page.")
        rows = replace(rows, notice=f"{moved} {rows.notice}".strip())
    rows = completed(client, connection, part, uuid, rows, whole=place.is_first and rows.next is None)
    way = lists.links(QueryDict(mutable=True), place, rows, salt, request.path)
    return {"rows": rows, "cell_context": common.cell_context(connection), **way, "columns": part.columns}


def completed(
    client: ChartMogulClient, connection: Connection, part: Part, uuid: str, rows: Rows, *, whole: bool
) -> Rows:
    """Return the rows with what the part's own list operation adds to them."""
    if part.of is None or part.of.complete is None:
        return rows
    form = part.of.form_class({"uuid": uuid}, context=common.form_context(connection))
    return part.of.complete(client, form, rows, whole) if form.is_valid() else rows


def around(connection: Connection, resource: Resource, uuid: str) -> dict[str, Any]:
    """Return the template context for a part's own page: the known name of its record, and the links above it."""
    name = directory.names(connection, resource.key, [uuid]).get(uuid, uuid)
    return {
        "name": name,
        "uuid": uuid,
        "list_url": reverse(f"resources:{resource.key}.list", args=[connection.slug]),
        "record_url": reverse(f"resources:record.{resource.key}", args=[connection.slug, uuid]),
    }
