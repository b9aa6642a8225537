"""The product's URLs, and one whose view fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from chartmogul_admin.urls import handler400, handler403, handler404, handler500, urlpatterns
from connections.access import needs
from connections.roles import PUBLIC

__all__ = ["handler400", "handler403", "handler404", "handler500"]


@needs(PUBLIC)
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken")


urlpatterns = [*urlpatterns, path("broken/", broken)]
