"""Repeatable groups: custom attributes, line items, header rows, ...

A group is declared on its form (`groups = (...)`) and rendered by templates/resources/_rows.html. Its rows are ordinary
forms. Adding or removing a row edits the posted data itself, so the form need not be valid and nothing is lost; with
JavaScript the same buttons do it in the page (static/js/row-group.js).
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _

from connections import localized
from connections.words import Words
from resources.fields import came_back
from resources.json_paths import BLANK

MOST_ROWS = 500
"""The most rows of a group that can be sent."""
MOST_SHOWN = 2 * MOST_ROWS
"""The most rows that are shown again with an error, so that people can choose which of them to remove; the number of
fields in a form is limited as well (DATA_UPLOAD_MAX_NUMBER_FIELDS)."""
NOT_FOR_THIS = "not_for_this"
"""Code of the error of a field that does not apply to its row (RowForm.only_for)."""


class RowForm(forms.Form):
    """One row. A row in which nothing was entered does not count.

    If one of its fields decides which of the others apply, the form declares it: `decided_by = "type"`,
    `only_for = {"prorated": ("subscription",)}`. With JavaScript the page shows only the fields that apply; without it
    all are shown, and filling in one that does not apply is an error.
    """

    use_required_attribute = False
    decided_by: ClassVar[str] = ""
    only_for: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    needed_for: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Fields that are required -> the values of `decided_by` for which they are."""
    not_copied: ClassVar[tuple[str, ...]] = ()
    """Fields that a duplicate of the row starts without, because their values are unique."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.decided_by:
            self.fields[self.decided_by].widget.attrs["data-decides"] = ""
        for name, kinds in self.only_for.items():
            self.fields[name].widget.attrs["data-only-for"] = " ".join(kinds)
        for name, kinds in self.needed_for.items():
            self.fields[name].widget.is_needed = set(kinds) >= set(self.only_for.get(name, self.kinds))
        for name in self.not_copied:
            self.fields[name].widget.attrs["data-not-copied"] = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        decided = cleaned.get(self.decided_by)
        if decided:
            for name, kinds in self.only_for.items():
                if decided not in kinds and cleaned.get(name) not in BLANK:
                    said = _("This applies only to {rows}. Clear it, or choose another {choice}.")
                    words = get_text_list([self.words_for(kind) for kind in kinds], _("and"))
                    wrong = forms.ValidationError(said.format(rows=words, choice=self.decider), code=NOT_FOR_THIS)
                    self.add_error(name, wrong)
            for name, kinds in self.needed_for.items():
                if decided in kinds and cleaned.get(name) in BLANK and name not in self.errors:
                    self.add_error(name, _("{rows} need this.").format(rows=capfirst(self.words_for(decided))))
        return cleaned

    @property
    def kinds(self) -> list[str]:
        """The possible values of the field that decides."""
        return [known for known, _label in flat(cast(forms.ChoiceField, self.fields[self.decided_by]).choices)]

    @property
    def decider(self) -> str:
        return str(self.fields[self.decided_by].label)

    def words_for(self, kind: str) -> str:
        """Return the plural name of the rows of a kind."""
        return _("{kind} rows").format(kind=kind.replace("_", " "))

    def in_words(self) -> str:
        """Return the filled-in fields of a valid row for the review, one per line."""
        filled = [(name, value) for name, value in self.cleaned_data.items() if value not in BLANK]
        return "\n".join(f"{self.fields[name].label}: {in_words(self.fields[name], value)}" for name, value in filled)


@dataclass(frozen=True, kw_only=True)
class LeftOver:
    """Something that a form cannot remove again, and the API call that can."""

    names: list[str]
    call: Mapping[str, str]
    """Values for the fields of Make an API Call."""


def in_words(field: forms.Field, value: Any) -> str:
    """Return a cleaned value as a review shows it."""
    if value in BLANK:
        return ""
    if hasattr(field, "in_words"):
        return str(field.in_words(value))
    if isinstance(field, forms.ChoiceField):
        return next((str(label) for known, label in flat(field.choices) if known == value), str(value))
    return str(value)


def flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the choices without their groups."""
    for known, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield known, label


