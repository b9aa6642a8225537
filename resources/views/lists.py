"""The pages of lists, by the filters, limit, columns and place in their address, or by a saved view."""

from typing import Any

from django.contrib import messages
from django.core.cache import caches
from django.core.cache.utils import make_template_fragment_key
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activity import history
from connections import access, localized
from connections.access import needs_of_operation
from connections.client import ChartMogulClient
from connections.errors import ApiError, HeldBack, NotFound, RateLimited, Rejected
from connections.models import Connection
from connections.sealing import Unreadable
from connections.words import Words
from resources import columns, services
from resources.catalog import api_call
from resources.cells import expect_references
from resources.fields import LimitField
from resources.forms import ApiForm
from resources.operations import ListOperation
from resources.paging import NoPlace, Place
from resources.registry import resource_of
from resources.saved_views import services as saved
from resources.saved_views.models import SavedView
from resources.views import common
from resources.views.reading import bound_by_address, show

KEPT = 60
"""Seconds for which the rendered filter form is cached."""


@needs_of_operation
@require_safe
def list_rows(request: HttpRequest, slug: str, operation: ListOperation) -> HttpResponse:
    """Show a list, by its address."""
    connection = access.of(request)
    user = access.person(request)
    views = list(saved.visible(connection, operation, user))
    if views and not request.GET and (default := saved.default(connection, operation, user)):
        return redirect(f"{request.path}?view={default.pk}")
    view = view_or_404(request, connection, operation)
    if (tidy := tidied(request.GET, operation, view)) is not None:
        return redirect(f"{request.path}?{tidy.urlencode() or 'view='}")
    given, form, left_out = bound_with_view(operation, saved.laid_under(view, request.GET), connection, view)
    page: dict[str, Any] = {
        "connection": connection,
        "operation": operation,
        "resource": resource_of(operation),
        "form": form,
        "button": _("Run"),
        "view": view,
        "views": views,
        "left_out": ", ".join(left_out),
        "explicit_columns": request.GET.getlist("column"),
    }
    valid = form.is_valid()
    page["filters"] = drawn(request, page)
    if valid:
        common.note_choices(request, connection, form)
        salt = f"{connection.uuid} {operation.key} {operation.build(form).target} {form.cleaned_data.get('limit')}"
        try:
            place = Place.read(request.GET.get("at"), salt)
        except NoPlace:
            return start_over(request)
        try:
            page |= stretch(connection, operation, form, place, form.cleaned_data["limit"])
        except (Rejected, NotFound) as error:
            if not place.is_first:
                return start_over(request)
            # Field errors that belong to no filter are part of the error's own message.
            if of_fields := {name: said for name, said in error.field_errors.items() if form.knows(name)}:
                form.add_api_errors("", of_fields)
            page |= {"error": error, "filters": drawn(request, page)}
        except (ApiError, Unreadable) as error:
            page["error"] = error
        else:
            page |= links(without(request.GET, "at"), place, page["rows"], salt)
    page["filtered"] = sum(bool(given.get(name)) for name in form.fields if name != "limit")
    page |= columns_of(operation, given, page)
    page |= ways_on(request, operation, given, page)
    answer = show(request, "resources/list.html", page, form)
    return common.remembering(answer, connection, page["resource"], page["rows"].records) if "rows" in page else answer


def drawn(request: HttpRequest, page: dict[str, Any]) -> SafeString:
    """Render the filter form. A list renders it before it asks ChartMogul: under load, there is time for this while
    requests wait for answers, and none once all have theirs. Without filters the form is the same for everybody, and
    cached."""

    def draw() -> SafeString:
        return render_to_string("resources/_form.html", page, request)

    if set(request.GET) - {"limit", "at"} or page["form"].has_problems():
        return draw()
    choices = (str(value) for field in page["form"].fields.values() for value, _label in getattr(field, "choices", ()))
    asked = [request.GET.get("limit", ""), bool(request.GET)]
    alike = [request.path, get_language(), page["connection"].zone, *asked, *choices]
    return caches["process"].get_or_set(make_template_fragment_key("filters", alike), draw, KEPT) or draw()


def view_or_404(request: HttpRequest, connection: Connection, operation: ListOperation) -> SavedView | None:
    """Return the saved view that the address names; None if it names none or an empty one."""
    key = request.GET.get("view", "")
    if not key:
        return None
    view = saved.find(connection, operation, access.person(request), key)
    if view is None:
        raise common.no_such_view(connection, operation)
    return view


