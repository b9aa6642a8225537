"""The one lock-out: five failures of a person from an address, or twenty of an address, close the door for a while."""

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
"""Where a request over a socket of the file system comes from."""
ADDRESS_FACTOR = 4
"""An address gets so many times the failures of one person: several people may share it."""


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: shell.behind_proxies has seen to whom that is left to."""
    return str(request.META.get("REMOTE_ADDR") or LOCAL)


class Handler(AxesDatabaseHandler):
    """Counts in the database, so that the count holds over restarts and for all processes."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        self.clean_expired_user_attempts(request, credentials)
        of_address = AccessAttempt.objects.filter(ip_address=request.axes_ip_address)  # type: ignore[attr-defined]
        total = of_address.aggregate(total=Sum("failures_since_start"))["total"] or 0
        return max(super().get_failures(request, credentials), total // ADDRESS_FACTOR)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The answer to everybody who is locked out, right password or not."""
    lasts: timedelta = settings.AXES_COOLOFF_TIME
    blocked = _("Signing in from here is blocked for {time}. An owner of this installation can unblock you sooner.")
    answer = error_page(request, 429, _("Too many failed attempts"), blocked.format(time=lasting(lasts)))
    answer["Retry-After"] = str(round(lasts.total_seconds()))
    return answer
