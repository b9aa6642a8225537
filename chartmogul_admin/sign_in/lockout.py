"""The only lock-out: five failures of a person from one address, or twenty from one address, block sign-in for a
while."""

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from chartmogul_admin.views import error_page
from connections.words import lasting

LOCAL = "127.0.0.1"
"""The address used for requests over a Unix socket."""
ADDRESS_FACTOR = 4
"""An address may have this many times the failures of one person, because several people may share it."""


def client_address(request: HttpRequest) -> str:
    """Return the client's address; outer_middleware.trusted_proxies has already decided which proxies to trust."""
    return str(request.META.get("REMOTE_ADDR") or LOCAL)


class Handler(AxesDatabaseHandler):
    """Counts failures in the database, so that the count survives restarts and applies to all processes."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        self.clean_expired_user_attempts(request, credentials)
        of_address = AccessAttempt.objects.filter(ip_address=request.axes_ip_address)  # type: ignore[attr-defined]
        total = of_address.aggregate(total=Sum("failures_since_start"))["total"] or 0
        return max(super().get_failures(request, credentials), total // ADDRESS_FACTOR)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Return the response to everybody who is locked out, whether the password is right or not."""
    lasts: timedelta = settings.AXES_COOLOFF_TIME
    blocked = _("Signing in from here is blocked for {time}. An owner of this installation can unblock you sooner.")
    answer = error_page(request, 429, _("Too many failed attempts"), blocked.format(time=lasting(lasts)))
    answer["Retry-After"] = str(round(lasts.total_seconds()))
    return answer