def tidied(asked: QueryDict, operation: ListOperation, view: SavedView | None) -> QueryDict | None:
    """Return the query without what is redundant: columns that are shown anyway (naming them would hide a column that a
    later version adds), and `field`, which the page for choosing columns adds. None if there is nothing to remove."""
    usual = list(view.columns) if view and view.columns else list(columns.by_name(operation.columns))
    names = asked.getlist("column")
    if names != usual and "field" not in asked:
        return None
    return without(asked, "field", *(["column"] if names == usual else []))


def bound_with_view(
    operation: ListOperation, given: QueryDict, connection: Connection, view: SavedView | None
) -> tuple[QueryDict, ApiForm, list[str]]:
    """Return the query and the form bound to it, without those filters of the view that are not valid any more, and the
    labels of these."""
    form = bound_by_address(operation, given, connection)
    filters = view.filters if view and isinstance(view.filters, dict) else {}
    stale = [name for name in form.errors if name in filters and given.get(name) == filters[name]]
    if not stale:
        return given, form, []
    labels = [str(form.fields[name].label) for name in stale]
    given = without(given, *stale)
    return given, bound_by_address(operation, given, connection), labels


def stretch(
    connection: Connection, operation: ListOperation, form: ApiForm, place: Place, limit: int
) -> dict[str, Any]:
    """Read the rows of one page of a list, and return the context to show them. Raises ApiError and Unreadable."""
    # Before ChartMogul is asked, for the reason given in `drawn`. A record deleted meanwhile is shown as it was then.
    request, gone = operation.build(form), history.recently_deleted(connection)
    client = ChartMogulClient.of(connection)
    rows = services.read_rows(client, operation, request, limit=limit, start=place.position)
    if operation.complete:
        rows = operation.complete(client, form, rows, place.is_first and rows.next is None)
    return {
        "rows": rows,
        "place": place,
        "cell_context": common.cell_context(connection),
        "gone": gone,
        "is_whole": place.is_first and rows.next is None and not rows.notice,
    }


def links(filters: QueryDict, place: Place, rows: services.Rows, salt: str, path: str = "") -> dict[str, str]:
    """Return the numbers of the first and last row shown, and the addresses of the next, previous and first pages."""

    def address(there: Place) -> str:
        query = filters.copy()
        if not there.is_first:
            query["at"] = there.token(salt)
        return f"{path}?{query.urlencode()}"

    before, shown = place.rows_before, len(rows.records)
    found = {"first_row": localized.count(before + 1), "last_row": localized.count(before + shown)}
    if rows.next:
        found["next"] = address(place.after(shown, rows.next))
    if not place.is_first:
        # A place remembers only some of the pages before it. Beyond those, only the first page can be linked.
        if place.passed:
            found["previous"] = address(place.before())
        found["first"] = address(Place())
    return found


def columns_of(operation: ListOperation, given: QueryDict, page: dict[str, Any]) -> dict[str, Any]:
    """Return the columns to show, their names, and the names of the rows' further fields to choose from."""
    names = given.getlist("column")
    records = page["rows"].records if "rows" in page else []
    declared = columns.declared(operation, page["resource"])
    offered = columns.offered(operation, page["resource"], records, names)
    chosen = columns.chosen(names, offered, operation.columns)
    if "rows" in page:
        expect_references(chosen.values(), records, page["cell_context"])
    return {
        "columns": list(chosen.values()),
        "column_names": list(chosen),
        "further_fields": [name for name in offered if name not in declared],
    }


def ways_on(request: HttpRequest, operation: ListOperation, given: QueryDict, page: dict[str, Any]) -> dict[str, Any]:
    """Return the addresses of what can be done next: choosing columns, saving a view, loading all rows, exporting."""
    slug, view = page["connection"].slug, page["view"]
    # Default columns are not named: each of these addresses leads to the same columns without them.
    names = page["column_names"] if given.getlist("column") else []
    state = QueryDict(mutable=True)
    for name in operation.form_class.base_fields:
        state[name] = given.get(name, "")
    state.setlist("column", names)
    choice = without(request.GET, "at", "column")
    choice.setlist("column", names)
    choice.setlist("field", page["further_fields"])

    def address(name: str, query: QueryDict, *key: object) -> str:
        return f"{reverse(f'resources:{operation.key}.{name}', args=[slug, *key])}?{query.urlencode()}"

    return {
        "call_url": api_call.address_of(page["connection"], operation.build(page["form"])) if "rows" in page else "",
        "columns_url": address("columns", choice),
        "save_url": address("save_view", state),
        "edit_url": address("saved_view", state, view.pk) if view else "",
        "all_rows": address("rows", without(state, "limit")) if "rows" in page and not page["is_whole"] else "",
        "export_url": address("export", state) if page.get("rows") and page["rows"].records else "",
        "most": LimitField.MOST,
    }


