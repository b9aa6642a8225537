"""Records that already have a unique value, as far as the directory knows: named on the review, and linked at the field
after ChartMogul refused the value."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from activity.models import Write
from connections.models import Connection
from resources import cells, outcome_check
from resources.cells import CellContext
from resources.directory import services as directory
from resources.forms import ApiForm
from resources.operations import Resource

# All of ChartMogul's messages about it contain this word: "already exists in our system", "has already been taken".
SIGN = "already"


def explain(form: ApiForm, write: Write, connection: Connection, cell_context: CellContext) -> None:
    """Add to a refused create's form which record already has the external ID or the name."""
    operation, resource = outcome_check.declared(write) or (None, None)
    if operation is None or resource is None or not resource.path:
        return
    identity = outcome_check.identity(write, operation)
    source = identity.get("data_source_uuid", "")
    for name in ("external_id", "name"):
        value, errors = identity.get(name), form.errors.get(name, ())
        if not value or not any(SIGN in str(error) for error in errors):
            continue
        holder = directory.holder_of(connection, resource.key, name, value, source)
        if holder is None:
            continue
        said = _("Already used in this data source by {record}.") if source else _("Already used by {record}.")
        before, after = said.split("{record}")
        link = cells.TEXT_LINK(cell_context.record_url(resource.key, holder.uuid), holder.name or value)
        form.add_error(name, format_html("{}{}{}", before, link, after))


def warnings(form: ApiForm, connection: Connection, resource: Resource) -> list[str]:
    """Return warnings about values of a valid form that are already used. Not errors, because the directory may be out
    of date."""
    source, said = form.cleaned_data.get("data_source_uuid", ""), []
    words = _(
        "{field}: as far as is known here, “{value}” is already used in this data source by {record}. "
        "ChartMogul rejects a second one."
    )
    anywhere = _(
        "{field}: as far as is known here, “{value}” is already used by {record}. ChartMogul rejects a second one."
    )
    for name in form.unique:
        value = form.cleaned_data[name]
        if holder := directory.holder_of(connection, resource.key, name, value, source):
            record = f"{holder} ({holder.uuid})" if str(holder) != holder.uuid else holder.uuid
            sentence = words if source else anywhere
            said.append(sentence.format(field=form.fields[name].label, value=value, record=record))
    return said
