"""The client address of each request, for all events it leads to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from activity.trail import asked_from


def client_address(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Store the address for the trail. It is the socket's: headers that anybody can write are not trusted."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = asked_from.set(str(request.META.get("REMOTE_ADDR", "")))
        try:
            return get_response(request)
        finally:
            asked_from.reset(token)

    return middleware
