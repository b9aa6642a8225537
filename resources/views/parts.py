"""The parts of a record: rows that a call of their own reads, as a section of the record's page or a page by itself."""

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
    """A stretch of a part, by the place in the address: for htmx the section alone, else a page."""
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
        # The section as it loads leaves the focus alone; what was pressed in it is gone with it.
        "takes_focus": fragment and HtmxDetails(request).trigger != section_id,
    }
    status = 200
    try:
        page |= stretch(request, connection, part, uuid)
    except NotFound as error:
        page["error"], status = error, 404
    except CannotBeSent:
        # Not even a possible UUID, such as `..`. The page of its record, which would hold this part, says so itself.
        if fragment:
            return HttpResponse(status=404)
        page["impossible"], status = True, 404
    except (ApiError, Unreadable) as error:
        page["error"] = error
    if fragment:
        # htmx shows no answer of another status, and this one says itself what is wrong.
        answer = render(request, "resources/_part.html", page | waits(request, page.get("error")))
    else:
        page |= around(connection, resource, uuid)
        answer = common.page_with_error(request, "resources/part.html", page, status)
    return common.remembering(answer, connection, BY_KEY[part.resource], page["rows"].records if "rows" in page else [])


def waits(request: HttpRequest, error: ApiError | Unreadable | None) -> dict[str, Any]:
    """Of a section that comes too soon for the share of this person, from where and when it loads by itself."""
    if not isinstance(error, HeldBack) or not error.is_own_share:
        return {}
    return {"address": request.get_full_path(), "seconds": math.ceil(error.retry_after or 1), "words": error.summary}


def stretch(request: HttpRequest, connection: Connection, part: Part, uuid: str) -> dict[str, Any]:
    """The rows and the way on. Raises ApiError, Unreadable, and CannotBeSent for what cannot be a UUID."""
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
    """The rows with what the part's own list adds to them."""
    if part.of is None or part.of.complete is None:
        return rows
    form = part.of.form_class({"uuid": uuid}, context=common.form_context(connection))
    return part.of.complete(client, form, rows, whole) if form.is_valid() else rows


def around(connection: Connection, resource: Resource, uuid: str) -> dict[str, Any]:
    """Where the page of a part stands: below its record, by the name that is known of it."""
    name = directory.names(connection, resource.key, [uuid]).get(uuid, uuid)
    return {
        "name": name,
        "uuid": uuid,
        "list_url": reverse(f"resources:{resource.key}.list", args=[connection.slug]),
        "record_url": reverse(f"resources:record.{resource.key}", args=[connection.slug, uuid]),
    }
