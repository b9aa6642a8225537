"""ApiForm: a Django form that knows where its values go in an API call. UpdateForm: one that sends only changes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django import forms
from django.core import signing
from django.utils.functional import cached_property

from resources.fields import FormContext, as_posted
from resources.json_paths import dig, put
from resources.rows import BLANK, RowForm, RowGroup, RowSet, bind_fields, in_words, sent


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of a review: what a field was and what it will be, in words."""

    label: str
    before: str = ""
    after: str = ""
    cleared: bool = False
    theirs: str | None = None
    """What it is at ChartMogul by now, where that is no longer what the form was opened with."""
    added: tuple[str, ...] = ()
    """Of a list, which a write replaces as a whole: what comes to it and what goes."""
    removed: tuple[str, ...] = ()


class ApiForm(forms.Form):
    """Inputs of one operation. All fields are the body unless named otherwise."""

    path_fields: ClassVar[tuple[str, ...]] = ()
    query_fields: ClassVar[tuple[str, ...]] = ()
    local_fields: ClassVar[tuple[str, ...]] = ()
    """Never sent: limits, and facts that are only shown."""
    body_paths: ClassVar[Mapping[str, str]] = {}
    """Where a field goes in the body when it is not under its own name: `{"tags": "attributes.tags"}`."""
    error_names: ClassVar[Mapping[str, str]] = {}
    """Names by which ChartMogul's errors call a field, where they differ: `{"plan_ids": "plans"}`."""
    explanations: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """What a text of ChartMogul's means here where it misleads: its beginning -> (the field it is about, the sentence
    to show instead)."""
    restores: ClassVar[Mapping[str, str]] = {}
    """To undo a write that sent a field: the field that is put back instead, where it is another."""
    groups: ClassVar[tuple[RowGroup, ...]] = ()
    wrapped_in: ClassVar[str] = ""
    """For an endpoint that takes several at once: the key of the body whose list holds this one."""

    loads_by: ClassVar[str] = ""
    """The field whose record fills the others: a Load button follows it."""
    loads_with: ClassVar[tuple[str, ...]] = ("uuid",)
    """The fields that Load needs to find that record."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, context: FormContext, initial: Mapping[str, Any] | None = None) -> None:
        initial = dict(initial or {})
        super().__init__(data, initial=initial)
        self.context = context
        bind_fields(self, context)
        self.row_sets = [
            RowSet(group, self.data if self.is_bound else None, initial.get(group.name, ()), context)
            for group in self.groups
        ]

    # -- from what was typed to the request

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            for row_set in self.row_sets:
                row_set.full_clean()
            self.check()

    def check(self) -> None:
        """Rules between the form and its rows, for forms to override: all of them were read, some may be wrong."""

    def warnings(self) -> list[str]:
        """What a person should know of a valid form before sending it, though it is no error."""
        return []

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
        """The JSON body; what was left blank is left out."""
        body: dict[str, Any] = {}
        for name in self.body_fields():
            if (value := self.cleaned_data[name]) not in BLANK:
                put(body, self.body_path(name), self.sent(name, value))
        for row_set in self.row_sets:
            if rows := row_set.values():
                put(body, self.body_path(row_set.group.name), row_set.group.to_api(rows))
        return {self.wrapped_in: [body]} if self.wrapped_in else body

    def body_path(self, name: str) -> str:
        return self.body_paths.get(name, name)

    def sent(self, name: str, value: Any) -> Any:
        """A cleaned value as JSON."""
        return sent(self.fields[name], value)

    # -- from a record to what stands in the boxes

    def snapshot(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The part of a record that this form shows: field -> value as the API gave it."""
        names = [*self.base_fields, *(group.name for group in self.groups)]
        return {name: dig(record, self.body_path(name)) for name in names}

    def as_typed(self, snapshot: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in each box for the values of a record."""
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = snapshot.get(name)
            read = getattr(field, "from_api", lambda value: "" if value is None else value)
            values[name] = read(value)
        for group in self.groups:
            values[group.name] = group.from_api(snapshot.get(group.name))
        return values

    # -- for the review

    def changes(self) -> list[Change]:
        """What will be sent, line by line, in words."""
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
        """One line of the review, from cleaned values; of a list, with what comes to it and what goes."""
        field = self.fields[name]
        line = Change(label=str(field.label), before=self.in_words(name, before), after=self.in_words(name, after))
        if not hasattr(field, "each_in_words"):
            return line
        # As keys of dicts they keep their order and are found at once.
        held, wanted = dict.fromkeys(before or ()), dict.fromkeys(after or ())
        return replace(
            line,
            # Of a new list the items say it all.
            after=line.after if held else "",
            added=tuple(field.each_in_words([item for item in wanted if item not in held])),
            removed=tuple(field.each_in_words([item for item in held if item not in wanted])),
        )

    def in_words(self, name: str, value: Any) -> str:
        return in_words(self.fields[name], value)

    # -- ChartMogul's own errors, put beside the fields

    def add_api_errors(self, summary: str, field_errors: Mapping[str, list[str]]) -> None:
        """Show a refusal: each error at its field where the form has it, the rest above the form."""
        placed = False
        for parameter, messages in field_errors.items():
            for message in messages:
                placed = self._place(parameter, message) or placed
        if not placed and not self._explain(summary):
            self.add_error(None, summary)

    def _explain(self, message: str) -> bool:
        """Show the sentence that says what a misleading text means, where there is one."""
        for text, (name, sentence) in self.explanations.items():
            if message.startswith(text):
                self.add_error(name, sentence)
                return True
        return False

    def _place(self, parameter: str, message: str) -> bool:
        if self._explain(message):
            return True
        name = self._own_name(parameter)
        if name in self.fields:
            self.add_error(name, message)
            return True
        for row_set in self.row_sets:
            if self._place_in_row(row_set, parameter, message):
                return True
        self.add_error(None, f"{parameter}: {message}" if parameter else message)
        return True

    def _own_name(self, parameter: str) -> str:
        parameter = self._unwrapped(parameter)
        if parameter in self.error_names:
            return self.error_names[parameter]
        by_path = {path: name for name, path in self.body_paths.items()}
        return by_path.get(parameter, parameter)

    def _unwrapped(self, parameter: str) -> str:
        """`invoices[0].date` and `invoices.0.date` are the `date` of the one that was sent."""
        return (
            re.sub(rf"^{re.escape(self.wrapped_in)}(?:\[\d+\]|\.\d+)\.", "", parameter)
            if self.wrapped_in
            else parameter
        )

    def _place_in_row(self, row_set: RowSet, parameter: str, message: str) -> bool:
        """`line_items[2].plan_uuid`, `line_items.2.plan_uuid`. Without a number, such as `line_items.external_id`:
        at the row if only one has that field filled in, else at the group."""
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
        """The rows that an error of ChartMogul's may be about: it counts the rows that were sent."""
        rows = [row for row in row_set.filled() if name in row.fields]
        if number is not None:
            return rows[int(number) : int(number) + 1]
        return [row for row in rows if row.cleaned_data.get(name) not in BLANK]

    # -- for the templates

    @property
    def problem_list(self) -> list[tuple[str, str, str]]:
        return list(self.problems())

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """(id of the input, label, message) of each error at a field, for the summary at the top."""
        for name, errors in self.errors.items():
            if name in self.fields:
                bound = self[name]
                yield from ((bound.id_for_label, str(bound.label), str(message)) for message in errors)
        for row_set in self.row_sets:
            group = row_set.group
            yield from ((f"group_{group.name}", group.label, message) for message in row_set.errors)
            for number, row in enumerate(row_set.rows, start=1):
                for name, errors in row.errors.items():
                    label = f"{group.noun.capitalize()} {number}"
                    if name in row.fields:
                        bound = row[name]
                        yield from ((bound.id_for_label, f"{label}, {bound.label}", str(message)) for message in errors)
                    else:
                        yield from ((f"group_{group.name}", label, str(message)) for message in errors)

    def has_problems(self) -> bool:
        return self.is_bound and (bool(self.errors) or any(True for _ in self.problems()))


class UpdateForm(ApiForm):
    """Sends only what changed since the form was opened, and null for what was emptied.

    The values at opening travel with the form, signed, so that "left alone", "changed" and "emptied" can be told
    apart without a second read, and a change made at ChartMogul meanwhile can be noticed.
    """

    SALT = "resources.opened"
    path_fields = ("uuid",)
    loads_by = "uuid"
    never_empty: ClassVar[Mapping[str, str]] = {}
    """Fields that ChartMogul does not let be emptied -> what to say to somebody who does. Left alone, they are fine."""

    def __init__(
        self,
        data: Any = None,
        *,
        context: FormContext,
        initial: Mapping[str, Any] | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> None:
        self.opened: Mapping[str, Any] = {}
        self.now: Mapping[str, Any] = {}
        if data is not None:
            self.opened = self._carried(data.get("opened", ""))
        elif record is not None:
            self.opened = self.snapshot(record)
        self.before = self.opened
        super().__init__(data, context=context, initial=initial)
        self.initial = {**self.as_typed(self.opened), **(initial or {})}
        if not self.is_bound:
            self.row_sets = [RowSet(group, None, self.initial.get(group.name, ()), context) for group in self.groups]

    def _carried(self, signed: str) -> dict[str, Any]:
        try:
            opened = signing.loads(signed, salt=self.SALT)
        except signing.BadSignature:
            return {}
        return opened if isinstance(opened, dict) else {}

    @property
    def opened_signed(self) -> str:
        return signing.dumps(dict(self.opened), salt=self.SALT, compress=True) if self.opened else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # A value that ChartMogul holds and nobody touched is not sent, so it need not pass our checks.
        for name in [name for name in self.errors if name in self.fields and name not in self.changed_data]:
            if name not in self.path_fields:
                del self.errors[name]
        for name, message in self.never_empty.items():
            if name in self.changed_data and name not in self.errors and cleaned[name] in BLANK:
                self.add_error(name, message)
        for name in self.path_fields:
            chosen = cleaned.get(name)
            if self.opened and chosen and chosen != self.opened.get(name):
                self.add_error(
                    name, "The values below belong to another record. Press Load to start from this one's values."
                )
        return cleaned

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        if not self.payload():
            self.add_error(None, "Nothing was changed, so there is nothing to send.")
            return False
        return True

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that were touched: a stored text that no box can give back as it is does not count as changed."""
        return [name for name in super().changed_data if not self._came_back(name)]

    def _came_back(self, name: str) -> bool:
        first, posted = self.initial.get(name), self.data.get(name)
        one_line = not isinstance(self.fields[name].widget, forms.Textarea)
        return one_line and isinstance(posted, str) and as_posted(str(first or "")) == as_posted(posted)

    def changed_fields(self) -> list[str]:
        return [name for name in self.body_fields() if name in self.changed_data]

    def payload(self) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name in self.changed_fields():
            value = self.cleaned_data[name]
            emptied: list[Any] | None = [] if isinstance(value, list) else None
            put(body, self.body_path(name), emptied if value in BLANK else self.sent(name, value))
        for row_set in self.row_sets:
            group = row_set.group
            if (value := group.changed(self.opened.get(group.name), row_set.values())) is not None:
                put(body, self.body_path(group.name), value)
        return body

    def compare_with(self, record: Mapping[str, Any]) -> None:
        """Let the review tell what changes from the record as it is now, and what changed there meanwhile."""
        self.now = self.snapshot(record)
        if not self.opened:
            self.before = self.now

    @property
    def moved(self) -> list[str]:
        """The fields that somebody else changed at ChartMogul since the form was opened."""
        return [name for name, value in self.now.items() if name in self.opened and self.opened[name] != value]

    def warnings(self) -> list[str]:
        said = super().warnings()
        if moved := [self.label_of(name) for name in self.moved]:
            said.append(
                f"Changed at ChartMogul since you opened the form: {', '.join(moved)}. Their value stands below."
            )
        return said

    def label_of(self, name: str) -> str:
        if name in self.fields:
            return str(self.fields[name].label)
        return next(group.label for group in self.groups if group.name == name)

    def theirs(self, name: str) -> str | None:
        """A field's value at ChartMogul by now, in words, where it is not the one that the form was opened with."""
        if name not in self.moved:
            return None
        value = self.as_typed(self.now)[name]
        group = next((group for group in self.groups if group.name == name), None)
        if group:
            return group.in_words(value)
        try:
            return self.in_words(name, self.fields[name].clean(value)) if value not in BLANK else ""
        except forms.ValidationError:
            return str(value)

    def changes(self) -> list[Change]:
        values = self.as_typed(self.before)
        lines = [replace(self.changed(name, values[name]), theirs=self.theirs(name)) for name in self.changed_fields()]
        for row_set in self.row_sets:
            group = row_set.group
            if group.changed(self.opened.get(group.name), row_set.values()) is not None:
                before = group.from_api(self.before.get(group.name))
                lines.append(
                    Change(
                        label=group.label,
                        before=group.in_words(before),
                        after=group.in_words(row_set.values()),
                        theirs=self.theirs(group.name),
                    )
                )
        return lines

    def changed(self, name: str, first: Any) -> Change:
        """One line: the first value through the field's own reading, so that both sides of the review look alike."""
        after = self.cleaned_data[name]
        try:
            line = self.change(name, self.fields[name].clean(first) if first not in BLANK else None, after)
        except forms.ValidationError:
            line = replace(self.change(name, None, after), before=str(first))
        return replace(line, cleared=after in BLANK)
