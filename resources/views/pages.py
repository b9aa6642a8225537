"""The home page of a connection, and the small answers that inputs request while somebody types."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from connections import access
from connections.access import needs
from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.roles import Role
from connections.sealing import Unreadable
from resources import approval, moments, overview, periods, services
from resources.catalog.plans import UNITS
from resources.json_paths import dig
from resources.picker_fields import meant
from resources.registry import BY_KEY
from resources.views import common


@needs(Role.VIEWER)
@require_safe
def home(request: HttpRequest, slug: str) -> HttpResponse:
    """Show this person's recent records, the latest changes, what waits for approval, and the modules."""
    connection = access.of(request)
    recent = common.recent_hits(request, connection)
    page = {
        "connection": connection,
        "order": overview.order_of_work(connection),
        "recent": [hit for group in recent.groups for hit in group.hits],
        "changes": overview.changes(connection),
        "waiting": approval.waiting(access.person(request), [connection]).get(connection.pk),
    }
    return render(request, "resources/home.html", page)


@needs(Role.VIEWER)
@require_safe
def figures(request: HttpRequest, slug: str) -> HttpResponse:
    """Show counts and small charts. The home page loads them separately, because they take longer."""
    connection = access.of(request)
    page = {"connection": connection, "figures": overview.figures(connection)}
    template = "resources/_figures.html" if common.wants_fragment(request) else "resources/figures.html"
    return render(request, template, page)


@needs(Role.VIEWER)
@require_safe
def moment(request: HttpRequest, slug: str) -> HttpResponse:
    """Say in words what a typed date and time will be sent as, or why it cannot be read. The query string holds this
    one value, under the name of the input that asks."""
    connection = access.of(request)
    typed = next(iter(request.GET.dict().values()), "")
    typed, zone = str(typed), connection.zone
    return render(request, "resources/_moment.html", {"zone": zone, "said": moments.said_of(typed, zone)})


@needs(Role.VIEWER)
@require_safe
def period_end(request: HttpRequest, slug: str) -> HttpResponse:
    """Return as JSON the end of a service period by a plan's interval, as it would be typed, and the reason; both empty
    if unknown."""
    connection = access.of(request)
    start, typed = request.GET.get("service_period_start", "")[:100], request.GET.get("plan_uuid", "").strip()[:255]
    value = why = ""
    if typed and (plan_uuid := meant(common.form_context(connection), "plans", typed)):
        try:
            plan = services.read_record(ChartMogulClient.of(connection), BY_KEY["plans"], plan_uuid)
            count, unit = dig(plan, "interval_count"), dig(plan, "interval_unit")
            value = periods.end_of_period(start, count, unit)
            said = _("{count} {unit} after the start, according to the plan")
            why = said.format(count=count, unit=dict(UNITS).get(unit, unit))
        except (ApiError, Unreadable, ValueError, TypeError, OverflowError):
            # This is only a suggestion while somebody types: without it they type the end themselves.
            value = why = ""
    return JsonResponse({"value": value, "why": why})
