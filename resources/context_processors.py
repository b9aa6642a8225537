"""The menu, which every page shows."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from connections import access
from connections.models import Connection
from resources.registry import RESOURCES


def menu(request: HttpRequest) -> dict[str, Any]:
    """`menu_connection`: the connection whose pages the menu leads to, and `menu_resources`: each resource with those
    of its operations that this person may do there.

    The connection is the one in the address; where the address names none and there is but one, that one.
    """
    if not isinstance(request.user, User):
        return {}
    match = request.resolver_match
    below_connection = match and not {"resources", "activity"}.isdisjoint(match.namespaces)
    chosen = getattr(request, "connection", None) if below_connection else only_one(request.user)
    return {
        "menu_resources": [
            (resource, operations)
            for resource in RESOURCES
            if (operations := [each for each in resource.operations if not chosen or chosen.may.reaches(each.role)])
        ],
        "menu_connection": chosen,
        "connection_in_address": below_connection,
    }


def only_one(user: User) -> Connection | None:
    """The connection of somebody who has but one."""
    found = list(access.visible_to(user).values_list("slug", flat=True)[:2])
    return access.reach(user, found[0]) if len(found) == 1 else None
