"""The header, the menu and the list of shortcuts, for templates/base.html.

They look alike on many pages, so each is drawn once: together they take a sixth of the time of a page. Their templates
know what is handed to `drawn`, and nothing else of the person or the record.
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
"""Of the menu, by what their pages have in their addresses."""
SECTIONS = ("connections", "people", "accounts")
"""What the header leads to, by how the addresses begin."""


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
    """The address of the entry that the page is, or belongs to, as that of a record does to the list; and which of both
    it is, in the words of aria-current."""
    match, connection = request.resolver_match, getattr(request, "connection", None)
    name = entry_of(match) if match and connection else ""
    address = reverse(name, args=[connection.slug]) if connection and name else ""
    return {"menu_here": address, "menu_current": "page" if address == request.path else "true"}


def entry_of(match: ResolverMatch) -> str:
    """The name of the address of the menu's entry for a page below a connection; nothing for a page that has none."""
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
