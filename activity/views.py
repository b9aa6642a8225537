"""Pages for the trail of one connection: what was written, by whom, and with what outcome."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from activity import services, spreadsheets, trail
from activity.forms import EventsForm, TrailForm, without_discarded
from activity.models import Event, Write
from connections import access
from connections.access import needs
from connections.models import Connection
from connections.roles import Role

ROWS = 50
COLUMNS = (
    *("prepared_at", "finished_at", "username", "operation", "title", "resource", "record_uuid", "record_name"),
    *("owner_uuid", "owner_name", "method", "path", "outcome", "status", "request_id", "summary", "reason", "key"),
)
"""The columns of an export. Bodies and records are only on the page of each write."""


@needs(Role.VIEWER)
@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponseBase:
    """List the writes of a connection that match the filters in the URL, newest first; with `format`, export them."""
    connection = access.of(request)
    services.settle_all()
    writes = Write.objects.filter(connection=connection)
    form = TrailForm(request.GET or None, writes=writes, zone=connection.zone)
    chosen = form.narrowed(writes) if form.is_valid() else without_discarded(writes)
    # HEAD gets the page, because it does not take a file.
    if request.method == "GET" and request.GET.get("format") in FORMATS and not form.has_problems():
        return export(request, connection, chosen, request.GET["format"], filters=form.for_trail())
    listed = chosen.defer(*Write.LARGE).order_by("-prepared_at", "key")
    page = Paginator(listed, ROWS).get_page(request.GET.get("page"))
    context = {
        "connection": connection,
        "form": form,
        "page": page,
        "filters": without_page(request),
        "rows": [(write, record_url(write, slug)) for write in page],
    }
    return render(request, "activity/list.html", context, status=422 if form.has_problems() else 200)


@needs(Role.VIEWER)
@require_safe
def events(request: HttpRequest, slug: str) -> HttpResponse:
    """List other events of a connection: changes of its key, exports, reads in the console. Newest first."""
    connection = access.of(request)
    kept = Event.objects.filter(connection=connection).exclude(kind__startswith="write.")
    form = EventsForm(request.GET or None, events=kept)
    chosen = form.narrowed(kept) if form.is_valid() else kept
    page = Paginator(chosen.order_by("-id"), ROWS).get_page(request.GET.get("page"))
    context = {"connection": connection, "form": form, "page": page, "filters": without_page(request)}
    return render(request, "activity/events.html", context, status=422 if form.has_problems() else 200)


def without_page(request: HttpRequest) -> str:
    filters = request.GET.copy()
    filters.pop("page", None)
    return filters.urlencode()


def record_url(write: Write, slug: str) -> str:
    """Return the URL of the record that a write was about; empty if that kind of record has no pages."""
    if not write.record_uuid:
        return ""
    try:
        return reverse(f"resources:record.{write.resource}", args=[slug, write.record_uuid])
    except NoReverseMatch:
        return ""


def export(
    request: HttpRequest, connection: Connection, writes: QuerySet[Write], kind: str, *, filters: Mapping[str, str]
) -> HttpResponseBase:
    """Stream all selected writes as a file, and add an event to the trail about the export."""
    trail.add(
        "trail.exported",
        user=access.person(request),
        connection=connection,
        facts={"format": kind, "rows": writes.count(), "filters": dict(filters)},
    )
    rows = writes.order_by("-prepared_at", "key").values(*COLUMNS).iterator(chunk_size=500)
    content_type, lines = FORMATS[kind]
    name = f"{slugify(connection.name) or 'connection'}-activity.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines(rows), content_type=content_type, headers=headers)


def text_of(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield spreadsheets.line(COLUMNS)
    for row in rows:
        yield spreadsheets.line(text_of(row[name]) for name in COLUMNS)


def as_json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        kept = {name: row[name] for name in COLUMNS}
        yield ("," if number else "") + "\n" + json.dumps(kept, ensure_ascii=False, cls=DjangoJSONEncoder)
    yield "\n]\n"


FORMATS = {"csv": ("text/csv; charset=utf-8", as_csv), "json": ("application/json", as_json)}
