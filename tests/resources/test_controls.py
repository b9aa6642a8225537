"""Our templates for form controls render the same as Django's, in less time."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from tests.pages import Element, parse

HOSTILE = "\"'><script>alert(1)</script>&amp;"
CHOICES = [("", "—"), ("a", HOSTILE), (HOSTILE, gettext_lazy("Any")), (1, mark_safe("<bdi>one</bdi>")), (None, "none")]
GROUPED = [("", "—"), (HOSTILE, CHOICES), ("Second", [("b", "B")])]


def drawn(
    widget: forms.Widget, value: Any, attrs: dict[str, Any], renderer: Any
) -> list[tuple[str, dict[str, str], str]]:
    root = parse(widget.render("box", value, attrs, renderer))
    return [seen(element) for element in root.walk()]


def seen(element: Element) -> tuple[str, dict[str, str], str]:
    return element.tag, element.attributes, "" if element.tag in ("select", "optgroup") else element.raw_text


@pytest.mark.parametrize("value", ["", "a", HOSTILE, 1, "1", None, "on no list"])
@pytest.mark.parametrize(
    "widget",
    [
        forms.Select(choices=CHOICES),
        forms.Select(choices=GROUPED),
        forms.TextInput(),
        forms.NumberInput(attrs={"step": 0.5, "data-x": HOSTILE}),
        forms.Textarea(),
        forms.CheckboxInput(),
        forms.HiddenInput(),
    ],
    ids=lambda widget: type(widget).__name__,
)
def test_controls_are_as_django_draws_them(widget: forms.Widget, value: Any):
    attrs = {"id": "id_box", "required": True, "disabled": False, "aria-describedby": HOSTILE, "maxlength": 5}
    ours = drawn(widget, value, attrs, TemplatesSetting())
    assert ours
    assert ours == drawn(widget, value, attrs, DjangoTemplates())
