"""Middleware for every request: no NUL in its URL, sign-in required for everything but sign-in and health, and a page
for methods that a URL does not accept."""

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
from chartmogul_admin.sign_in import sessions

UNREADABLE = quote("\ufffd")


def replace_nul(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Replace NUL in the URL by the replacement character, so that it is treated as ordinary junk.

    PostgreSQL accepts no NUL in text, and nobody types one. In posted data, forms reject it at the field.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", UNREADABLE)
        request.path_info = request.path_info.replace("\0", "\ufffd")
        return get_response(request)

    return middleware


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's LoginRequiredMiddleware, which after signing in leads from a posted form back to the page with the form,
    and for htmx answers 401 and sends the whole page to sign-in.

    htmx would follow a 302 itself and insert the sign-in page into the current page. After signing in the person
    returns to that page: htmx names it in HX-Current-URL, of which only a path of this site is used, and Django checks
    `next` again.
    """

    def handle_no_permission(  # type: ignore[override]  # Django narrows it to one class of redirect
        self, request: HttpRequest, view_func: Callable
    ) -> HttpResponseRedirectBase:
        htmx, address = HtmxDetails(request), resolve_url(self.get_login_url(view_func))
        if not htmx:
            is_read = request.method in ("GET", "HEAD")
            return redirect_to_login(request.get_full_path() if is_read else sessions.page_of(request), address)
        answer = HttpResponseClientRedirect(redirect_to_login(htmx.current_url_abs_path or "/", address).url)
        answer.status_code = 401
        return answer


def method_not_allowed_page(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Replace Django's empty 405 response by a page."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        if isinstance(answer, HttpResponseNotAllowed) and views.is_seen_inside(request):
            return views.not_allowed(request, answer.headers["Allow"])
        return answer

    return middleware
