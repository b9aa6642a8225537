"""A form as the JSON that it sends, and back: an invoice that exists as JSON can be pasted to fill in the form."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.forms import AlertForm
from resources.form_context import FormContext
from resources.forms import ApiForm
from resources.json_field import JsonField
from resources.json_paths import rows_at
from resources.major_units import CENTS, MARK
from resources.rows import BLANK, MOST_ROWS, typed

NAME = "json"
"""Name of the JSON field, and so of the page that has it in place of the form's own fields."""


class JsonForm(AlertForm):
    json = JsonField(
        label=gettext_lazy("Request body"),
        rows=24,
        help_text=gettext_lazy("As the API accepts it. Back to the form and Review both read it into the fields."),
    )


def text_of(form: ApiForm) -> str:
    """Return the JSON that a bound form would send, as far as it is filled in."""
    form.is_valid()
    return json.dumps(form.payload(), indent=2, ensure_ascii=False)


def would_lose(form: ApiForm) -> bool:
    """Return whether a bound form holds an invalid value, which is missing from its JSON."""
    parts: list[forms.BaseForm] = [form, *(row for row_set in form.row_sets for row in row_set.filled())]
    return any(part[name].data for part in parts for name in part.errors if name in part.fields)


def record_in(form_class: type[ApiForm], text: str) -> Mapping[str, Any]:
    """Return the record in a JSON text, wrapped as it is sent or bare. Raises ValidationError."""
    found = json.loads(text)
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise forms.ValidationError(_("The text in this JSON is not valid Unicode.")) from None
    wrapper = form_class.wrapped_in
    if wrapper and isinstance(found, Mapping) and wrapper in found:
        if not isinstance(found[wrapper], list) or len(found[wrapper]) != 1:
            raise forms.ValidationError(_("“{name}” must be a list with exactly one entry.").format(name=wrapper))
        found = found[wrapper][0]
    if not isinstance(found, Mapping):
        raise forms.ValidationError(_("This must be a JSON object, in braces."))
    return found


def read(
    form_class: type[ApiForm], record: Mapping[str, Any], context: FormContext, kept: Mapping[str, Any]
) -> tuple[QueryDict, list[str]]:
    """Return the data that a browser would post for a record, and the paths of values that no field can hold.

    `kept` are the values of the fields that stay beside the JSON. Raises ValidationError if the record has another
    value for one of them, and for too many rows.
    """
    boxes = form_class(context=context)
    groups = {row_set.group.name: row_set.blank for row_set in boxes.row_sets}
    left = list(_left_out(boxes, {name: value for name, value in record.items() if name not in groups}))
    first: dict[str, Any] = _typed(boxes, record)
    for name, value in kept.items():
        if value and first.setdefault(name, value) != value:
            said = _("The JSON has another value for {field} than the box above: {value}.")
            raise forms.ValidationError(said.format(field=boxes[name].label, value=first[name]))
    for name, blank in groups.items():
        rows = rows_at(record, name)
        if len(rows) > MOST_ROWS:
            raise forms.ValidationError(_("“{name}” has more than {most} rows.").format(name=name, most=MOST_ROWS))
        if record.get(name) not in (*BLANK, rows):
            left.append(name)
        left += [f"{name}.{number}.{path}" for number, row in enumerate(rows) for path in _left_out(blank, row)]
        first[name] = [_typed(blank, row) for row in rows]
    # In cents, whatever unit the person types amounts in elsewhere: other than whole numbers of cents are refused.
    return _as_posted(form_class(context=replace(context, amounts_in=CENTS), initial=first)), left


def _left_out(form: forms.BaseForm, record: Mapping[str, Any]) -> Iterator[str]:
    return (name for name, value in record.items() if value not in BLANK and name not in _typed(form, {name: value}))


def _typed(form: forms.BaseForm, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the initial values of the fields, for the values of a record that they can hold."""
    values = {}
    for name, value in record.items():
        field = form.fields.get(name)
        if field is None or (not hasattr(field, "from_api") and isinstance(value, bool | list | dict)):
            continue
        if (text := typed(field, value)) not in BLANK:
            values[name] = text
    return values


def _as_posted(form: ApiForm) -> QueryDict:
    """Return what a browser would post for an untouched form."""
    data = QueryDict(mutable=True)
    data[MARK] = CENTS
    for part in (form, *(row for row_set in form.row_sets for row in row_set.rows)):
        for box in part:
            value = box.value()
            data[box.html_name] = "" if value is None else str(value)
    return data
