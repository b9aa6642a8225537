"""The language of the pages: the one that somebody chose, else one that their browser asks for, else English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from connections.people import preferences

Next = Callable[[HttpRequest], HttpResponseBase]


def of_the_browser(get_response: Next) -> Next:
    """Activate the language that the browser asks for, and say in the headers of HTML which one it was in the end.

    Early among the middleware, so that refusals, and the error page where no session can be read, are understood too.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with translation.override(translation.get_language_from_request(request)):
            response = get_response(request)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                response.headers["Content-Language"] = translation.get_language()
                patch_vary_headers(response, ["Accept-Language"])
            return response

    return middleware


def of_the_person(get_response: Next) -> Next:
    """Activate the language that the person chose, who is known by their session; of_the_browser ends that with the
    request."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        speak(request)
        return get_response(request)

    return middleware


def speak(request: HttpRequest) -> None:
    """Go on in the language that the person chose; as the browser asks where they chose none that there is."""
    chosen = preferences.of(request).language
    known = chosen in [code for code, _ in settings.LANGUAGES]
    translation.activate(chosen if known else translation.get_language_from_request(request))
