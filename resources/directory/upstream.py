"""Look records up in ChartMogul by what people type: not by name, only by what a resource declares."""

import re
from typing import Any

from connections.client import ChartMogulClient
from connections.errors import NotFound
from resources import services
from resources.operations import LookUp, Resource


def look_ups(resource: Resource, typed: str) -> list[LookUp]:
    """Return the look-ups of a resource that are worth a call for this text."""
    return [look_up for look_up in resource.look_ups if typed and re.fullmatch(look_up.matches, typed)]


def hits(client: ChartMogulClient, resource: Resource, look_up: LookUp, typed: str) -> list[dict[str, Any]]:
    """Return the records that a look-up finds. Raises ApiError."""
    request = resource.list_request(((look_up.parameter, typed),), look_up.path)
    try:
        return services.records(client.send(request), resource.rows_key)
    except NotFound:
        # The e-mail search answers 404 if nobody has that address (recorded).
        return []
