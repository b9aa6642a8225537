"""The HTML of form controls, for templates/django/forms/widgets/.

An invoice's form has some hundred controls and choices; a template node for each part of each would take a third of the
time of its page.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from resources.markup import Html, joined

register = template.Library()
ATTRIBUTE = Html(' {}="{}"')
PRESENT = Html(" {}")
OPTION = Html('<option value="{}"{}>{}</option>')
GROUP = Html('<optgroup label="{}">{}</optgroup>')
SELECTED = PRESENT("selected")
Choices = tuple[str | None, list[dict[str, Any]], int]


@register.simple_tag
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """Render attributes as Django's widgets/attrs.html does: for True only the name, for False nothing."""
    given = ((name, value) for name, value in attrs.items() if value is not False)
    return joined("", (PRESENT(name) if value is True else ATTRIBUTE(name, str(value)) for name, value in given))


@register.simple_tag
def options(groups: Iterable[Choices]) -> SafeString:
    """Render options as Django's widgets/select.html and select_option.html do. Most choices are an unnamed group of
    one."""
    return joined("\n", (GROUP(name, listed(choices)) if name else listed(choices) for name, choices, _ in groups))


def listed(choices: list[dict[str, Any]]) -> SafeString:
    drawn = (OPTION(str(each["value"]), SELECTED if each["selected"] else "", each["label"]) for each in choices)
    return joined("\n", drawn)
