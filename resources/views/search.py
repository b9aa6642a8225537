"""The search box of every page of a connection, and the page of its hits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connections import access
from connections.access import needs
from connections.roles import Role
from resources import site_search
from resources.site_search import Ask
from resources.views import common

LONGEST = 255


@needs(Role.VIEWER)
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the hits for `?q=`. The fragment, for the search box, never asks ChartMogul, so that typing costs no calls;
    the page asks if nothing is known locally. `?ask=1` makes either of them ask."""
    connection = access.of(request)
    in_box = common.wants_fragment(request)
    typed = " ".join(request.GET.get("q", "").split())[:LONGEST]
    if typed:
        ask = Ask.ALSO if "ask" in request.GET else Ask.NOT if in_box else Ask.WHERE_NOTHING_IS_KNOWN
        found = site_search.find(connection, typed, ask)
    else:
        found = common.recent_hits(request, connection)
    context = {"connection": connection, "found": found, "in_box": in_box}
    return render(request, "resources/_search.html" if in_box else "resources/search.html", context)
