"""The menu and the list of shortcuts, for templates/base.html.

They look alike on the same page to all who may do the same, so each is drawn once: together they take a tenth of the
time of a page. Their templates know what is handed to `drawn`, and nothing of the person or the record.
"""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.template import Context, Library
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from connections.roles import May
from resources.context_processors import modules

register = Library()


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
def drawn(template: str, language: str | None, *, menu_slug: str, menu_may: May | None, **page: Any) -> SafeString:
    page |= {"menu_slug": menu_slug, "menu_modules": modules(menu_slug, menu_may)}
    return render_to_string(template, page)
