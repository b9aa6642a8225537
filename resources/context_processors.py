"""The menu, which every page shows."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from connections import access
from connections.models import Connection
from connections.people import preferences
from connections.roles import Permissions
from resources.operations import Operation, Resource
from resources.registry import RESOURCES

Modules = tuple[tuple[Resource, tuple[tuple[Operation, str], ...]], ...]


def menu(request: HttpRequest) -> dict[str, Any]:
    """Return `menu_modules` and `menu_slug` of the connection that the menu is for, and `menu_may`, the permissions it
    is based on.

    The connection is the one in the address. If the address names none of theirs and the person has only one, it is
    that one, and `menu_name` is its name; else there is none.
    """
    if not isinstance(request.user, User):
        return {}
    name = ""
    chosen: Connection | None = getattr(request, "connection", None)  # none if the address names none of theirs
    if chosen is None and (chosen := only_one(request.user)):
        name = chosen.name
    slug = chosen.slug if chosen else ""
    may = chosen.may if chosen else None
    chosen_by_them = preferences.of(request)
    return {
        "density": chosen_by_them.density,
        "theme": chosen_by_them.theme,
        "menu_modules": modules(slug, may),
        "menu_may": may,
        "menu_slug": slug,
        "menu_name": name,
    }


def only_one(user: User) -> Connection | None:
    """Return the person's connection if they have exactly one."""
    found = list(access.visible_to(user).values_list("slug", flat=True)[:2])
    return access.reach(user, found[0]) if len(found) == 1 else None


@lru_cache(maxsize=100)
def modules(slug: str, may: Permissions | None) -> Modules:
    """Return by resource the modules that a person may use, with their addresses, which are empty without a connection.
    Cached, because working out the addresses takes longer than rendering the menu."""
    found = []
    for resource in RESOURCES:
        open_to = [operation for operation in resource.operations if may is None or may.reaches(operation.role)]
        addresses = [reverse(operation.url_name, args=[slug]) if slug else "" for operation in open_to]
        if open_to:
            found.append((resource, tuple(zip(open_to, addresses, strict=True))))
    return tuple(found)