class RowGroup:
    """Declaration of a group: the form of a row, the group's names, and how its rows become JSON."""

    starts_empty: ClassVar[bool] = False
    """Whether a form without rows starts with none, rather than with a blank one."""

    def __init__(
        self,
        name: str,
        *,
        label: Words,
        row_form: type[RowForm],
        noun: Words,
        nouns: Words = "",
        help_text: Words = "",
        needs_one: Words = "",
        ordered: bool = False,
        summed: Mapping[str, Words] | None = None,
    ) -> None:
        self.name = name
        self.label = label
        self.row_form = row_form
        self.noun = noun
        """Name of one row, as in `Add attribute` and `Attribute 2`."""
        self.nouns = nouns
        """Name of several rows, if they are `summed`."""
        self.help_text = help_text
        self.needs_one = needs_one
        """Error message for no filled-in row, if one is required."""
        self.ordered = ordered
        """Whether rows can be duplicated and moved, in addition to being added and removed."""
        self.summed = summed or {}
        """The fields whose amounts are added up live below the rows -> the name of the sum."""

    def to_api(self, rows: list[dict[str, Any]]) -> Any:
        """Return the JSON of the cleaned rows that were filled in, without blank values."""
        fields = self.row_form.base_fields
        return [{name: sent(fields[name], value) for name, value in row.items() if value not in BLANK} for row in rows]

    def from_api(self, value: Any) -> list[dict[str, Any]]:
        """Return the initial values of the rows for a record's value."""
        return [dict(row) for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []

    def joined(self, held: list[dict[str, Any]], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the initial values of the rows: those of a record, followed by the given ones that it lacks."""
        return [*held, *(row for row in given if row not in held)]

    def changed(self, opened: Any, rows: list[dict[str, Any]]) -> Any:
        """Return what an update sends, given the record's value when the form was opened; None for nothing."""
        now = self.to_api(rows)
        return None if now == (opened or type(now)()) else now

    def held(self, value: Any) -> list[dict[str, Any]]:
        """Return a record's value for the review: its rows, including what no row of the form can show."""
        return self.from_api(value)

    def left_with(self, held: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what the record holds after an update: the rows that are sent, if they replace all of `held`."""
        return rows

    def doubts(self, value: Any, rows: list[dict[str, Any]]) -> list[str]:
        """Return what a person should know about an update's rows before sending them, given the record's value."""
        return []

    def left_over(self, uuid: str, held: Any, sent: Any) -> LeftOver | None:
        """Return what remains of an update after it was undone, given the record's value before it and what was sent;
        None if nothing does."""
        return None

    def removals(self, uuid: str, held: Any) -> list[LeftOver]:
        """Return the items of a record's value that no update can remove, each with the call that can."""
        return []

    def check(self, rows: list[RowForm]) -> None:
        """Hook for rules between the filled-in rows. May add errors to them."""

    def in_words(self, rows: list[dict[str, Any]]) -> str:
        return "; ".join(", ".join(f"{key}: {value}" for key, value in row.items() if value) for row in rows)

    def review(self, rows: list[RowForm]) -> list[tuple[str, str]]:
        """Return the lines of a review as (label, words): one for each row if `ordered`, else one for all."""
        if not self.ordered:
            return [(str(self.label), self.in_words([row.cleaned_data for row in rows]))]
        return [(f"{capfirst(self.noun)} {number}", row.in_words()) for number, row in enumerate(rows, start=1)]


def sent(field: forms.Field, value: Any) -> Any:
    """Return the JSON for a cleaned value."""
    return field.to_api(value) if hasattr(field, "to_api") else value


def typed(field: forms.Field, value: Any) -> Any:
    """Return the value of a field's input for a value from the API."""
    if hasattr(field, "from_api"):
        return field.from_api(value)
    return "" if value is None else value


class RowSet:
    """The rows of one group on one form: bound to posted data, or filled in with initial values."""

    def __init__(
        self,
        group: RowGroup,
        data: Mapping[str, Any] | None,
        initial: Sequence[dict[str, Any]] = (),
        context: Any = None,
    ) -> None:
        self.group = group
        self.errors: list[str] = []
        self._read = False
        self.context = context
        if data is None:
            if len(initial) > MOST_ROWS:
                # Show none rather than the first ones: among so many, nobody would notice the missing rows.
                self.errors.append(self._too_many(len(initial)))
                initial = ()
            first_rows = initial or ([] if group.starts_empty else [{}])
            self.rows = [self._row(index, None, first) for index, first in enumerate(first_rows)]
        else:
            self.rows = [self._row(index, data, {}) for index in range(count(data, group.name))]
            self._expect(data)
        self.blank = self._row("__index__", None, {})

    def _expect(self, data: Mapping[str, Any]) -> None:
        """Announce the records that the rows refer to, so that they are looked up together, not one by one."""
        for name, field in self.group.row_form.base_fields.items():
            if self.context is not None and hasattr(field, "resource"):
                typed = [data.get(f"{self.group.name}-{index}-{name}") for index in range(len(self.rows))]
                self.context.expect(field.resource, [value for value in typed if value])

    def _row(self, index: int | str, data: Mapping[str, Any] | None, initial: dict[str, Any]) -> RowForm:
        row = self.group.row_form(
            data, initial=initial, prefix=f"{self.group.name}-{index}", auto_id="id_%s", empty_permitted=True
        )
        if self.context is not None:
            bind_fields(row, self.context)
        return row

    def _too_many(self, number: int) -> str:
        said = _("{number} rows are more than the {most} that can be sent at once.")
        return said.format(number=localized.count(number), most=localized.count(MOST_ROWS))

    def full_clean(self) -> None:
        """Clean the rows, only once, so that errors added later are kept."""
        if self._read:
            return
        self._read = True
        if self.group.needs_one and not self.filled():
            self.errors.append(str(self.group.needs_one))
        if (number := len(self.filled())) > MOST_ROWS:
            self.errors.append(self._too_many(number))
        for row in self.rows:
            row.full_clean()
        self.group.check(self.filled())

    def is_valid(self) -> bool:
        self.full_clean()
        return not self.errors and all(row.is_valid() for row in self.rows)

    def as_typed(self, value: Any) -> list[dict[str, Any]]:
        """Return the initial values of the rows' inputs for a record's value."""
        fields = self.blank.fields
        return [
            {name: typed(fields[name], each) for name, each in row.items() if name in fields}
            for row in self.group.from_api(value)
        ]

    def filled(self) -> list[RowForm]:
        return [row for row in self.rows if row.has_changed()]

    def typed(self) -> list[dict[str, Any]]:
        """Return the posted values of the filled-in rows."""
        return [{name: row[name].data for name in row.fields} for row in self.filled()]

    def differs_from(self, first: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether the filled-in rows differ from these initial values."""
        rows = self.typed()
        return len(rows) != len(first) or any(
            field.has_changed(held.get(name), row[name]) and not came_back(held.get(name), row[name])
            for held, row in zip(first, rows, strict=True)
            for name, field in self.blank.fields.items()
        )

    def values(self) -> list[dict[str, Any]]:
        return [row.cleaned_data for row in self.filled()]


def bind_fields(form: forms.BaseForm, context: Any) -> None:
    """Pass the context to each field that has a bind()."""
    for field in form.fields.values():
        if hasattr(field, "bind"):
            field.bind(context)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(name)}-(\d{{1,4}})-(.+)")


def count(data: Mapping[str, Any], name: str) -> int:
    """Return the number of rows that were posted: one more than the highest index, at most MOST_SHOWN."""
    indexes = [int(match[1]) for key in data if (match := _pattern(name).fullmatch(key))]
    return min(max(indexes, default=-1) + 1, MOST_SHOWN)


def rows_in(data: QueryDict, name: str) -> list[dict[str, list[str]]]:
    """Return the posted values of each row, by field."""
    rows: list[dict[str, list[str]]] = [{} for _ in range(count(data, name))]
    pattern = _pattern(name)
    for key, values in data.lists():
        match = pattern.fullmatch(key)
        if match and int(match[1]) < len(rows):
            rows[int(match[1])][match[2]] = values
    return rows


def edited(data: QueryDict, command: str, groups: Iterable[RowGroup]) -> QueryDict:
    """Return the posted data of a form with these groups after a command: `custom:add`, `custom:remove:2`,
    `line_items:copy:0`, `line_items:up:1`.

    An unknown or impossible command changes nothing. Row numbers are made contiguous again.
    """
    name, _, rest = command.partition(":")
    verb, _, number = rest.partition(":")
    index = int(number) if re.fullmatch(r"[0-9]{1,4}", number) else None
    pattern = _pattern(name)
    result = QueryDict(mutable=True)
    for key, values in data.lists():
        if not pattern.fullmatch(key):
            result.setlist(key, values)
    rows = rows_in(data, name)
    not_copied = next((group.row_form.not_copied for group in groups if group.name == name), ())
    for position, row in enumerate(_moved(rows, verb, index, not_copied)):
        for field, values in row.items():
            result.setlist(f"{name}-{position}-{field}", values)
    return result


def _moved(
    rows: list[dict[str, list[str]]], verb: str, index: int | None, not_copied: Container[str]
) -> list[dict[str, list[str]]]:
    if verb == "add":
        # No row has a field named "-": it only makes the new row count.
        return [*rows, {"-": [""]}]
    if index is None or index >= len(rows):
        return rows
    rows = list(rows)
    if verb == "remove":
        del rows[index]
    elif verb == "copy":
        rows.insert(index + 1, {field: [""] if field in not_copied else each for field, each in rows[index].items()})
    elif verb in ("up", "down"):
        other = index + (-1 if verb == "up" else 1)
        if 0 <= other < len(rows):
            rows[index], rows[other] = rows[other], rows[index]
    return rows
