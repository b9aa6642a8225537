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
    """`menu_modules`, and `menu_slug`, of the connection whose pages the menu leads to; `menu_may` is what it goes by.

    That is the one in the address. Where the address names none of theirs and there is but one connection, it is that
    one, and `menu_name` says which; else there is none.
    """
    if not isinstance(request.user, User):
        return {}
    name = ""
    chosen: Connection | None = getattr(request, "connection", None)  # none where the address names none of theirs
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
    """The connection of somebody who has but one."""
    found = list(access.visible_to(user).values_list("slug", flat=True)[:2])
    return access.reach(user, found[0]) if len(found) == 1 else None


@lru_cache(maxsize=100)
def modules(slug: str, may: Permissions | None) -> Modules:
    """By resource, each module that somebody may use with its address below a connection, empty where there is none: to
    work out the addresses takes longer than to show the menu."""
    found = []
    for resource in RESOURCES:
        open_to = [operation for operation in resource.operations if may is None or may.reaches(operation.role)]
        addresses = [reverse(operation.url_name, args=[slug]) if slug else "" for operation in open_to]
        if open_to:
            found.append((resource, tuple(zip(open_to, addresses, strict=True))))
    return tuple(found)
