"""Repeatable groups: custom attributes, line items, header rows, ...

A group is declared on its form (`groups = (...)`) and drawn by templates/resources/_rows.html. Its rows are ordinary
forms. Adding and removing a row works on the posted text itself, so it needs no valid form and loses nothing; with
JavaScript the same buttons do it in the page (static/js/row-group.js).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

MOST_ROWS = 500


class RowForm(forms.Form):
    """One row. A row in which nothing was entered does not count."""

    use_required_attribute = False


class RowGroup:
    """A declaration: what a row holds, what the group is called, and how its rows become JSON."""

    starts_empty: ClassVar[bool] = False
    """Whether a form that holds no rows yet offers none, rather than one to fill in."""

    def __init__(
        self, name: str, *, label: str, row_form: type[RowForm], noun: str, help_text: str = "", required: bool = False
    ) -> None:
        self.name = name
        self.label = label
        self.row_form = row_form
        self.noun = noun
        """One row, in `Add attribute` and `Attribute 2`."""
        self.help_text = help_text
        self.required = required

    def to_api(self, rows: list[dict[str, Any]]) -> Any:
        """The JSON of the cleaned rows that hold something."""
        return rows

    def from_api(self, value: Any) -> list[dict[str, Any]]:
        """First values of the rows for what a record holds."""
        return [dict(row) for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []

    def changed(self, opened: Any, rows: list[dict[str, Any]]) -> Any:
        """For an update: what to send, given the record's value when the form was opened; None for nothing."""
        now = self.to_api(rows)
        return None if now == (opened or type(now)()) else now

    def in_words(self, rows: list[dict[str, Any]]) -> str:
        return "; ".join(", ".join(f"{key}: {value}" for key, value in row.items() if value) for row in rows)


class RowSet:
    """The rows of one group on one form: bound to posted data, or filled with first values."""

    def __init__(
        self,
        group: RowGroup,
        data: Mapping[str, Any] | None,
        initial: Sequence[dict[str, Any]] = (),
        context: Any = None,
    ) -> None:
        self.group = group
        self.errors: list[str] = []
        self.context = context
        if data is None:
            self.rows = [self._row(index, None, first) for index, first in enumerate(initial or ([] if group.starts_empty else [{}]))]
        else:
            self.rows = [self._row(index, data, {}) for index in range(count(data, group.name))]
        self.blank = self._row("__index__", None, {})

    def _row(self, index: int | str, data: Mapping[str, Any] | None, initial: dict[str, Any]) -> RowForm:
        row = self.group.row_form(
            data, initial=initial, prefix=f"{self.group.name}-{index}", auto_id="id_%s", empty_permitted=True
        )
        if self.context is not None:
            bind_fields(row, self.context)
        return row

    def is_valid(self) -> bool:
        ok = [row.is_valid() for row in self.rows]
        if self.group.required and not self.filled():
            self.errors.append(f"Add at least one {self.group.noun}.")
        return all(ok) and not self.errors

    def filled(self) -> list[RowForm]:
        return [row for row in self.rows if row.has_changed()]

    def values(self) -> list[dict[str, Any]]:
        return [row.cleaned_data for row in self.filled()]


def bind_fields(form: forms.BaseForm, context: Any) -> None:
    """Tell each field that wants to know of the connection it is used for."""
    for field in form.fields.values():
        if hasattr(field, "bind"):
            field.bind(context)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(name)}-(\d{{1,4}})-(.+)")


def count(data: Mapping[str, Any], name: str) -> int:
    """How many rows were posted: one more than the highest index, at most MOST_ROWS."""
    indexes = [int(match[1]) for key in data if (match := _pattern(name).fullmatch(key))]
    return min(max(indexes, default=-1) + 1, MOST_ROWS)


def edited(data: QueryDict, command: str) -> QueryDict:
    """The posted data after a row command: `custom:add`, `custom:remove:2`, `line_items:copy:0`, `line_items:up:1`.

    An unknown or impossible command changes nothing. Row numbers are made contiguous again.
    """
    name, _, rest = command.partition(":")
    verb, _, number = rest.partition(":")
    index = int(number) if number.isdecimal() else None
    pattern = _pattern(name)
    rows: list[dict[str, list[str]]] = [{} for _ in range(count(data, name))]
    result = QueryDict(mutable=True)
    for key, values in data.lists():
        match = pattern.fullmatch(key)
        if not match:
            result.setlist(key, values)
        elif int(match[1]) < len(rows):
            rows[int(match[1])][match[2]] = values
    for position, row in enumerate(_moved(rows, verb, index)):
        for field, values in row.items():
            result.setlist(f"{name}-{position}-{field}", values)
    return result


def _moved(rows: list[dict[str, list[str]]], verb: str, index: int | None) -> list[dict[str, list[str]]]:
    if verb == "add":
        # "-" is no field of any row: it only makes the new row count.
        return [*rows, {"-": [""]}]
    if index is None or index >= len(rows):
        return rows
    rows = list(rows)
    if verb == "remove":
        del rows[index]
    elif verb == "copy":
        rows.insert(index + 1, dict(rows[index]))
    elif verb in ("up", "down"):
        other = index + (-1 if verb == "up" else 1)
        if 0 <= other < len(rows):
            rows[index], rows[other] = rows[other], rows[index]
    return rows
