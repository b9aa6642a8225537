"""A form as the JSON that it sends, and back: whoever has an invoice as JSON fills the form in with it."""

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
"""The box, and with it the page that has one in place of the form's own boxes."""


class JsonForm(AlertForm):
    json = JsonField(
        label=gettext_lazy("Request body"),
        rows=24,
        help_text=gettext_lazy("As the API accepts it. Back to the form and Review both read it into the fields."),
    )


def text_of(form: ApiForm) -> str:
    """What a bound form would send, as far as it is filled in."""
    form.is_valid()
    return json.dumps(form.payload(), indent=2, ensure_ascii=False)


def would_lose(form: ApiForm) -> bool:
    """Whether something stands in a bound form that cannot be sent, and so is not in its JSON."""
    parts: list[forms.BaseForm] = [form, *(row for row_set in form.row_sets for row in row_set.filled())]
    return any(part[name].data for part in parts for name in part.errors if name in part.fields)


def record_in(form_class: type[ApiForm], text: str) -> Mapping[str, Any]:
    """The object that a text is about, wrapped as it is sent or bare. Raises ValidationError."""
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
    """What would be typed for a record, and the paths of what no box can hold. `kept` are the values of the boxes that
    stay beside the JSON. Raises ValidationError where it speaks of another value than they hold, and for too many
    rows."""
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
    # In cents, whatever the person types amounts in elsewhere: what is no whole number of them is refused, not read.
    return _as_posted(form_class(context=replace(context, amounts_in=CENTS), initial=first)), left


def _left_out(form: forms.BaseForm, record: Mapping[str, Any]) -> Iterator[str]:
    return (name for name, value in record.items() if value not in BLANK and name not in _typed(form, {name: value}))


def _typed(form: forms.BaseForm, record: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the boxes for those values of a record that they can hold."""
    values = {}
    for name, value in record.items():
        field = form.fields.get(name)
        if field is None or (not hasattr(field, "from_api") and isinstance(value, bool | list | dict)):
            continue
        if (text := typed(field, value)) not in BLANK:
            values[name] = text
    return values


def _as_posted(form: ApiForm) -> QueryDict:
    """What a browser would post for a form as it opens."""
    data = QueryDict(mutable=True)
    data[MARK] = CENTS
    for part in (form, *(row for row_set in form.row_sets for row in row_set.rows)):
        for box in part:
            value = box.value()
            data[box.html_name] = "" if value is None else str(value)
    return data
