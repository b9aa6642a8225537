"""Boxes that know more than text. Each is a plain text box without JavaScript."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any

from django import forms


class PickerInput(forms.TextInput):
    """A text box that finds records while typing: static/js/remote-picker.js makes it one."""

    template_name = "resources/widgets/picker.html"
    url = ""
    narrowed_by = ""
    describe: Callable[[str], Any] = staticmethod(lambda uuid: None)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = self.describe(value) if value else None
        context["widget"] |= {"url": self.url, "narrowed_by": self.narrowed_by, "chosen": chosen}
        return context


class MomentInput(forms.TextInput):
    """A text box for a date and time which names its zone and says, live, what will be sent in UTC."""

    template_name = "resources/widgets/moment.html"
    url = ""
    zone: tzinfo = UTC

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"url": self.url, "zone": str(self.zone)}
        return context
