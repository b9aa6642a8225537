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
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from resources.context_processors import modules

register = Library()


@register.simple_tag(takes_context=True)
def top(context: Context) -> SafeString:
    connection, user = context.get("connection"), context.get("user")
    page: dict[str, Any] = {}
    if connection:
        page |= {"slug": connection.slug, "name": connection.name, "kind": connection.get_kind_display()}
    if isinstance(user, User):
        page |= {"who": user.get_username(), "is_owner": user.is_superuser}
    return drawn("includes/_top.html", get_language(), **page)


@register.simple_tag(takes_context=True)
def menu(context: Context) -> SafeString:
    return drawn("includes/_menu.html", get_language(), **place(context), menu_here=here(context["request"]))


@register.simple_tag(takes_context=True)
def shortcuts(context: Context) -> SafeString:
    return drawn(
        "includes/_shortcuts.html", get_language(), **place(context), connection=bool(context.get("connection"))
    )


def place(context: Context) -> dict[str, Any]:
    return {name: context[name] for name in ("menu_slug", "menu_name", "menu_may")}


def here(request: HttpRequest) -> str:
    """The address of the page, where the menu could lead to it: not to a single record, nor to what is not there."""
    match = request.resolver_match
    # Not `kwargs`, which hold what urls.py hands over besides.
    captured = match.captured_kwargs if match else None  # type: ignore[attr-defined]
    if captured is None or not set(captured) <= {"slug"}:
        return ""
    return request.path if not captured or hasattr(request, "connection") else ""


@lru_cache(maxsize=500)
def drawn(template: str, language: str | None, **page: Any) -> SafeString:
    if "menu_slug" in page:
        page["menu_modules"] = modules(page["menu_slug"], page["menu_may"])
    return render_to_string(template, page)
