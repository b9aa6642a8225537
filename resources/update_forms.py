"""UpdateForm: an ApiForm that sends only what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, ClassVar, Self, cast
from urllib.parse import urlencode

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from connections.words import Words
from resources.fields import came_back
from resources.form_context import FormContext
from resources.forms import ApiForm, Change
from resources.json_paths import BLANK, put
from resources.rows import RowSet


class UpdateForm(ApiForm):
    """Sends only what changed since the form was opened, and null for what was emptied.

    The form carries the values it was opened with, signed, so that "unchanged", "changed" and "emptied" can be told
    apart without a second read, and a change made at ChartMogul in the meantime can be detected.
    """

    SALT = "resources.opened"
    path_fields = ("uuid",)
    loads_by = "uuid"
    never_empty: ClassVar[Mapping[str, Words]] = {}
    """Fields that ChartMogul does not allow to be emptied -> the error message for it. Unchanged, they may be empty."""

    def __init__(
        self,
        data: Any = None,
        *,
        context: FormContext,
        initial: Mapping[str, Any] | None = None,
        record: Mapping[str, Any] | None = None,
        whole: bool = False,
    ) -> None:
        """`initial` overrides the record's values. For a list it is added to them, or with `whole` replaces them."""
        self.opened: Mapping[str, Any] = {}
        self.now: Mapping[str, Any] = {}
        self.there: frozenset[str] = frozenset()
        """The changed fields and groups that ChartMogul already has as they are to be. They are not sent."""
        if data is not None:
            self.opened = self._carried(data.get("opened", ""))
        elif record is not None:
            self.opened = self.snapshot(record)
        self.before = self.opened
        super().__init__(data, context=context, initial=initial)
        held, given = self.as_typed(self.opened), dict(initial or {})
        self.initial = held | (given if whole or not self.opened else self.joined(held, given))
        if not self.is_bound:
            self.row_sets = [RowSet(group, None, self.initial.get(group.name, ()), context) for group in self.groups]

    def joined(self, held: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return `given`, with each list that can be merged extended by what the record holds."""
        parts: dict[str, Any] = {**self.fields, **{group.name: group for group in self.groups}}
        lists = {name: parts[name] for name in given if hasattr(parts.get(name), "joined")}
        return {**given, **{name: each.joined(held[name], given[name]) for name, each in lists.items()}}

    def _carried(self, signed: str) -> dict[str, Any]:
        try:
            opened = signing.loads(signed, salt=self.SALT)
        except signing.BadSignature:
            return {}
        return opened if isinstance(opened, dict) else {}

    @property
    def opened_signed(self) -> str:
        return self.carrying(self.opened) if self.opened else ""

    def carrying(self, snapshot: Mapping[str, Any]) -> str:
        return signing.dumps(dict(snapshot), salt=self.SALT, compress=True)

    @property
    def address(self) -> str:
        """The query that opens the form again for the same record; "" if it was not opened with one."""
        if not self.opened:
            return ""
        held = self.cleaned_data if self.is_bound else self.initial
        chosen = {name: held[name] for name in self.loads_with if held.get(name)}
        return "?" + urlencode({**chosen, "uuid": self.opened["uuid"]})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # A value of ChartMogul's that was not changed is not sent, so it need not pass our validation.
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
                    name, _("The values below belong to another record. Press Load to start from this one's values.")
                )
        return cleaned

    def is_valid(self) -> bool:
        if super().is_valid():
            self.check_changes()
        return not self.has_problems()

    def check_changes(self) -> None:
        """Add an error to an otherwise valid form that changes nothing. It says why at the group whose rows were edited
        to no effect."""
        if self.payload():
            return
        doubted = [(row_set, doubts) for row_set, doubts in self.doubts(self.opened) if doubts]
        for row_set, doubts in doubted:
            row_set.errors.append(" ".join([*doubts, _("Nothing else was changed, so there is nothing to send.")]))
        if not doubted:
            self.add_error(None, _("Nothing was changed, so there is nothing to send."))

    def doubts(self, record: Mapping[str, Any]) -> Iterator[tuple[RowSet, list[str]]]:
        """Yield each row set with what a person should know about its rows, given the record's snapshot."""
        for row_set in self.row_sets:
            yield row_set, row_set.group.doubts(record.get(row_set.group.name), row_set.values())

    @cached_property
    def changed_data(self) -> list[str]:
        """The changed fields, not counting stored texts that an untouched input cannot post back unaltered."""
        return [name for name in super().changed_data if not self._came_back(name)]

    def _came_back(self, name: str) -> bool:
        one_line = not isinstance(self.fields[name].widget, forms.Textarea)
        return one_line and came_back(self.initial.get(name), self[name].data)

    def typed(self) -> dict[str, Any]:
        """Return what was changed in a posted form since it was opened, as it was typed, without the fields that Load
        needs."""
        values = {name: self[name].data for name in self.changed_data if name not in self.loads_with}
        for row_set in self.row_sets:
            if row_set.differs_from(self.initial[row_set.group.name]):
                values[row_set.group.name] = row_set.typed()
        return values

    def changed_fields(self) -> list[str]:
        return [name for name in self.body_fields() if name in self.changed_data and name not in self.there]

    def changed_groups(self) -> dict[str, Any]:
        """Return what is sent for each group of rows that was changed."""
        changed = {
            row_set.group.name: row_set.group.changed(self.opened.get(row_set.group.name), row_set.values())
            for row_set in self.row_sets
        }
        return {name: value for name, value in changed.items() if value is not None and name not in self.there}

    def payload(self) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name in self.changed_fields():
            value = self.cleaned_data[name]
            emptied: list[Any] | None = [] if isinstance(value, list) else None
            put(body, self.body_path(name), emptied if value in BLANK else self.sent(name, value))
        for name, value in self.changed_groups().items():
            put(body, self.body_path(name), value)
        return body

    def compare_with(self, record: Mapping[str, Any]) -> None:
        """Let the review compare with the current record too, so that it shows what changed at ChartMogul since the
        form was opened, and sends nothing that is there already, such as what the person has just sent."""
        self.now = self.snapshot(record)
        if not self.opened:
            self.before = self.now
        self.there = frozenset()
        differs = self.opened_with(self.now).changed()
        self.there = frozenset(name for name in self.changed() if name not in differs)

    def changed(self) -> list[str]:
        return [*self.changed_fields(), *self.changed_groups()]

    def opened_with(self, snapshot: Mapping[str, Any]) -> Self:
        """Return the same form as if it had been opened with this snapshot."""
        data = cast(QueryDict, self.data).copy()
        data["opened"] = self.carrying(snapshot)
        form = type(self)(data, context=self.context)
        form.full_clean()
        return form

    def overwrites(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
        """Return the labels of the fields that this form writes and that differ between two reads of the record."""
        old, new = self.snapshot(before), self.snapshot(now)
        touched = (*self.changed(), *self.dropped(new))
        return [self.label_of(name) for name in touched if old.get(name) != new.get(name)]

    def dropped(self, held: Mapping[str, Any]) -> list[str]:
        """Return the fields that are not sent but that ChartMogul drops because of a field that is (`kept_with`)."""
        sent = self.changed_fields()
        return [
            name
            for name, (other, value) in self.kept_with.items()
            if other in sent and name not in sent and self.cleaned_data[other] != value
            if held.get(name) not in BLANK
        ]

    @property
    def moved(self) -> list[str]:
        """The fields that changed at ChartMogul since the form was opened, except those that are as they are to be."""
        names = [name for name in self.now if name in self.opened and name not in self.there]
        return [name for name in names if self.opened[name] != self.now[name]]

    def warnings(self) -> list[str]:
        said = super().warnings()
        if moved := [self.label_of(name) for name in self.moved]:
            sentence = _(
                "Changed in ChartMogul since you opened the form: {fields}. The current values are shown below."
            )
            said.append(sentence.format(fields=", ".join(moved)))
        sentence = _(
            "ChartMogul keeps {field} only if {other} is {value}, so this also clears “{held}”. To keep it, leave "
            "{other} unchanged. Restore these fields, which is offered after sending, brings both back."
        )
        there = self.now or self.opened
        said += [sentence.format(**self.kept_in_words(name), held=there[name]) for name in self.dropped(there)]
        return [*said, *chain.from_iterable(doubts for _row_set, doubts in self.doubts(there))]

    def label_of(self, name: str) -> str:
        if name in self.fields:
            return str(self.fields[name].label)
        return next(str(group.label) for group in self.groups if group.name == name)

    def theirs(self, name: str) -> str | None:
        """Return ChartMogul's current value of a field, in words; None if it has not changed since the form was
        opened."""
        if name not in self.moved:
            return None
        group = next((group for group in self.groups if group.name == name), None)
        if group:
            return group.in_words(group.held(self.now.get(name)))
        value = self.as_typed(self.now)[name]
        try:
            return self.in_words(name, self.fields[name].clean(value)) if value not in BLANK else ""
        except forms.ValidationError:
            return str(value)

    def changes(self) -> list[Change]:
        values = self.as_typed(self.before)
        lines = [replace(self.line(name, values[name]), theirs=self.theirs(name)) for name in self.changed_fields()]
        lines += [
            replace(self.line(name, values[name]), after="", cleared=True, theirs=self.theirs(name))
            for name in self.dropped(self.now or self.opened)
        ]
        sent = self.changed_groups()
        for row_set in self.row_sets:
            group = row_set.group
            if group.name in sent:
                before = group.held(self.before.get(group.name))
                lines.append(
                    Change(
                        label=str(group.label),
                        before=group.in_words(before),
                        after=group.in_words(group.left_with(before, row_set.values())),
                        theirs=self.theirs(group.name),
                    )
                )
        return lines

    def line(self, name: str, first: Any) -> Change:
        """Return one line of the review. The initial value is cleaned by the field, so that both sides look alike."""
        after = self.cleaned_data[name]
        try:
            line = self.change(name, self.fields[name].clean(first) if first not in BLANK else None, after)
        except forms.ValidationError:
            line = replace(self.change(name, None, after), before=str(first))
        if name in self.moved and hasattr(self.fields[name], "each_in_words"):
            # The items added and removed are relative to ChartMogul's current list.
            there = self.change(name, self.fields[name].clean(self.as_typed(self.now)[name]), after)
            line = replace(line, added=there.added, removed=there.removed)
        return replace(line, cleared=after in BLANK)
