"""The header, the menu and the list of shortcuts, for templates/base.html.

They are the same on many pages, so each is rendered once and cached: together they take a sixth of the time of a page.
Their templates get what is passed to `drawn`, and nothing else about the person or the record.
"""

from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template import Context, Library
from django.template.loader import render_to_string
from django.urls import ResolverMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from resources.context_processors import modules

register = Library()

ENTRIES = {"/activity/": "activity:list", "/directory/": "resources:directory"}
"""Part of a page's route -> URL name of its menu entry, for pages without an operation or resource."""
SECTIONS = ("connections", "people", "accounts")
"""The sections that the header links to, by the first part of their addresses."""


@register.simple_tag(takes_context=True)
def top(context: Context) -> SafeString:
    connection, user = context.get("connection"), context.get("user")
    page: dict[str, Any] = {}
    if connection:
        page |= {"slug": connection.slug, "name": connection.name, "kind": connection.get_kind_display()}
    if isinstance(user, User):
        begins = context["request"].path.split("/")[1]
        section = begins if begins in SECTIONS else ""
        page |= {"who": user.get_username(), "is_owner": user.is_superuser, "section": section}
    return drawn("includes/_top.html", get_language(), **page)


@register.simple_tag(takes_context=True)
def menu(context: Context) -> SafeString:
    return drawn("includes/_menu.html", get_language(), **place(context), **here(context["request"]))


@register.simple_tag(takes_context=True)
def shortcuts(context: Context) -> SafeString:
    return drawn(
        "includes/_shortcuts.html", get_language(), **place(context), connection=bool(context.get("connection"))
    )


def place(context: Context) -> dict[str, Any]:
    return {name: context[name] for name in ("menu_slug", "menu_name", "menu_may")}


def here(request: HttpRequest) -> dict[str, str]:
    """Return the address of the page's menu entry, and the entry's aria-current: `page` if the page is the entry
    itself, `true` if it belongs to it, as a record's page belongs to the list."""
    match, connection = request.resolver_match, getattr(request, "connection", None)
    name = entry_of(match) if match and connection else ""
    address = reverse(name, args=[connection.slug]) if connection and name else ""
    return {"menu_here": address, "menu_current": "page" if address == request.path else "true"}


def entry_of(match: ResolverMatch) -> str:
    """Return the URL name of the menu entry for a page below a connection; an empty string if it has none."""
    if operation := match.kwargs.get("operation"):
        return str(operation.url_name)
    if resource := match.kwargs.get("resource"):
        return f"resources:{resource.key}.list"
    return next((name for part, name in ENTRIES.items() if part in match.route), "")


@lru_cache(maxsize=500)
def drawn(template: str, language: str | None, **page: Any) -> SafeString:
    if "menu_slug" in page:
        page["menu_modules"] = modules(page["menu_slug"], page["menu_may"])
    return render_to_string(template, page)
