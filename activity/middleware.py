"""Where a request comes from, for every event that it leads to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from activity.trail import asked_from


def noting_address(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The address is the socket's: headers that anybody can write are not believed."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = asked_from.set(str(request.META.get("REMOTE_ADDR", "")))
        try:
            return get_response(request)
        finally:
            asked_from.reset(token)

    return middleware
