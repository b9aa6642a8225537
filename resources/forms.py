"""ApiForm: a Django form that knows where its values go in an API call."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext

from connections.words import Words
from resources import amounts
from resources.form_context import FormContext
from resources.json_paths import dig, put
from resources.money_fields import CentsField
from resources.rows import BLANK, RowForm, RowGroup, RowSet, bind_fields, in_words, rows_in, sent, typed


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of a review: the value of a field before and after the write, in words."""

    label: str
    before: str = ""
    after: str = ""
    cleared: bool = False
    theirs: str | None = None
    """ChartMogul's current value, if it changed since the form was opened; else None."""
    added: tuple[str, ...] = ()
    """For a list, which a write replaces as a whole: the items that are added and removed."""
    removed: tuple[str, ...] = ()
    beside: bool = False
    """Not sent, only shown for comparison: `after` says what ChartMogul holds."""


class ApiForm(forms.Form):
    """Inputs of one operation. Fields go into the body unless path_fields, query_fields or local_fields name them."""

    path_fields: ClassVar[tuple[str, ...]] = ()
    query_fields: ClassVar[tuple[str, ...]] = ()
    local_fields: ClassVar[tuple[str, ...]] = ()
    """Never sent: limits, and facts that are only shown."""
    body_paths: ClassVar[Mapping[str, str]] = {}
    """The path of a field in the body if it is not the field's name: `{"tags": "attributes.tags"}`."""
    error_names: ClassVar[Mapping[str, str]] = {}
    """Parameter name in ChartMogul's errors -> field, if they differ: `{"plan_ids": "plans"}`."""
    explanations: ClassVar[Mapping[str, tuple[str, Words]]] = {}
    """Replacements for misleading error texts of ChartMogul's: beginning of the text -> (the field it is about, the
    sentence to show instead)."""
    kept_as: ClassVar[Mapping[str, Callable[[str], str]]] = {}
    """For texts that ChartMogul accepts in several forms: name in the body -> function that returns the stored form."""
    kept_with: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Fields that ChartMogul keeps only if another field has a certain value, and otherwise drops silently: field ->
    (the other field, that value)."""
    restores: ClassVar[Mapping[str, str]] = {}
    """For undoing a write: field that was sent -> the field to restore instead, if it is another one."""
    unique: ClassVar[tuple[str, ...]] = ()
    """Fields whose values are unique at ChartMogul: within the data source if the form names one, else within the
    account. The review says which record is known to have the value."""
    proposes: ClassVar[Mapping[str, str]] = {}
    """Fields with a button that fills in a new, unused identifier -> what the identifier begins with."""
    groups: ClassVar[tuple[RowGroup, ...]] = ()
    wrapped_in: ClassVar[str] = ""
    """For an endpoint that takes several records at once: the key of the list in the body that holds this one."""

    loads_by: ClassVar[str] = ""
    """The field whose record fills in the others: a Load button follows it."""
    loads_with: ClassVar[tuple[str, ...]] = ("uuid",)
    """The fields that Load needs to find that record."""

    keeps_draft: ClassVar[bool] = False
    """Whether the browser keeps what is typed until it was sent and accepted (static/js/drafts.js): for forms that take
    long to fill in."""

    takes_json: ClassVar[bool] = False
    """Whether it can be filled in from the JSON that it sends (resources/as_json.py): for forms that consist of plain
    fields and rows of them, each under its own name."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, context: FormContext, initial: Mapping[str, Any] | None = None) -> None:
        initial = dict(initial or {})
        super().__init__(data, initial=initial)
        context = self.context = amounts.context_of(context, data, initial)
        bind_fields(self, context)
        self.row_sets = [
            RowSet(group, self.data if self.is_bound else None, initial.get(group.name, ()), context)
            for group in self.groups
        ]

    @classmethod
    def first_values(cls, address: QueryDict) -> dict[str, Any]:
        """Return the initial values given by an address's query: fields by name, a list as a repeated parameter, and
        rows named as in a POST."""
        initial: dict[str, Any] = {}
        fields: Mapping[str, Any] = cls.base_fields
        for name, field in fields.items():
            if values := address.getlist(name):
                is_list = hasattr(field, "each_in_words") and len(values) > 1
                initial[name] = field.from_api(values) if is_list else values[-1]
        for group in cls.groups:
            rows = [{name: values[-1] for name, values in row.items()} for row in rows_in(address, group.name)]
            if any(rows):
                initial[group.name] = rows
        return initial

    @classmethod
    def presets(cls, context: FormContext) -> dict[str, Any]:
        """Return default values that most people would choose, for fields of a new form that nothing else fills in."""
        return {}

    @classmethod
    def with_proposal(cls, data: QueryDict, name: str) -> QueryDict:
        """Return a copy of the posted data with a proposed identifier for the field, if it is one of `proposes`."""
        data = data.copy()
        if name in cls.proposes:
            data[name] = f"{cls.proposes[name]}-{uuid.uuid4().hex[:12]}"
        return data

    # -- from what was typed to the request

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            for row_set in self.row_sets:
                row_set.full_clean()
            self.check()

    def check(self) -> None:
        """Hook for rules between the form and its rows. All of them have been cleaned; some may be invalid."""

    def look_at(self, found: Any) -> None:
        """Hook to compare the form with the result of the review's read (WriteOperation.review_read), None if the read
        failed. May add errors."""

    def warnings(self) -> list[str]:
        """Return what a person should know about a valid form before sending it, although it is not an error."""
        sentence = gettext("ChartMogul keeps {field} only if {other} is {value}; otherwise it drops it.")
        return [
            sentence.format(**self.kept_in_words(name))
            for name, (other, value) in self.kept_with.items()
            if self.payload().get(name) and self.cleaned_data[other] != value
        ]

    def kept_in_words(self, name: str) -> dict[str, str]:
        """Return the labels and the value of a `kept_with` entry, to format a sentence about it."""
        other, value = self.kept_with[name]
        labels = {"field": str(self.fields[name].label), "other": str(self.fields[other].label)}
        return {**labels, "value": self.in_words(other, value)}

    def is_valid(self) -> bool:
        return super().is_valid() and all(row_set.is_valid() for row_set in self.row_sets)

    def path_values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.path_fields}

    def query(self) -> list[tuple[str, str]]:
        values = ((name, self.cleaned_data[name]) for name in self.query_fields)
        return [(name, str(value)) for name, value in values if value not in BLANK]

    def body_fields(self) -> list[str]:
        elsewhere = {*self.path_fields, *self.query_fields, *self.local_fields}
        return [name for name in self.fields if name not in elsewhere]

    def payload(self) -> dict[str, Any]:
        """Return the JSON body, without blank and invalid values."""
        body: dict[str, Any] = {}
        for name in self.body_fields():
            if (value := self.cleaned_data.get(name)) not in BLANK:
                put(body, self.body_path(name), self.sent(name, value))
        for row_set in self.row_sets:
            if rows := row_set.values():
                put(body, self.body_path(row_set.group.name), row_set.group.to_api(rows))
        return {self.wrapped_in: [body]} if self.wrapped_in else body

    @classmethod
    def record_in(cls, body: Any) -> Any:
        """Return the record in a body made by payload()."""
        return dig(body, f"{cls.wrapped_in}.0") if cls.wrapped_in else body

    @classmethod
    def body_path(cls, name: str) -> str:
        return cls.body_paths.get(name, name)

    def sent(self, name: str, value: Any) -> Any:
        """Return the JSON for a cleaned value of a field."""
        return sent(self.fields[name], value)

    # -- from a record to the values of the inputs

    def snapshot(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of a record that this form shows: field or group -> value as the API returned it."""
        names = [*self.base_fields, *(group.name for group in self.groups)]
        return {name: dig(record, self.body_path(name)) for name in names}

    def as_typed(self, snapshot: Mapping[str, Any]) -> dict[str, Any]:
        """Return the initial values of the inputs for a snapshot of a record."""
        values = {name: typed(field, snapshot.get(name)) for name, field in self.fields.items()}
        return values | {each.group.name: each.as_typed(snapshot.get(each.group.name)) for each in self.row_sets}

    # -- for the review

    def changes(self) -> list[Change]:
        """Return the lines of the review: what will be sent, in words."""
        lines = [
            self.change(name, None, self.cleaned_data[name])
            for name in (*self.path_fields, *self.query_fields, *self.body_fields())
            if self.cleaned_data[name] not in BLANK
        ]
        return lines + [
            Change(label=label, after=words)
            for row_set in self.row_sets
            if (rows := row_set.filled())
            for label, words in row_set.group.review(rows)
        ]

    def change(self, name: str, before: Any, after: Any) -> Change:
        """Return one line of the review, from cleaned values; for a list with the items added and removed."""
        field = self.fields[name]
        line = Change(label=str(field.label), before=self.in_words(name, before), after=self.in_words(name, after))
        if not hasattr(field, "each_in_words"):
            return line
        # Dicts keep the order of their keys and look them up in constant time.
        held, wanted = dict.fromkeys(before or ()), dict.fromkeys(after or ())
        return replace(
            line,
            # For a new list the added items are enough.
            after=line.after if held else "",
            added=tuple(field.each_in_words([item for item in wanted if item not in held])),
            removed=tuple(field.each_in_words([item for item in held if item not in wanted])),
        )

    def in_words(self, name: str, value: Any) -> str:
        return in_words(self.fields[name], value)

    # -- ChartMogul's errors, shown at the fields

    def add_api_errors(self, summary: str, field_errors: Mapping[str, list[str]]) -> None:
        """Show the errors of a refused write: at their field if the form has it, the others above the form."""
        for parameter, messages in field_errors.items():
            for message in messages:
                self._place(parameter, message)
        if not any(field_errors.values()) and not self._explain(summary):
            self.add_error(None, summary)

    def _explain(self, message: str) -> bool:
        """Show the explanation of a misleading text, if there is one. Return whether there is."""
        for text, (name, sentence) in self.explanations.items():
            if message.startswith(text):
                self.add_error(name, sentence)
                return True
        return False

    def _place(self, parameter: str, message: str) -> None:
        name = self._own_name(parameter)
        if self._explain(message):
            return
        if name in self.fields:
            self.add_error(name, message)
        elif not any(self._place_in_row(row_set, parameter, message) for row_set in self.row_sets):
            self.add_error(None, f"{parameter}: {message}" if parameter else message)

    def knows(self, parameter: str) -> bool:
        """Return whether ChartMogul's name for a parameter refers to one of the fields."""
        return self._own_name(parameter) in self.fields

    def _own_name(self, parameter: str) -> str:
        parameter = self._unwrapped(parameter)
        if parameter in self.error_names:
            return self.error_names[parameter]
        by_path = {path: name for name, path in self.body_paths.items()}
        return by_path.get(parameter, parameter)

    def _unwrapped(self, parameter: str) -> str:
        """Return `date` for `invoices[0].date` and `invoices.0.date`: there is only one in the list."""
        return (
            re.sub(rf"^{re.escape(self.wrapped_in)}(?:\[\d+\]|\.\d+)\.", "", parameter)
            if self.wrapped_in
            else parameter
        )

    def _place_in_row(self, row_set: RowSet, parameter: str, message: str) -> bool:
        """Show an error of a row: `line_items[2].plan_uuid`, `line_items.2.plan_uuid`. Return whether it is one.

        Without a number, such as `line_items.external_id`, it goes to the row if only one has that field filled in or
        if there is only one, else to the group.
        """
        group, parameter = row_set.group, re.sub(r"\[(\d+)\]", r".\1", self._unwrapped(parameter))
        for root in (group.name, self.body_path(group.name)):
            match = re.fullmatch(rf"{re.escape(root)}(?:\.(\d+))?(?:\.(.+))?", parameter)
            if not match:
                continue
            name, rows = match[2] or "", self._rows_meant(row_set, match[1], match[2] or "")
            if len(rows) == 1:
                rows[0].add_error(name, message)
            else:
                field = group.row_form.base_fields.get(name)
                row_set.errors.append(f"{field.label if field else name}: {message}" if name else message)
            return True
        return False

    def _rows_meant(self, row_set: RowSet, number: str | None, name: str) -> list[RowForm]:
        """Return the rows that an error may be about. ChartMogul numbers only the rows that were sent."""
        rows = [row for row in row_set.filled() if name in row.fields]
        if number is not None:
            return rows[int(number) : int(number) + 1]
        return [row for row in rows if row.cleaned_data.get(name) not in BLANK] or rows

    # -- for the templates

    @property
    def path_boxes(self) -> list[forms.BoundField]:
        return [self[name] for name in self.path_fields]

    @property
    def problem_list(self) -> list[tuple[str, str, str]]:
        return list(self.problems())

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Yield (id of the input, label, message) of each error at a field, for the summary at the top."""
        for name, errors in self.errors.items():
            if name in self.fields:
                bound = self[name]
                yield from ((bound.id_for_label, str(bound.label), str(message)) for message in errors)
        for row_set in self.row_sets:
            group = row_set.group
            yield from ((f"group_{group.name}", str(group.label), str(message)) for message in row_set.errors)
            for number, row in enumerate(row_set.rows, start=1):
                for name, errors in row.errors.items():
                    label = f"{capfirst(group.noun)} {number}"
                    if name in row.fields:
                        bound = row[name]
                        yield from ((bound.id_for_label, f"{label}, {bound.label}", str(message)) for message in errors)
                    else:
                        yield from ((f"group_{group.name}", label, str(message)) for message in errors)

    @property
    def has_amounts(self) -> bool:
        rows = (row_set.blank.fields for row_set in self.row_sets)
        return any(isinstance(field, CentsField) for fields in (self.fields, *rows) for field in fields.values())

    @property
    def amounts_held(self) -> str:
        return amounts.held(self)

    def has_problems(self) -> bool:
        return self.is_bound and (bool(self.errors) or any(self.problems()))