@needs_of_operation
@require_safe
def choose_columns(request: HttpRequest, slug: str, operation: ListOperation) -> HttpResponse:
    """Show the page for choosing a list's columns and their order, for its address. Does not ask ChartMogul: the list
    passes on the further fields that its rows held."""
    connection = access.of(request)
    view = view_or_404(request, connection, operation)
    names = columns.moved(request.GET.getlist("column"), request.GET.get("move", ""))
    fields = request.GET.getlist("field")[: columns.MOST]
    offered = columns.offered(operation, resource_of(operation), [], [*fields, *names])
    chosen = columns.chosen(names, offered, operation.columns)
    state = without(request.GET, "column", "field", "move")
    page = {
        "connection": connection,
        "operation": operation,
        "chosen_columns": chosen,
        "other_columns": {name: column for name, column in offered.items() if name not in chosen},
        "fields": fields,
        "state": [(name, value) for name, values in state.lists() for value in values],
        "list_url": reverse(operation.url_name, args=[slug]),
        "reset_url": f"{reverse(operation.url_name, args=[slug])}?{state.urlencode() or 'view='}",
        "view": view,
    }
    return render(request, "resources/columns.html", page)


def without(query: QueryDict, *names: str) -> QueryDict:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return rest


def start_over(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("That place in the list no longer exists, so this is the first page."))
    return redirect(f"{request.path}?{without(request.GET, 'at').urlencode()}")


@needs_of_operation
@require_safe
def more_rows(request: HttpRequest, slug: str, operation: ListOperation) -> HttpResponse:
    """Return one page of a list that is being loaded as a whole (static/js/load-all.js): table rows and the address of
    the next page."""
    connection = access.of(request)
    form = bound_by_address(operation, request.GET, connection)
    if not form.is_valid():
        return failure(_("These filters are not valid."), 422)
    salt = f"{connection.uuid} {operation.key} {operation.build(form).target} rows"
    try:
        place = Place.read(request.GET.get("at"), salt)
    except NoPlace:
        return failure(_("That place in the list no longer exists."), 409)
    try:
        page = stretch(connection, operation, form, place, services.PER_PAGE)
    except (Rejected, NotFound) as error:
        if place.is_first:
            return failure(error.user_message, 424)
        return failure(_("That place in the list no longer exists."), 409)
    except (RateLimited, HeldBack) as error:
        if isinstance(error, HeldBack) and error.retry_after is None:
            return failure(error.user_message, 424)
        why = error.why if isinstance(error, HeldBack) else "limiting"
        return failure(error.user_message, 429, retry_after=error.retry_after, reason=WAITING[why])
    except (ApiError, Unreadable) as error:
        # Not a 5xx: a reverse proxy may replace that with an error page of its own.
        return failure(error.user_message, 424)
    rows = page["rows"]
    chosen = columns.named(operation, resource_of(operation), rows.records, request.GET.getlist("column"))
    expect_references(chosen, rows.records, page["cell_context"])
    following = without(request.GET, "at")
    if rows.next:
        after = Place(position=rows.next, rows_before=place.rows_before + len(rows.records))
        following["at"] = after.token(salt)
    page |= {"columns": chosen, "next": f"{request.path}?{following.urlencode()}" if rows.next else ""}
    answer = render(request, "resources/_more_rows.html", page)
    return common.remembering(answer, connection, resource_of(operation), rows.records)


WAITING = {
    "busy": gettext_lazy("other requests come first"),
    "person": gettext_lazy("you made more requests at once than one person may"),
    "limiting": gettext_lazy("ChartMogul is limiting requests"),
    "unavailable": gettext_lazy("ChartMogul is temporarily unavailable"),
    "down": gettext_lazy("ChartMogul is down"),
}
"""budget.Why, if the wait is known -> what to say while waiting."""


def failure(words: str, status: int, *, retry_after: float | None = None, reason: Words = "") -> JsonResponse:
    """Return JSON with the reason why there are no rows, the seconds to wait if trying again helps, and what to say
    until then."""
    return JsonResponse({"message": words, "retry_after": retry_after, "reason": reason}, status=status)
