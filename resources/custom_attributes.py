"""Custom attributes: typed rows in the form, an array on create, an object on update.

Types and their rules are ChartMogul's: String up to 255 characters, Integer, Decimal, Timestamp in ISO 8601, Boolean;
a key is letters, digits and underscores, though older ones hold spaces (documentation and official clients).
"""

import math
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resources import moments
from resources.fields import as_posted
from resources.rows import RowForm, RowGroup

LONGEST = 255
TYPES = (
    ("String", _("String")),
    ("Integer", _("Integer")),
    ("Decimal", _("Decimal")),
    ("Timestamp", _("Timestamp")),
    ("Boolean", _("Boolean")),
)
BOOLEANS = {"true": True, "t": True, "1": True, "yes": True, "false": False, "f": False, "0": False, "no": False}


class CustomAttributeForm(RowForm):
    type = forms.ChoiceField(label=_("Type"), choices=TYPES, initial="String")
    key = forms.CharField(label=_("Key"), max_length=LONGEST)
    value = forms.CharField(label=_("Value"), max_length=LONGEST)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("value") and cleaned.get("type"):
            try:
                cleaned["value"] = getattr(self, f"_{cleaned['type'].lower()}")(cleaned["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        return cleaned

    def _string(self, text: str) -> str:
        return text

    def _integer(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise forms.ValidationError(gettext("Enter a whole number, such as 25.")) from None

    def _decimal(self, text: str) -> float:
        try:
            number = float(Decimal(text))
        except (InvalidOperation, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise forms.ValidationError(gettext("Enter a number with a decimal point, such as 25.5."))
        return number

    def _timestamp(self, text: str) -> str:
        try:
            return moments.to_api(moments.parse(text, UTC))
        except moments.NotAMoment as error:
            raise forms.ValidationError(str(error)) from None

    def _boolean(self, text: str) -> bool:
        if text.lower() not in BOOLEANS:
            raise forms.ValidationError(gettext("Enter true or false."))
        return BOOLEANS[text.lower()]


def type_of(value: Any) -> str | None:
    """The type that a stored value has, or None for one that no row can hold: an array (stored once), a blank text, a
    text longer than ChartMogul takes today."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int):
        return "Integer"
    if isinstance(value, float):
        return "Decimal"
    if isinstance(value, str) and value.strip() and len(value) <= LONGEST:
        return "Timestamp" if "T" in value and moments.from_api(value) else "String"
    return None


class CustomAttributes(RowGroup):
    """On create: `[{"type": "String", "key": "channel", "value": "Facebook"}]`."""

    def __init__(self) -> None:
        super().__init__(
            "custom", label=_("Custom"), row_form=CustomAttributeForm, noun=_("attribute"), help_text=self.HELP
        )

    HELP = _(
        "Your own attributes for this customer. A key consists of letters, digits and underscores; a Timestamp is read "
        "as UTC."
    )

    def to_api(self, rows: list[dict[str, Any]]) -> Any:
        return [{"type": row["type"], "key": row["key"], "value": row["value"]} for row in rows]

    def from_api(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, Mapping):
            return []
        typed = [(type_of(held), key, held) for key, held in value.items()]
        return [{"type": kind, "key": key, "value": self.typed(held)} for kind, key, held in typed if kind]

    def typed(self, value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    def check(self, rows: list[RowForm]) -> None:
        seen: set[str] = set()
        for row in rows:
            key = row.cleaned_data.get("key", "")
            if key in seen:
                row.add_error(
                    "key", gettext("Another row already has this key, and ChartMogul keeps only one value for it.")
                )
            elif key:
                seen.add(key)

    def in_words(self, rows: list[dict[str, Any]]) -> str:
        return ", ".join(f"{row['key']} = {self.typed(row['value'])}" for row in rows)


class CustomAttributeChanges(CustomAttributes):
    """On update: `{"CAC": 25}`, and only the keys that changed, for ChartMogul merges them into the others."""

    HELP = _(
        "ChartMogul keeps attributes that are not sent, so a row you remove here stays there. To remove one for good, "
        "DELETE customers/{uuid}/attributes/custom in Make an API Call."
    )

    def to_api(self, rows: list[dict[str, Any]]) -> Any:
        return {row["key"]: row["value"] for row in rows}

    def changed(self, opened: Any, rows: list[dict[str, Any]]) -> Any:
        before = opened if isinstance(opened, Mapping) else {}
        now = self.to_api(rows)
        return {key: value for key, value in now.items() if not same(before.get(key), value)} or None

    def left_with(self, held: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        before = {row["key"]: row for row in held}
        kept = {key: row["value"] for key, row in before.items()}
        sent = {row["key"]: row for row in rows if not same(kept.get(row["key"]), self.typed(row["value"]))}
        return list((before | sent).values())


def same(held: Any, value: Any) -> bool:
    """Whether a stored value is the one that would be sent; two spellings of one instant are, and so is a text of which
    the box took nothing but line breaks and blanks at the ends."""
    if isinstance(held, str) and isinstance(value, str) and as_posted(held) != as_posted(value):
        return moments.from_api(held) is not None and moments.from_api(held) == moments.from_api(value)
    return type(held) is type(value) and (held == value or isinstance(held, str))
