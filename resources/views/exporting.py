"""Export a list as a file: the page with the options, and the file itself, sent while the list is being read."""

import contextvars
import logging
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from activity import history, trail
from connections import access
from connections.access import needs_of_operation
from connections.errors import ApiError
from connections.forms import AlertForm
from connections.models import Connection
from connections.sealing import Unreadable
from resources import columns, exports
from resources.forms import ApiForm
from resources.operations import Column, ListOperation
from resources.picker_fields import PickerField
from resources.registry import resource_of
from resources.views import common
from resources.views.reading import bound_by_address, chosen_filters, filters_in_words

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""Files that one process sends at a time: each occupies a thread for as long as it takes."""
_room = threading.BoundedSemaphore(AT_ONCE)

MARK = re.compile(r"[0-9a-f]{32}")
"""What a script asks to be appended to a file, to know that it was transferred to its end."""
LISTED, ALL, WHOLE = "csv", "csv-all", "json"
CSV, JSON = "text/csv; charset=utf-8", "application/json"


class ExportForm(AlertForm):
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
        help_text=_("Keeps letters such as ü correct when a CSV file is opened in Excel."),
    )


@needs_of_operation
@require_safe
def export(request: HttpRequest, slug: str, operation: ListOperation) -> HttpResponseBase:
    """Export all rows that the filters in the address select: show the form, or with `format`, send the file."""
    connection = access.of(request)
    filters = bound_by_address(operation, request.GET, connection)
    if not filters.is_valid():
        # The list's page says what is wrong with the filters.
        return redirect(f"{reverse(operation.url_name, args=[slug])}?{request.GET.urlencode()}")
    # HEAD is answered with the form: the headers of a file would cost a call to ChartMogul.
    form = ExportForm(request.GET if "format" in request.GET and request.method == "GET" else None)
    if not form.is_valid():
        return show(request, connection, operation, filters, form)
    if not _room.acquire(blocking=False):
        form.add_error(None, gettext("Other exports are being made at the moment. Try again in a minute."))
        return show(request, connection, operation, filters, form, status=429)
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
    """Read the first page, and return the response that streams the file. Raises ApiError and Unreadable if the first
    page cannot be read."""
    user, resource, kind = access.person(request), resource_of(operation), form.cleaned_data["format"]
    reading = exports.Reading(
        connection=connection,
        operation=operation,
        resource=resource,
        form=filters,
        completes=kind != WHOLE,
        may_go_on=partial(has_a_part_in, user.pk, connection.slug),
        gone=frozenset(history.recently_deleted(connection)),
    )
    pages = iter(reading)
    first = next(pages, [])
    if kind == WHOLE:
        lines = exports.as_json(reading, chain([first], pages))
    else:
        sheet = exports.Sheet(
            columns=wanted_columns(operation, first, None if kind == ALL else request.GET.getlist("column")),
            cell_context=partial(common.cell_context, connection),
            nouns=str(resource.nouns),
            all_fields=kind == ALL,
            for_excel=form.cleaned_data["excel"],
        )
        lines = sheet.lines(reading, chain([first], pages))
    if MARK.fullmatch(mark := request.GET.get("mark", "")):
        lines = chain(lines, exports.told(reading, mark))
    facts = {"list": operation.key, "format": kind}
    trail.add("list.exported", user=user, connection=connection, facts={**facts, "filters": for_trail(filters)})

    def ended() -> None:
        pages.close()
        still = Connection.objects.filter(pk=connection.pk).first()
        ends = {"rows": reading.count, "complete": not reading.problem}
        trail.add("list.export_ended", user=user, connection=still, facts={**facts, **ends})

    day = timezone.localdate().isoformat()
    name = f"{slugify(connection.name) or 'connection'}-{resource.slug}-{day}.{'json' if kind == WHOLE else 'csv'}"
    # Not compressed: the compressor would hold back pages, and delay the news that the client has disconnected.
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Encoding": "identity"}
    return StreamingHttpResponse(Sent(lines, ended), content_type=JSON if kind == WHOLE else CSV, headers=headers)


class Sent:
    """The pieces of a file, each made in the context of the request: with its language, and its address for the trail.
    Closed when the file was sent or the client has gone, and at the latest when nothing refers to it any more."""

    def __init__(self, pieces: Iterator[str], ended: Callable[[], None]) -> None:
        self._pieces = pieces
        self._ended: Callable[[], None] | None = ended
        self._context = contextvars.copy_context()

    def __iter__(self) -> "Sent":
        return self

    def __next__(self) -> str:
        return self._context.run(next, self._pieces)

    def close(self) -> None:
        ended, self._ended = self._ended, None
        if ended is None:
            return
        try:
            self._context.run(ended)
        except Exception:
            # Django would ignore the error silently.
            logger.exception("The end of an export was not noted")
        finally:
            _room.release()

    def __del__(self) -> None:
        self.close()


def has_a_part_in(user: int, slug: str) -> bool:
    try:
        access.reach(User.objects.get(pk=user, is_active=True), slug)
    except (User.DoesNotExist, Http404):
        return False
    return True


def wanted_columns(operation: ListOperation, records: list[Any], names: list[str] | None) -> list[Column]:
    """Return the columns of these names, or the list's own if there are none; for None, one for each field that the
    first records hold."""
    resource = resource_of(operation)
    if names is not None:
        return columns.named(operation, resource, records, names)
    offered = columns.offered(operation, resource, records)
    return [*offered.values(), *(Column(key=table.key, label=table.title) for table in resource.tables)]


def for_trail(filters: ApiForm) -> dict[str, str]:
    """Return the filters by name, as the API takes them. Typed text is left out: it may be somebody's name, and an
    event cannot be scrubbed."""
    return {
        name: value if isinstance(field, forms.ChoiceField | PickerField) else "…"
        for name, field, value in chosen_filters(filters)
        if value
    }


def show(
    request: HttpRequest,
    connection: Connection,
    operation: ListOperation,
    filters: ApiForm,
    form: ExportForm,
    *,
    error: Exception | None = None,
    status: int = 422,
) -> HttpResponse:
    of_list = (*operation.form_class.base_fields, "column")
    carried = [(name, value) for name in of_list for value in request.GET.getlist(name) if value]
    page = {
        "connection": connection,
        "operation": operation,
        "resource": resource_of(operation),
        "form": form,
        "filters": filters_in_words(filters),
        "carried": carried,
        "list_url": f"{reverse(operation.url_name, args=[connection.slug])}?{urlencode(carried) or 'view='}",
        "error": error,
        # The form itself lets people try again.
        "has_way": True,
    }
    return common.page_with_error(request, "resources/export.html", page, status if form.has_problems() else 200)
