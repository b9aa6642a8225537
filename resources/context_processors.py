"""The menu, which every page shows."""

from typing import Any

from django.http import HttpRequest

from connections.models import Connection
from resources.registry import RESOURCES


def menu(request: HttpRequest) -> dict[str, Any]:
    """`menu_resources`, and `menu_connection`: the connection whose pages the menu leads to.

    That is the one in the address; where the address names none and there is but one connection, that one.
    """
    match = request.resolver_match
    if not request.user.is_authenticated:
        return {}
    below_connection = match and not {"resources", "activity"}.isdisjoint(match.namespaces)
    slug = match.kwargs.get("slug") if match and below_connection else None
    connections = list(Connection.objects.order_by("name"))
    if slug is None:
        chosen = connections[0] if len(connections) == 1 else None
    else:
        chosen = next((connection for connection in connections if connection.slug == slug), None)
    return {
        "menu_resources": RESOURCES,
        "menu_connection": chosen,
        "menu_connections": connections,
        "connection_in_address": slug is not None,
    }
