"""Form fields that more than one operation uses. Each converts its value between three forms: typed, sent and read.

ApiForm uses these optional methods of a field: `bind(context)`, called when a form is created, to learn about the
connection; `to_api(value)`, from the cleaned value to JSON; `from_api(value)`, from JSON to the value of the input;
`in_words(value)`, for the review. For a list value: `each_in_words(values)`, so that the review shows the items added
and removed, and `joined(held, given)`, which merges a record's value and the given one, both as in the input.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections import localized
from connections.words import Words
from resources import countries, moments
from resources.form_context import FormContext
from resources.widgets import MomentInput

SYSTEMS = ("Stripe", "Recurly", "Chargify", "Custom")


def as_posted(text: str) -> str:
    """Return a text as an untouched single-line input posts it: browsers remove line breaks, and Django strips
    whitespace. Two texts that are equal in this form count as the same."""
    return text.replace("\r", "").replace("\n", "").strip()


def came_back(first: Any, posted: Any) -> bool:
    """Return whether a single-line input was posted with its initial value."""
    return isinstance(posted, str) and as_posted(str(first or "")) == as_posted(posted)


def one_line_break(text: str) -> str:
    """Return the text with LF for every line break, whichever kind the browser sent."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class MomentField(forms.CharField):
    """A date and time. Cleans to an aware datetime in UTC, or None."""

    widget = MomentInput

    def __init__(self, *, past: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.past = self.widget.past = past
        self.zone: tzinfo = UTC

    def bind(self, context: FormContext) -> None:
        self.zone = context.time_zone
        self.widget.zone = context.time_zone
        self.widget.url = reverse("resources:moment", args=[context.slug])

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            moment = moments.parse(text, self.zone)
        except moments.NotAMoment as error:
            raise forms.ValidationError(str(error)) from None
        if self.past and moments.is_future(moment):
            raise forms.ValidationError(gettext("ChartMogul accepts only dates in the past here."))
        return moment

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return moments.parse(initial, self.zone) != moments.parse(data or "", self.zone)
        except (moments.NotAMoment, AttributeError):
            return super().has_changed(initial, data)

    def prepare_value(self, value: Any) -> Any:
        return moments.to_typed(value, self.zone) if isinstance(value, datetime) else value

    def to_api(self, value: datetime) -> str:
        return moments.to_api(value)

    def from_api(self, value: Any) -> str:
        moment = value if isinstance(value, datetime) else moments.from_api(value)
        return moments.to_typed(moment, self.zone) if moment else ""

    def in_words(self, value: datetime) -> str:
        return moments.in_words(value, self.zone)


class TagsField(forms.CharField):
    """Tags, separated by commas or line breaks; one that contains a comma is put in double quotes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def clean(self, value: Any) -> list[str]:
        text = one_line_break(super().clean(value))
        try:
            rows = list(csv.reader(io.StringIO(text), skipinitialspace=True, strict=True))
        except csv.Error:
            raise forms.ValidationError(gettext('A double quote is not closed. Example: "one, tag", another')) from None
        tags = [tag.strip() for row in rows for tag in row]
        return list(dict.fromkeys(tag for tag in tags if tag))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(initial or "") != self.clean(data or "")
        except forms.ValidationError:
            return one_line_break(initial or "") != one_line_break(data or "")

    def joined(self, held: str, given: str) -> str:
        try:
            return self.from_api(list(dict.fromkeys([*self.clean(held), *self.clean(given)])))
        except forms.ValidationError:
            return "\n".join(filter(None, [held, given]))

    def from_api(self, value: Any) -> str:
        if not isinstance(value, list):
            return ""
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow([str(tag) for tag in value])
        line = out.getvalue().removesuffix("\r\n")
        return line if any("," in str(tag) for tag in value) else line.replace(",", ", ")

    def in_words(self, value: list[str]) -> str:
        return ", ".join(value)

    def each_in_words(self, values: list[str]) -> list[str]:
        return values


class OpenChoiceField(forms.ChoiceField):
    """A choice field that also accepts values outside its list, so that it keeps the one that a record has."""

    def __init__(self, *, options: Iterable[tuple[str, Words]], **kwargs: Any) -> None:
        self.options = list(options)
        super().__init__(choices=self.options, **kwargs)

    def valid_value(self, value: Any) -> bool:
        return True

    def from_api(self, value: Any) -> str:
        text = value if isinstance(value, str) else ""
        if text and not super().valid_value(text):
            self.choices = [*self.options, (text, text)]
        return text

    def in_words(self, value: str) -> str:
        return str(dict(self.options).get(value, value))


class CountryField(OpenChoiceField):
    """ISO 3166-1 alpha-2, chosen by name."""

    def __init__(self, **kwargs: Any) -> None:
        # The choices are set in bind(), because every form copies those that a field is declared with.
        super().__init__(options=(), **kwargs)

    def bind(self, context: FormContext) -> None:
        self.options = [("", "—"), *countries.choices()]
        self.choices = self.options

    def in_words(self, value: str) -> str:
        return countries.in_words(value)


class SystemField(forms.ChoiceField):
    """A billing system to filter by: the usual four and those of the account's own data sources. An address may name
    others, which are not known here, for example if no directory is kept."""

    MOST = 255

    def __init__(self, **kwargs: Any) -> None:
        self.systems: tuple[str, ...] = ()
        super().__init__(choices=self.options(()), **kwargs)

    @staticmethod
    def options(more: tuple[str, ...]) -> list[tuple[str, Words]]:
        return [("", _("Any")), *((name, name) for name in dict.fromkeys((*SYSTEMS, *more)))]

    def bind(self, context: FormContext) -> None:
        self.systems = context.systems()
        self.choices = self.options(self.systems)

    def valid_value(self, value: Any) -> bool:
        if not super().valid_value(value):
            if len(value) > self.MOST or not value.isprintable():
                return False
            self.choices = self.options((*self.systems, value))
        return True


class FactField(forms.CharField):
    """A value that is shown but never sent, because the API does not change it. The help text says why. The UUID of a
    record of `resource` is shown with its name."""

    def __init__(self, *, resource: str = "", **kwargs: Any) -> None:
        super().__init__(required=False, disabled=True, **kwargs)
        self.resource = resource
        self.context = FormContext(slug="")

    def bind(self, context: FormContext) -> None:
        self.context = context

    def prepare_value(self, value: Any) -> Any:
        choice = self.context.describe(self.resource, value) if self.resource and isinstance(value, str) else None
        return f"{choice.name} ({value})" if choice and choice.name else value


class LimitField(forms.IntegerField):
    """The maximum number of rows to show, over as many API pages as it takes."""

    DEFAULT = 50
    MOST = 10_000

    def __init__(self) -> None:
        super().__init__(
            label=_("Limit"),
            required=False,
            min_value=1,
            max_value=self.MOST,
            initial=self.DEFAULT,
            help_text=format_lazy(
                _("The maximum number of rows to show, up to {most}."), most=localized.count_lazy(self.MOST)
            ),
        )

    def clean(self, value: Any) -> int:
        return super().clean(value) or self.DEFAULT
