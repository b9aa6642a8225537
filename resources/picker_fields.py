"""Fields whose values are records of the connection, found by name, external ID and more."""

import csv
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections.words import Words
from resources.form_context import FormContext
from resources.uuids import PREFIXED, UUID, uuids_in
from resources.widgets import MultiPickerInput, PickerInput

RECORDS = _("records")


def meant(context: FormContext, resource: str, text: str) -> str | None:
    """Return the UUID that a text stands for, or None. An external ID may look like a UUID, so known records come
    first; a text that looks like a UUID but is unknown counts as one."""
    if PREFIXED.fullmatch(text) or (UUID.fullmatch(text) and context.describe(resource, text)):
        return text
    return context.resolve(resource, text) or (text if UUID.fullmatch(text) else None)


class PickerField(forms.CharField):
    """A record of the connection, as its UUID. The widget searches by name and more; without JavaScript it is a text
    input for a UUID, or for a known name or external ID that belongs to only one record."""

    widget = PickerInput

    def __init__(self, resource: str, *, narrowed_by: str = "", tells_currency: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=255, **kwargs)
        self.resource = resource
        self.widget.narrowed_by = narrowed_by
        self.widget.tells_currency = tells_currency
        self.context = FormContext(slug="")

    def bind(self, context: FormContext) -> None:
        self.context = context
        self.widget.url = reverse("resources:picker", args=[context.slug, self.resource.replace("_", "-")])
        self.widget.describe = lambda uuid: context.describe(self.resource, uuid)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return text
        uuid = meant(self.context, self.resource, text)
        if uuid is None or self.context.other_kind(self.resource, uuid):
            raise forms.ValidationError(why_none(self.context, self.resource, text))
        return uuid

    def in_words(self, value: str) -> str:
        choice = self.context.describe(self.resource, value)
        return f"{choice.name} ({value})" if choice else value


def why_none(context: FormContext, resource: str, text: str) -> str:
    """Return why a text does not stand for a record."""
    for piece in uuids_in(text):
        if other := context.other_kind(resource, piece):
            return gettext("“{text}” is the UUID of something else: {kind}.").format(text=piece[:255], kind=other)
    if context.are_several(resource, text):
        several = gettext(
            "More than one has the name or external ID “{text}”. Choose one from the list or paste its UUID."
        )
        return several.format(text=text[:255])
    if alike := context.alike(resource, text):
        which = gettext("Choose from the list which record “{text}” stands for, such as {names}, or paste its UUID.")
        return which.format(text=text[:255], names=get_text_list(list(dict.fromkeys(alike)), gettext("or")))
    return context.not_found(resource).format(text=text[:255])


class MultiPickerField(forms.Field):
    """Records of the connection, as a list of UUIDs in the order they were chosen, without duplicates.

    Accepts any number of the texts that PickerField accepts: UUIDs separated by spaces, commas or line breaks, and
    names or external IDs separated by line breaks or commas, in double quotes if they contain a comma.
    """

    widget = MultiPickerInput
    MOST_PROBLEMS = 10

    def __init__(self, resource: str, *, noun: Words = RECORDS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resource = resource
        self.widget.noun = noun
        self.context = FormContext(slug="")

    def bind(self, context: FormContext) -> None:
        self.context = context
        self.widget.url = reverse("resources:picker", args=[context.slug, self.resource.replace("_", "-")])
        self.widget.names = lambda uuids: context.names(self.resource, uuids)

    def to_python(self, value: Any) -> list[str]:
        found: list[str] = []
        problems: list[str] = []
        for text in as_texts(value):
            ProhibitNullCharactersValidator()(text)
            for line in text.splitlines():
                for piece in [line] if self.known(line) else cells_of(line):
                    uuids = self.known(piece)
                    found += uuids
                    problems += [] if uuids else [why_none(self.context, self.resource, piece)]
                    # Probably something else entirely was pasted, so stop looking up the rest of it.
                    if len(problems) >= self.MOST_PROBLEMS:
                        raise forms.ValidationError(problems)
        if problems:
            raise forms.ValidationError(problems)
        return list(dict.fromkeys(found))

    def known(self, text: str) -> list[str]:
        """Return the UUIDs that a text stands for; none if nothing is known by that name."""
        text = text.strip()
        if not text:
            return []
        pieces = uuids_in(text)
        # A name may consist of several words that each look like a UUID.
        certain = bool(pieces) and all(PREFIXED.fullmatch(piece) for piece in pieces)
        if not certain and (whole := meant(self.context, self.resource, text)):
            return [whole]
        found = [uuid for piece in pieces if (uuid := meant(self.context, self.resource, piece))]
        return [] if any(self.context.other_kind(self.resource, uuid) for uuid in found) else found

    def has_changed(self, initial: Any, data: Any) -> bool:
        # Compared as sets, because ChartMogul does not keep the order of records.
        try:
            return set(self.to_python(initial)) != set(self.to_python(data))
        except forms.ValidationError:
            return True

    def joined(self, held: list[str], given: Any) -> list[str]:
        return list(dict.fromkeys([*held, *as_texts(given)]))

    def from_api(self, value: Any) -> list[str]:
        return as_texts(value) if isinstance(value, list) else []

    def in_words(self, value: list[str]) -> str:
        return gettext("{count} in total").format(count=len(value))

    def each_in_words(self, values: list[str]) -> list[str]:
        names = self.context.names(self.resource, values)
        return [f"{names[uuid]} ({uuid})" if uuid in names else uuid for uuid in values]


def cells_of(line: str) -> list[str]:
    """Split a line at commas; a text that contains a comma is in double quotes."""
    try:
        cells = next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        cells = [line]
    return [cell.strip() for cell in cells if cell.strip()]


def as_texts(value: Any) -> list[str]:
    """Return the strings in a value that was posted or comes from an address or an answer."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
