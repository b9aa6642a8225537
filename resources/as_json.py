"""A form as the JSON that it sends, and back: an invoice that exists as JSON can be pasted to fill in the form."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.forms import AlertForm
from resources import amounts
from resources.fields import as_posted
from resources.form_context import FormContext
from resources.forms import ApiForm
from resources.json_field import JsonField
from resources.json_paths import rows_at
from resources.major_units import CENTS, MARK
from resources.rows import BLANK, MOST_ROWS, NOT_FOR_THIS, typed

NAME = "json"
"""Name of the JSON field, and so of the page that has it in place of the form's own fields."""
CARRIED = ("draft_id", "restore", amounts.HELD)
"""What a form posts along with its fields."""
NOT_SHOWN = ("invalid_choice", "null_characters_not_allowed", NOT_FOR_THIS)
"""Codes of errors about values that the page of the form does not show with the error: a select shows its first option
instead, and a field that does not belong to its row is hidden."""
MOST_PROBLEMS = 10
"""The most problems that are named at once."""


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


def record_in(form_class: type[ApiForm], text: str) -> tuple[Mapping[str, Any], list[str]]:
    """Return the record in a JSON text, wrapped as it is sent or bare, and the keys beside it. Raises
    ValidationError."""
    # Fractions stay as they are written: a float could have other digits.
    found = json.loads(text, parse_float=str, object_pairs_hook=_without_twins)
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise forms.ValidationError(_("The text in this JSON is not valid Unicode.")) from None
    wrapper, beside = form_class.wrapped_in, []
    if wrapper and isinstance(found, Mapping) and wrapper in found:
        if not isinstance(found[wrapper], list) or len(found[wrapper]) != 1:
            raise forms.ValidationError(_("“{name}” must be a list with exactly one entry.").format(name=wrapper))
        beside = [name for name, value in found.items() if name != wrapper and value not in BLANK]
        found = found[wrapper][0]
    if not isinstance(found, Mapping):
        raise forms.ValidationError(_("This must be a JSON object, in braces."))
    return found, beside


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object with these keys and values. Raises ValidationError if two keys are equal."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            # Half of a surrogate pair cannot be shown.
            shown = key.encode(errors="backslashreplace").decode()
            raise forms.ValidationError(_("“{name}” is twice in the same JSON object.").format(name=shown))
        found[key] = value
    return found


def read(form: ApiForm, record: Mapping[str, Any], context: FormContext) -> tuple[ApiForm, list[str]]:
    """Return the bound form that a record fills in, and the paths of values that it has no field for.

    `form` was posted along with the JSON: its path fields, and what it carries along, stay. Raises ValidationError if
    the record has another value for a path field, too many rows, or a value that its field cannot hold.
    """
    form_class = type(form)
    boxes = form_class(context=context)
    groups = {row_set.group.name: row_set.blank for row_set in boxes.row_sets}
    own = {name: value for name, value in record.items() if name not in groups}
    first: dict[str, Any] = _typed(boxes, own)
    for name in form.path_fields:
        if (value := form[name].data) and first.setdefault(name, value) != value:
            said = _("The JSON has another value for {field} than the box above: {value}.")
            raise forms.ValidationError(said.format(field=boxes[name].label, value=first[name]))
    parts: list[tuple[str, forms.BaseForm, Mapping[str, Any]]] = [("", boxes, own)]
    for name, blank in groups.items():
        rows = rows_at(record, name)
        if record.get(name) not in (*BLANK, rows):
            raise forms.ValidationError(_("“{name}” must be a list of JSON objects.").format(name=name))
        if len(rows) > MOST_ROWS:
            raise forms.ValidationError(_("“{name}” has more than {most} rows.").format(name=name, most=MOST_ROWS))
        parts += [(f"{name}.{number}.", blank, row) for number, row in enumerate(rows)]
        first[name] = [{**dict.fromkeys(_without_blank(blank), ""), **_typed(blank, row)} for row in rows]
    data = _as_posted(form_class, context, first)
    for name in CARRIED:
        if carried := form.data.get(name):
            data[name] = carried
    filled = form_class(data, context=context)
    problems = [f"{path}{problem}" for path, part, values in parts for problem in _unfit(part, values)]
    if problems := [*problems, *_not_shown(filled)][:MOST_PROBLEMS]:
        raise forms.ValidationError(problems)
    given = ((f"{path}{name}", name in part.fields, value) for path, part, row in parts for name, value in row.items())
    return filled, [path for path, has_field, value in given if not has_field and value not in BLANK]


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


def _without_blank(form: forms.BaseForm) -> list[str]:
    """Return the names of the selects without an empty option: a browser would choose the first one."""
    selects = {name: field for name, field in form.fields.items() if isinstance(field, forms.ChoiceField)}
    return [name for name, field in selects.items() if "" not in dict(cast(Any, field.choices))]


def _unfit(form: forms.BaseForm, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield each field whose value in the record would get lost in its input, wholly or in part, with the reason."""
    held = _typed(form, record)
    wholly = _("The field of the form cannot hold this value.")
    partly = _("The form would drop its line breaks, and its spaces at the beginning and the end.")
    for name, value in record.items():
        if name not in form.fields or value in BLANK:
            continue
        text = str(held.get(name, ""))
        if not text:
            yield f"{name}: {wholly}"
        elif isinstance(form.fields[name].widget, forms.TextInput) and text != as_posted(text):
            yield f"{name}: {partly}"


def _not_shown(form: ApiForm) -> Iterator[str]:
    """Yield the path of each value of a bound form that the page of the form would not show, with the reason."""
    parts: list[tuple[str, forms.BaseForm]] = [("", form)]
    for row_set in form.row_sets:
        parts += [(f"{row_set.group.name}.{number}.", row) for number, row in enumerate(row_set.rows)]
    for path, part in parts:
        for name, errors in part.errors.as_data().items():
            for error in errors:
                is_chosen = error.code == "required" and name in _without_blank(part)
                if is_chosen or error.code in NOT_SHOWN:
                    yield f"{path}{name}: {' '.join(error.messages)}"


def untouched(form: ApiForm) -> ApiForm:
    """Return an unbound form as a browser would post it."""
    return type(form)(_as_posted(type(form), form.context, form.initial), context=form.context)


def _as_posted(form_class: type[ApiForm], context: FormContext, initial: Mapping[str, Any]) -> QueryDict:
    """Return what a browser would post for an untouched form with these initial values."""
    # In cents, whatever unit the person types amounts in elsewhere: other than whole numbers of cents are refused.
    form = form_class(context=replace(context, amounts_in=CENTS), initial=initial)
    data = QueryDict(mutable=True)
    data[MARK] = CENTS
    for part in (form, *(row for row_set in form.row_sets for row in row_set.rows)):
        for box in part:
            value = box.value()
            data[box.html_name] = "" if value is None else str(value)
    return data
