"""Forms for connections. A key that was entered is never shown again, not even after an error."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from connections import services
from connections.client import ChartMogulClient
from connections.invisible_characters import INVISIBLE, JOINERS
from connections.models import Connection, Kind
from connections.words import Words

NAME_TAKEN = gettext_lazy("A connection with this name already exists.")
# With these, different names could look the same.
NOT_IN_NAMES = re.compile(f"[{INVISIBLE}]")
NOT_IN_NAMES_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def validate_key(value: str) -> None:
    """Check that a key can be sent in HTTP Basic authentication. Raises ValidationError."""
    if not value.isascii() or not value.isprintable() or " " in value or ":" in value:
        raise ValidationError(_("A key is one line of letters, digits and symbols, without spaces or colons."))


def key_field(label: Words, *, required: bool, help_text: Words) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=500,
        required=required,
        help_text=help_text,
        validators=[validate_key],
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def client_with(key: Mapping[str, str], kind: str) -> ChartMogulClient:
    """Return a client for an unstored key from a form's cleaned data."""
    return ChartMogulClient(settings.API_ORIGINS[kind], key["token"], key["secret_key"])


class AlertForm(forms.Form):
    """A form whose problems are also listed in the page's alert, with links to its fields."""

    use_required_attribute = False

    def has_problems(self) -> bool:
        return self.is_bound and bool(self.errors)

    @property
    def problem_list(self) -> list[tuple[str, str, str]]:
        """ID and label of each field with an error, and the error's text."""
        return [
            (field.id_for_label, str(field.label), str(message))
            for field in self.visible_fields()
            for message in field.errors
        ]


class ConflictForm(AlertForm):
    """A form that carries the values it was opened with, so that nobody overwrites what somebody else changed since.

    A post without them, such as a script's, is accepted without this check.
    """

    opened_with = forms.CharField(required=False, widget=forms.HiddenInput)

    def reopen_with(self, value: str) -> None:
        """Make the form look as if just opened: whoever posts it again has seen the conflict and means it."""
        self.data = dict(self.data.items(), opened_with=value)


class SettingsForm(ConflictForm):
    """Settings that are saved together; `opened_with` holds all of them, as JSON."""

    @classmethod
    def showing(cls, stored: Mapping[str, Any]) -> Self:
        return cls(initial={**stored, "opened_with": json.dumps(stored)})

    @property
    def chosen(self) -> dict[str, Any]:
        """The chosen settings of a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "opened_with"}

    def show_conflict(self, stored: Mapping[str, Any]) -> None:
        """Add an error with the stored value to each field that somebody else has changed."""
        changed = _("Meanwhile, someone changed this to: {value}. Save again to use your choice instead.")
        for name in services.conflicting(stored, self.chosen, self.cleaned_data["opened_with"]):
            self.add_error(name, changed.format(value=in_words(self.fields[name], stored[name])))
        self.reopen_with(json.dumps(stored))


def in_words(field: forms.Field, value: Any) -> str:
    """Return how a field with this value is shown."""
    if isinstance(value, bool):
        return pgettext("a setting", "on") if value else pgettext("a setting", "off")
    shown = dict(getattr(field, "choices", ()))
    return str(shown.get(value, value)) or pgettext("a setting", "blank")


class NameForm(AlertForm):
    """The name of a new connection, or of `connection`."""

    name = forms.CharField(
        label=gettext_lazy("Connection name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, connection: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection

    def clean_name(self) -> str:
        name = unicodedata.normalize("NFC", self.cleaned_data["name"])
        categories = {unicodedata.category(sign) for sign in name}
        if NOT_IN_NAMES.search(name) or categories & NOT_IN_NAMES_CATEGORIES or not look_of(name):
            raise ValidationError(_("A name is one line of visible text."))
        others = Connection.objects.all()
        if self.connection:
            others = others.exclude(pk=self.connection.pk)
        # Compared in Python, because SQLite only folds the case of ASCII letters.
        if look_of(name) in {look_of(other) for other in others.values_list("name", flat=True)}:
            raise ValidationError(NAME_TAKEN)
        return name


def look_of(name: str) -> str:
    """Return a key that is equal for names that look alike or differ only in case."""
    return " ".join(re.sub(f"[{JOINERS}]", "", name).casefold().split())


class ConnectionForm(NameForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices, initial=Kind.LIVE)
    token = key_field(
        gettext_lazy("Token"),
        required=True,
        help_text=gettext_lazy(
            "The API key, created in ChartMogul under Profile, API keys; for the sandbox, the word sandbox. It is "
            "stored encrypted and never shown again; after an error it must be entered again."
        ),
    )
    secret_key = key_field(
        gettext_lazy("Secret Key"),
        required=False,
        help_text=gettext_lazy("Only old key pairs have one. Otherwise, leave this blank."),
    )

    def client(self) -> ChartMogulClient:
        """A client with the key of the valid form."""
        return client_with(self.cleaned_data, self.cleaned_data["kind"])


class RenameForm(ConflictForm, NameForm):
    """Renames `connection`."""


class KeyForm(ConflictForm):
    """Replaces the key of `connection`."""

    token = key_field(
        gettext_lazy("Token"), required=False, help_text=gettext_lazy("Leave blank to keep the current key.")
    )
    secret_key = ConnectionForm.base_fields["secret_key"]
    other_account = forms.BooleanField(
        label=gettext_lazy("This key belongs to another account"),
        required=False,
        help_text=gettext_lazy(
            "Check this only if the connection should use another ChartMogul account from now on. The records known "
            "here from the current account are then removed, and anything reviewed for it can no longer be sent."
        ),
    )

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("secret_key") and not cleaned.get("token") and "token" not in self.errors:
            self.add_error("token", _("Enter the token too: the two are stored together."))
        return cleaned

    def client(self) -> ChartMogulClient:
        """A client with the key of the valid form."""
        return client_with(self.cleaned_data, self.connection.kind)
