"""A list as a file: the page that asks for what, and the file itself, sent while it is being read."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from activity import looking_back, trail
from activity.forms import PlainForm
from connections import access
from connections.access import needs_of_operation
from connections.errors import ApiError
from connections.models import Connection
from connections.sealing import Unreadable
from resources import columns, exports
from resources.forms import ApiForm
from resources.operations import Column, ListOperation
from resources.registry import resource_of
from resources.rows import in_words
from resources.views import common
from resources.views.reading import bound_by_address

AT_ONCE = 2
"""Files that one process sends at a time: each holds a thread for as long as it takes."""
_room = threading.BoundedSemaphore(AT_ONCE)

LISTED, ALL, WHOLE = "csv", "csv-all", "json"
CSV, JSON = "text/csv; charset=utf-8", "application/json"


class ExportForm(PlainForm):
    format = forms.ChoiceField(
        label=_("Format"),
        choices=(
            (LISTED, _("CSV with the columns of the list")),
            (ALL, _("CSV with all fields")),
            (WHOLE, _("JSON, as ChartMogul returns it")),
        ),
    )
    excel = forms.BooleanField(
        label=_("For Excel"),
        initial=True,
        required=False,
        help_text=_(
            "Adds a byte order mark to a CSV file. Without it, Excel shows names such as Müller with the wrong letters."
        ),
    )


@needs_of_operation
@require_safe
def export(request: HttpRequest, slug: str, operation: ListOperation) -> HttpResponseBase:
    """All rows that the filters in the address select: the form that asks for a file, and with `format` the file."""
    connection = access.of(request)
    filters = bound_by_address(operation, request.GET, connection)
    if not filters.is_valid():
        # Whose page says what is wrong with them.
        return redirect(f"{reverse(operation.url_name, args=[slug])}?{request.GET.urlencode()}")
    # Of a file too HEAD makes no call: its headers are those of what comes, which has no length yet.
    form = ExportForm(request.GET if "format" in request.GET and request.method == "GET" else None)
    if not form.is_valid():
        return show(request, connection, operation, filters, form)
    if not _room.acquire(blocking=False):
        full = gettext("Other exports are being made at the moment. Try again in a minute.")
        return show(request, connection, operation, filters, form, full=full)
    try:
        return started(request, connection, operation, filters, form)
    except (ApiError, Unreadable) as error:
        _room.release()
        return show(request, connection, operation, filters, form, error=error)
    except BaseException:
        _room.release()
        raise


def started(
    request: HttpRequest, connection: Connection, operation: ListOperation, filters: ApiForm, form: ExportForm
) -> StreamingHttpResponse:
    """The file, of which the first page has been read. Raises ApiError and Unreadable where that cannot be had."""
    user, resource, kind = access.person(request), resource_of(operation), form.cleaned_data["format"]
    reading = exports.Reading(
        connection=connection,
        operation=operation,
        resource=resource,
        form=filters,
        may_go_on=partial(has_a_part_in, user.pk, connection.slug),
        gone=frozenset(looking_back.recently_deleted(connection)),
    )
    pages = iter(reading)
    first = next(pages, [])
    if kind == WHOLE:
        lines = exports.as_json(reading, chain([first], pages))
    else:
        sheet = exports.Sheet(
            columns=wanted_columns(operation, first, None if kind == ALL else request.GET.getlist("column")),
            desk=partial(common.desk, connection),
            nouns=str(resource.nouns),
            all_fields=kind == ALL,
            mark=form.cleaned_data["excel"],
        )
        lines = sheet.lines(reading, chain([first], pages))
    facts = {"list": operation.key, "format": kind}
    words = dict(filters_in_words(filters))
    trail.add("list.exported", user=user, connection=connection, facts={**facts, "filters": words})
    context = contextvars.copy_context()

    def ended() -> None:
        try:
            pages.close()
            still = Connection.objects.filter(pk=connection.pk).first()
            ends = {"rows": reading.count, "complete": not reading.problem}
            context.run(trail.add, "list.export_ended", user=user, connection=still, facts={**facts, **ends})
        finally:
            _room.release()

    day = timezone.localdate().isoformat()
    name = f"{slugify(connection.name) or 'connection'}-{resource.slug}-{day}.{'json' if kind == WHOLE else 'csv'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(Sent(lines, ended), content_type=JSON if kind == WHOLE else CSV, headers=headers)


class Sent:
    """Pieces of a file, and what is to be done when it was sent, or whoever asked for it has gone."""

    def __init__(self, pieces: Iterator[str], ended: Callable[[], None]) -> None:
        self._pieces = pieces
        self._ended = ended

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    def close(self) -> None:
        ended, self._ended = self._ended, lambda: None
        ended()


def has_a_part_in(user: int, slug: str) -> bool:
    try:
        access.reach(User.objects.get(pk=user, is_active=True), slug)
    except (User.DoesNotExist, Http404):
        return False
    return True


def wanted_columns(operation: ListOperation, records: list[Any], names: list[str] | None) -> list[Column]:
    """Those of these names, or of the list; for None one for every field that the first records hold."""
    resource = resource_of(operation)
    offered = columns.offered(operation, resource, records, names or ())
    if names is not None:
        # As in a list that is loaded as a whole: a field that none of the first rows holds stays a column.
        offered |= {name: Column(key=name, label=name) for name in names if name not in offered}
        return list(columns.chosen(names, offered, operation.columns).values())
    return [*offered.values(), *(Column(key=table.key, label=table.title) for table in resource.tables)]


def filters_in_words(filters: ApiForm) -> list[tuple[str, str]]:
    fields = [(name, field) for name, field in filters.fields.items() if name != "limit"]
    said = [(str(field.label), in_words(field, filters.cleaned_data.get(name))) for name, field in fields]
    return [(label, words) for label, words in said if words]


def show(
    request: HttpRequest,
    connection: Connection,
    operation: ListOperation,
    filters: ApiForm,
    form: ExportForm,
    **trouble: Any,
) -> HttpResponse:
    query = QueryDict(mutable=True)
    for name in operation.form_class.base_fields:
        query[name] = request.GET.get(name, "")
    query.setlist("column", request.GET.getlist("column"))
    page = {
        "connection": connection,
        "operation": operation,
        "resource": resource_of(operation),
        "form": form,
        "filters": filters_in_words(filters),
        "carried": [(name, value) for name, values in query.lists() for value in values if value],
        "list_url": f"{reverse(operation.url_name, args=[connection.slug])}?{query.urlencode()}",
        "incomplete": exports.INCOMPLETE,
        **trouble,
    }
    status = 422 if form.has_problems() else 429 if "full" in trouble else 200
    return common.page_with_error(request, "resources/export.html", page, status)
