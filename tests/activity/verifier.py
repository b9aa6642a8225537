"""Verifies the trail in a separate process while another thread adds to it, for test_trail.py.

Prints the output of the command, and the hash at the end of the chain before and after.
"""

import sys
import threading

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection as database  # noqa: E402

from activity import services  # noqa: E402
from activity.models import Event, Head  # noqa: E402
from connections.api_request import ApiRequest  # noqa: E402
from connections.models import Connection  # noqa: E402


def prepare() -> None:
    try:
        services.prepare(
            connection=Connection.objects.get(),
            user=User.objects.get(),
            operation="customers.create",
            title="Create a Customer",
            resource="customers",
            request=ApiRequest.build("POST", "customers", json={"name": "Bolt"}),
            typed={},
            changes=[],
        )
    finally:
        database.close()


def own_hash(event: Event) -> str:
    """Replace Event.own_hash: before the first event's hash is returned, another thread prepares a write."""
    Event.own_hash = plain  # type: ignore[method-assign]
    other = threading.Thread(target=prepare)
    other.start()
    other.join()
    return plain(event)


if __name__ == "__main__":
    before, plain = Head.objects.get().hash, Event.own_hash
    Event.own_hash = own_hash  # type: ignore[method-assign]
    call_command("verify_activity", stderr=sys.stdout)
    print(before, Head.objects.get().hash)  # noqa: T201
