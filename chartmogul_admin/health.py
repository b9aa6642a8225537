"""What machines ask: whether this process answers, and whether it can do its work. Both say no more than that."""

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
"""Seconds that a database which is asked over a network may take to answer."""
KEYS_TRIED = 20

Found = dict[str, str]


@needs(PUBLIC)
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of the database."""
    return HttpResponse("ok", content_type="text/plain")


@needs(PUBLIC)
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether pages can be served: the database answers, and the API keys in it can be read. 503 where not.

    A worker that is missing is told and nothing more: without one no account is read in the background, but to take
    the pages away as well would make of that an outage for people.
    """
    try:
        # A file answers or fails at once. A server may be gone without a word.
        found = look() if connection.vendor == "sqlite" else in_time(look, PATIENCE)
    except (DatabaseError, InterfaceError, TimeoutError):
        found = {"database": "unavailable"}
    ready = found["database"] == "ok" and found["credentials"] != "unreadable"
    return JsonResponse(found, status=200 if ready else 503)


def look() -> Found:
    """What is there, each in a word. Raises what the database raises."""
    connections = list(Connection.objects.order_by("pk")[:KEYS_TRIED])
    readable = sum(map(services.is_readable, connections))
    # One of them may be of another key. When none can be read, it is the keys of this server that are wrong.
    some = "some unreadable" if readable else "unreadable"
    credentials = "ok" if readable == len(connections) else some
    return {"database": "ok", "credentials": credentials, "worker": "ok" if Heartbeat.is_recent() else "missing"}


def in_time(ask: Callable[[], Found], seconds: float) -> Found:
    """What `ask` finds, on a connection to the database of its own. Raises TimeoutError where that takes too long; it
    then ends by itself when the time for connecting is over (settings)."""
    answer: Future[Found] = Future()

    def work() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:  # for whoever waits, if anybody still does
            answer.set_exception(error)
        finally:
            connection.close()

    threading.Thread(target=work, daemon=True, name="readyz").start()
    return answer.result(timeout=seconds)
