"""Inputs for more than plain text. Each is a plain text input without JavaScript."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from connections.words import Words
from resources import moments, money
from resources.uuids import UUID, uuids_in


class PickerInput(forms.TextInput):
    """A text input that searches records while people type, by static/js/remote-picker.js."""

    template_name = "resources/widgets/picker.html"
    url = ""
    narrowed_by = ""
    tells_currency = False
    """Whether the amounts of the form are in the currency of the chosen record."""
    describe: Callable[[str], Any] = staticmethod(lambda uuid: None)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = self.describe(value) if value else None
        context["widget"] |= {"url": self.url, "narrowed_by": self.narrowed_by, "chosen": chosen}
        if self.tells_currency:
            context["widget"]["money"] = money.for_scripts() | {"data-currency": chosen.currency if chosen else ""}
        return context


class MultiPickerInput(forms.Widget):
    """A text input that searches records, and below it the chosen records, each with its name and UUID.

    Without JavaScript the chosen records are checked checkboxes, and the input takes any number of UUIDs and names to
    add; static/js/multi-picker.js turns the input into a combobox and the checkboxes into chips.

    The checkboxes are posted under another name, because the input comes before them but its text was added last.
    """

    template_name = "resources/widgets/multi_picker.html"
    url = ""
    noun: Words = _("records")
    names: Callable[[Iterable[str]], Mapping[str, str]] = staticmethod(lambda uuids: {})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        if not hasattr(data, "getlist"):
            return data.get(name, [])
        return [*data.getlist(f"{name}_chosen"), *data.getlist(name)]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen: list[str] = []
        typed: list[str] = []
        for text in value if isinstance(value, list) else [value or ""]:
            for line in text.splitlines():
                uuids = uuids_in(line)
                chosen += uuids
                typed += [] if uuids else [line.strip()]
        chosen = list(dict.fromkeys(chosen))
        names = self.names(chosen)
        context["widget"] |= {
            "url": self.url,
            "noun": self.noun,
            "chosen": [{"uuid": uuid, "name": names.get(uuid, "")} for uuid in chosen],
            # Text that is not a UUID stays in the input: a name to be looked up or corrected.
            "value": ", ".join(filter(None, typed)),
            "uuid_pattern": UUID.pattern,
        }
        return context


class MomentInput(forms.TextInput):
    """A text input for a date and time, which names its time zone and shows live what will be sent in UTC."""

    template_name = "resources/widgets/moment.html"
    url = ""
    zone: tzinfo = UTC
    past = False
    """Whether only times in the past are accepted: then the end of the month is not offered."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        said = moments.said_of(str(value or ""), self.zone)
        attributes = context["widget"]["attrs"]
        said_in = f"{attributes['id']}_said"
        attributes["aria-describedby"] = " ".join(filter(None, [attributes.get("aria-describedby"), said_in]))
        context["widget"] |= {"url": self.url, "zone": str(self.zone), "said": said, "said_in": said_in}
        context["widget"]["past"] = self.past
        return context
