"""What holds for every request: no NUL in its address, a signed-in person for all but sign-in and health,
and a page where an address does not take what it is asked."""

from collections.abc import Callable
from urllib.parse import quote

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from chartmogul_admin import views

UNREADABLE = quote("\ufffd")


def without_nul(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Take a NUL in an address for the sign of an unreadable character, so that it is junk like any other.

    PostgreSQL takes none in any text, and nobody types one. In what is posted, forms refuse it beside the field.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", UNREADABLE)
        request.path_info = request.path_info.replace("\0", "\ufffd")
        return get_response(request)

    return middleware


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own, and for htmx a 401 that sends the whole page to sign-in.

    htmx follows a 302 by itself and would put the sign-in page into the middle of the page that asked. After
    signing in the person is back on that page: htmx names it in HX-Current-URL, of which only a path of this
    site is taken, and Django checks `next` once more.
    """

    def handle_no_permission(  # type: ignore[override]  # Django narrows it to one class of redirect
        self, request: HttpRequest, view_func: Callable
    ) -> HttpResponseRedirectBase:
        htmx = HtmxDetails(request)
        if not htmx:
            return super().handle_no_permission(request, view_func)
        page = htmx.current_url_abs_path or "/"
        sign_in = redirect_to_login(page, resolve_url(self.get_login_url(view_func))).url
        answer = HttpResponseClientRedirect(sign_in)
        answer.status_code = 401
        return answer


def saying_what_is_taken(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """A page in place of Django's empty answer to a method that an address does not take."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        if isinstance(answer, HttpResponseNotAllowed) and views.is_seen_inside(request):
            return views.not_allowed(request, answer.headers["Allow"])
        return answer

    return middleware
