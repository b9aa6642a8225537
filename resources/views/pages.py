"""The home of a connection, and the small answers that boxes ask for while typing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from resources import moments
from resources.views import common


@require_safe
def home(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "resources/home.html", {"connection": common.connection_or_404(request, slug)})


@require_safe
def moment(request: HttpRequest, slug: str) -> HttpResponse:
    """What a typed date and time will be sent as, in words, or why it cannot be read: the one value in the address,
    under the name of the box that asks."""
    connection = common.connection_or_404(request, slug)
    typed = next(iter(request.GET.values()), "").strip()[:100]
    words = problem = ""
    if typed:
        try:
            words = moments.in_words(moments.parse(typed, common.zone_of(connection)), common.zone_of(connection))
        except moments.NotAMoment as error:
            problem = str(error)
    return render(request, "resources/_moment.html", {"words": words, "problem": problem})
