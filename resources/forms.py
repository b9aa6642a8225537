"""ApiForm: a Django form that knows where its values go in an API call. UpdateForm: one that sends only changes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core import signing
from django.utils.functional import cached_property

from resources.fields import FormContext
from resources.json_paths import dig, put
from resources.rows import RowGroup, RowSet, bind_fields

BLANK: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of a review: what a field was and what it will be, in words."""

    label: str
    before: str = ""
    after: str = ""
    cleared: bool = False


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
    groups: ClassVar[tuple[RowGroup, ...]] = ()

    loads_by: ClassVar[str] = ""
    """The field whose record fills the others: a Load button follows it."""

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

    def is_valid(self) -> bool:
        # Every part is asked, so that all errors are shown at once.
        parts = [super().is_valid(), *(row_set.is_valid() for row_set in self.row_sets)]
        return all(parts)

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
        return body

    def body_path(self, name: str) -> str:
        return self.body_paths.get(name, name)

    def sent(self, name: str, value: Any) -> Any:
        """A cleaned value as JSON."""
        field = self.fields[name]
        return field.to_api(value) if hasattr(field, "to_api") else value

    # -- for the review

    def changes(self) -> list[Change]:
        """What will be sent, line by line, in words."""
        lines = [
            Change(label=str(self.fields[name].label), after=self.in_words(name, self.cleaned_data[name]))
            for name in (*self.path_fields, *self.query_fields, *self.body_fields())
            if self.cleaned_data[name] not in BLANK
        ]
        return lines + [
            Change(label=row_set.group.label, after=row_set.group.in_words(rows))
            for row_set in self.row_sets
            if (rows := row_set.values())
        ]

    def in_words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if value in BLANK:
            return ""
        return field.in_words(value) if hasattr(field, "in_words") else str(value)

    # -- ChartMogul's own errors, put beside the fields

    def add_api_errors(self, summary: str, field_errors: Mapping[str, list[str]]) -> None:
        """Show a refusal: each error at its field where the form has it, the rest above the form."""
        placed = False
        for parameter, messages in field_errors.items():
            for message in messages:
                placed = self._place(parameter, message) or placed
        if not placed:
            self.add_error(None, summary)

    def _place(self, parameter: str, message: str) -> bool:
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
        if parameter in self.error_names:
            return self.error_names[parameter]
        by_path = {path: name for name, path in self.body_paths.items()}
        return by_path.get(parameter, parameter)

    def _place_in_row(self, row_set: RowSet, parameter: str, message: str) -> bool:
        """`line_items[2].plan_uuid`, `line_items.2.plan_uuid`; without a number, at the group."""
        group = row_set.group
        for root in (group.name, self.body_path(group.name)):
            match = re.fullmatch(rf"{re.escape(root)}(?:[.\[](\d+)\]?)?(?:\.(.+))?", parameter)
            if not match:
                continue
            rows = row_set.filled()
            if match[1] and int(match[1]) < len(rows) and match[2] in rows[int(match[1])].fields:
                rows[int(match[1])].add_error(match[2], message)
            else:
                row_set.errors.append(f"{match[2]}: {message}" if match[2] else message)
            return True
        return False

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

    def __init__(
        self,
        data: Any = None,
        *,
        context: FormContext,
        initial: Mapping[str, Any] | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> None:
        self.opened: Mapping[str, Any] = {}
        if data is not None:
            self.opened = self._carried(data.get("opened", ""))
        elif record is not None:
            self.opened = self.snapshot(record)
        super().__init__(data, context=context, initial=initial)
        self.initial = {**self.initial_values(), **(initial or {})}
        if not self.is_bound:
            self.row_sets = [RowSet(group, None, self.initial.get(group.name, ()), context) for group in self.groups]

    def snapshot(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The part of a record that this form shows: field -> value as the API gave it."""
        names = [*self.base_fields, *(group.name for group in self.groups)]
        return {name: dig(record, self.body_path(name)) for name in names}

    def _carried(self, signed: str) -> dict[str, Any]:
        try:
            opened = signing.loads(signed, salt=self.SALT)
        except signing.BadSignature:
            return {}
        return opened if isinstance(opened, dict) else {}

    @property
    def opened_signed(self) -> str:
        return signing.dumps(dict(self.opened), salt=self.SALT, compress=True) if self.opened else ""

    def initial_values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = self.opened.get(name)
            read = getattr(field, "from_api", lambda value: "" if value is None else value)
            values[name] = read(value)
        for group in self.groups:
            values[group.name] = group.from_api(self.opened.get(group.name))
        return values

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # A value that ChartMogul holds and nobody touched is not sent, so it need not pass our checks.
        for name in [name for name in self.errors if name in self.fields and name not in self.changed_data]:
            if name not in self.path_fields:
                del self.errors[name]
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
        return [name for name in super().changed_data if not self._as_opened(name)]

    def _as_opened(self, name: str) -> bool:
        """Whether a box holds what it was given: what cleaning and the browser strip is no change of the person's."""
        first, typed = self.get_initial_for_field(self.fields[name], name), self[name].data
        if not isinstance(first, str) or not isinstance(typed, str):
            return False
        widget = self.fields[name].widget
        return as_a_browser_keeps(widget, typed) == as_a_browser_keeps(widget, first)

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

    def changes(self) -> list[Change]:
        lines = []
        for name in self.changed_fields():
            value = self.cleaned_data[name]
            lines.append(
                Change(
                    label=str(self.fields[name].label),
                    before=self.opened_in_words(name),
                    after=self.in_words(name, value),
                    cleared=value in BLANK,
                )
            )
        for row_set in self.row_sets:
            group = row_set.group
            if group.changed(self.opened.get(group.name), row_set.values()) is not None:
                before = group.from_api(self.opened.get(group.name))
                lines.append(
                    Change(label=group.label, before=group.in_words(before), after=group.in_words(row_set.values()))
                )
        return lines

    def opened_in_words(self, name: str) -> str:
        """The first value as the review shows it: through the field's own reading, so both sides look alike."""
        field, first = self.fields[name], self.initial.get(name)
        try:
            return self.in_words(name, field.clean(first)) if first not in BLANK else ""
        except forms.ValidationError:
            return str(first)


def as_a_browser_keeps(widget: forms.Widget, text: str) -> str:
    """What becomes of a text in a box: one of one line loses line ends, one for e-mail the blanks around it."""
    if isinstance(widget, forms.Textarea):
        return re.sub(r"\r\n|\r", "\n", text)
    one_line = re.sub(r"[\r\n]", "", text)
    return one_line.strip() if isinstance(widget, forms.EmailInput) else one_line
