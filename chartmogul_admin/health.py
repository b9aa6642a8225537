"""Health checks for machines: whether this process answers, and whether it can work. They reveal nothing else."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from connections import services
from connections.access import needs
from connections.models import Connection
from connections.roles import PUBLIC
from resources.sync.models import Heartbeat

PATIENCE = 1.5
"""Seconds that a database on a network may take to answer."""
KEYS_TRIED = 20

Found = dict[str, str]


@needs(PUBLIC)
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive, without using the database."""
    return HttpResponse("ok", content_type="text/plain")


@needs(PUBLIC)
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Check whether pages can be served: the database answers, and the API keys in it can be decrypted. 503 if not.

    A missing worker is only reported: without one no account is read in the background, but taking the pages away too
    would turn that into an outage for people.
    """
    try:
        # An SQLite file answers or fails at once; a server may be gone without a reply.
        found = look() if connection.vendor == "sqlite" else in_time(look, PATIENCE)
    except (DatabaseError, InterfaceError, TimeoutError):
        found = {"database": "unavailable"}
    ready = found["database"] == "ok" and found["credentials"] != "unreadable"
    return JsonResponse(found, status=200 if ready else 503)


def look() -> Found:
    """Return the state of each component in a word. Raises the database's errors."""
    connections = list(Connection.objects.order_by("pk")[:KEYS_TRIED])
    readable = sum(map(services.is_readable, connections))
    # A few connections may be sealed with another key. If none can be read, this server has the wrong keys.
    some = "some unreadable" if readable else "unreadable"
    credentials = "ok" if readable == len(connections) else some
    return {"database": "ok", "credentials": credentials, "worker": "ok" if Heartbeat.is_recent() else "missing"}


def in_time(ask: Callable[[], Found], seconds: float) -> Found:
    """Return the result of `ask`, run in a thread with its own database connection. Raises TimeoutError if that takes
    too long; the thread then ends when the connection attempt times out (settings)."""
    answer: Future[Found] = Future()

    def work() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:  # for the caller, if it still waits
            answer.set_exception(error)
        finally:
            connection.close()

    threading.Thread(target=work, daemon=True, name="readyz").start()
    return answer.result(timeout=seconds)
