"""The language of the pages: the person's choice, else one that their browser accepts, else English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from connections.people import preferences

Next = Callable[[HttpRequest], HttpResponseBase]


def of_the_browser(get_response: Next) -> Next:
    """Activate the browser's language, and set Content-Language on HTML to the language it ended up in.

    Comes early in MIDDLEWARE, so that refusals, and the error page when no session can be read, are translated too.
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
    """Activate the language that the person chose, found in their session; of_the_browser restores it after the
    request."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        speak(request)
        return get_response(request)

    return middleware


def speak(request: HttpRequest) -> None:
    """Activate the language that the person chose; the browser's if they chose none or it does not exist here."""
    chosen = preferences.of(request).language
    known = chosen in [code for code, _ in settings.LANGUAGES]
    translation.activate(chosen if known else translation.get_language_from_request(request))
