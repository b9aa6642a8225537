"""The page of a write with the JSON of its body in place of the form's fields, and switching between the two."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from connections.models import Connection
from resources import amounts, as_json
from resources.as_json import JsonForm
from resources.forms import ApiForm
from resources.operations import WriteOperation
from resources.views import common, preparing, reading

PAGE = "resources/form.html"


def show(
    request: HttpRequest, connection: Connection, operation: WriteOperation, page: Mapping[str, Any], form: ApiForm
) -> HttpResponse:
    """Answer a POST of the form that switches to JSON, or a POST of JSON, which leads back to the form or on to Review.
    Nothing is lost silently: what has no place in the other is an error or is reported."""
    if as_json.NAME not in request.POST:
        if as_json.would_lose(form):
            return reading.show(request, PAGE, {**page, "form": form}, form)
        text = JsonForm(initial={as_json.NAME: as_json.text_of(form)})
        return render(request, PAGE, {**page, "form": preparing.without_errors(form), "json_form": text})
    text = JsonForm(request.POST)
    found = read(connection, operation, form, text)
    if found is None:
        return render(request, PAGE, {**page, "form": preparing.without_errors(form), "json_form": text}, status=422)
    filled, left = found
    if request.POST.get("as") == "form":
        said = _("The form has no field for: {paths}.").format(paths=", ".join(left)) if left else ""
        return render(request, PAGE, {**page, "form": preparing.without_errors(filled), "left_out": said})
    if left:
        said = _("This form cannot send {paths}. Remove it, or use Make an API Call instead.")
        text.add_error(as_json.NAME, said.format(paths=", ".join(left)))
        return render(request, PAGE, {**page, "form": preparing.without_errors(form), "json_form": text}, status=422)
    if filled.is_valid() and (write := preparing.prepare(request, connection, operation, filled)):
        return redirect("resources:write", connection.slug, write.key)
    return reading.show(request, PAGE, {**page, "form": filled}, filled)


def read(
    connection: Connection, operation: WriteOperation, form: ApiForm, text: JsonForm
) -> tuple[ApiForm, list[str]] | None:
    """Return the bound form that the JSON fills in, and the paths that the form has no field for; None if it is not the
    JSON of one such record, and then `text` has the error."""
    if not text.is_valid():
        return None
    context = common.form_context(connection)
    kept = {name: form[name].data for name in form.path_fields}
    try:
        record = as_json.record_in(operation.form_class, text.cleaned_data[as_json.NAME])
        data, left = as_json.read(operation.form_class, record, context, kept)
    except ValidationError as error:
        text.add_error(as_json.NAME, error)
        return None
    for name in ("draft_id", "restore", amounts.HELD):
        if carried := form.data.get(name):
            data[name] = carried
    return operation.form_class(data, context=context), left
