"""Custom attributes: typed rows in the form, an array on create, an object on update.

Types and their rules are ChartMogul's: String up to 255 characters, Integer, Decimal, Timestamp in ISO 8601, Boolean;
a key is letters, digits and underscores, though older ones hold spaces (documentation and official clients).
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resources import moments
from resources.fields import as_posted
from resources.rows import LeftOver, RowForm, RowGroup

LONGEST = 255
TYPES = (
    ("String", _("String")),
    ("Integer", _("Integer")),
    ("Decimal", _("Decimal")),
    ("Timestamp", _("Timestamp")),
    ("Boolean", _("Boolean")),
)
BOOLEANS = {"true": True, "t": True, "1": True, "yes": True, "false": False, "f": False, "0": False, "no": False}


INTEGER = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
"""Accepts an exponent, because a stored number may be shown with one. Python itself would also accept 1_000 and
non-ASCII digits."""


def _string(text: str) -> str:
    return text


def _integer(text: str) -> int:
    if not INTEGER.fullmatch(text):
        raise forms.ValidationError(gettext("Enter a whole number, such as 25."))
    return int(text)


def _decimal(text: str) -> float:
    number = float(text) if DECIMAL.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise forms.ValidationError(gettext("Enter a number with a decimal point, such as 25.5."))
    if Decimal(text) != Decimal(repr(number)):
        raise forms.ValidationError(gettext("This number has more digits than can be sent exactly. Use 15 at most."))
    return number


def _timestamp(text: str) -> str:
    try:
        return moments.to_api(moments.parse(text, UTC))
    except moments.NotAMoment as error:
        raise forms.ValidationError(str(error)) from None


def _boolean(text: str) -> bool:
    if text.lower() not in BOOLEANS:
        raise forms.ValidationError(gettext("Enter true or false."))
    return BOOLEANS[text.lower()]


# Type -> function that converts its text; raises ValidationError.
READ: Mapping[str, Callable[[str], Any]] = {
    "String": _string,
    "Integer": _integer,
    "Decimal": _decimal,
    "Timestamp": _timestamp,
    "Boolean": _boolean,
}


class CustomAttributeForm(RowForm):
    type = forms.ChoiceField(label=_("Type"), choices=TYPES, initial="String")
    key = forms.CharField(label=_("Key"), max_length=LONGEST)
    value = forms.CharField(label=_("Value"), max_length=LONGEST)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("value") and cleaned.get("type"):
            try:
                cleaned["value"] = READ[cleaned["type"]](cleaned["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        return cleaned


def type_of(value: Any) -> str | None:
    """Return the type of a stored value, or None for one that no row can hold: an array (stored once), a blank text, a
    text longer than ChartMogul accepts today."""
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
    """On update: `{"CAC": 25}`, with only the keys that changed, because ChartMogul merges them into the others."""

    HELP = _(
        "Timestamps are read as UTC. ChartMogul keeps attributes that are not sent, so a row you remove here stays "
        "there: only an API call removes an attribute for good."
    )

    def joined(self, held: list[dict[str, Any]], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        keys = {row.get("key") for row in given}
        return [*(row for row in held if row["key"] not in keys), *given]

    def to_api(self, rows: list[dict[str, Any]]) -> Any:
        return {row["key"]: row["value"] for row in rows}

    def changed(self, opened: Any, rows: list[dict[str, Any]]) -> Any:
        before = opened if isinstance(opened, Mapping) else {}
        return self.to_api([row for row in rows if not same(before.get(row["key"]), row["value"], row["type"])]) or None

    def held(self, value: Any) -> list[dict[str, Any]]:
        """Include, as JSON, values that no row can hold, such as an array: a row with the same key overwrites it."""
        if not isinstance(value, Mapping):
            return []
        there = {key: each for key, each in value.items() if each is not None and str(each).strip()}
        return [
            {
                "type": type_of(each),
                "key": key,
                "value": each if type_of(each) else json.dumps(each, ensure_ascii=False),
            }
            for key, each in there.items()
        ]

    def left_with(self, held: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        before = {row["key"]: row for row in held}
        kept = {key: row["value"] for key, row in before.items()}
        sent = {row["key"]: row for row in rows if not same(kept.get(row["key"]), row["value"], row["type"])}
        return list((before | sent).values())

    def doubts(self, value: Any, rows: list[dict[str, Any]]) -> list[str]:
        """Warn about what ChartMogul keeps: the type of an existing attribute (documentation), and what is not sent."""
        there = {row["key"]: row["type"] for row in self.held(value)}
        gone = [key for key, kind in there.items() if kind and key not in {row["key"] for row in rows}]
        other = [row for row in rows if there.get(row["key"]) and there[row["key"]] != row["type"]]
        said = gettext("ChartMogul keeps the type of an existing attribute: {key} remains {type}, whatever is sent.")
        names = dict(TYPES)
        types = [said.format(key=row["key"], type=names[there[row["key"]]]) for row in other]
        untold = [row["key"] for row in rows if row["type"] == "Timestamp" and row["key"] not in there]
        said = gettext(
            "An update does not say of which type a new attribute is, so ChartMogul may store {key} as a String. To "
            "make it a Timestamp, use Make an API Call: POST to the customer's attributes/custom."
        )
        types += [said.format(key=key) for key in untold]
        stays = gettext("These attributes remain, because ChartMogul keeps what is not sent: {keys}.")
        return [*types, *([stays.format(keys=", ".join(gone))] if gone else [])]

    def left_over(self, uuid: str, held: Any, sent: Any) -> LeftOver | None:
        added = [key for key in sent if key not in (held or {})] if isinstance(sent, Mapping) else []
        return removal(uuid, added) if added else None

    def removals(self, uuid: str, held: Any) -> list[LeftOver]:
        return [removal(uuid, [row["key"]]) for row in self.held(held) if row["key"].strip()]


def removal(uuid: str, keys: list[str]) -> LeftOver:
    """Return attributes of a customer together with the one call that removes them."""
    path = f"/v1/customers/{uuid}/attributes/custom"
    body = json.dumps({"custom": keys}, ensure_ascii=False)
    return LeftOver(names=keys, call={"method": "DELETE", "url": path, "body": body})


def same(held: Any, value: Any, kind: str) -> bool:
    """Return whether a stored value equals the one that would be sent as this type. Two spellings of one instant are
    equal, and so are texts that differ only in line breaks and outer whitespace, which the input removes."""
    if isinstance(held, str) and isinstance(value, str) and as_posted(held) != as_posted(value):
        is_moment = kind == "Timestamp" and moments.from_api(held) is not None
        return is_moment and moments.from_api(held) == moments.from_api(value)
    return type(held) is type(value) and (held == value or isinstance(held, str))
