"""Data sources: where customers, plans and invoices come from. The API cannot rename one, so there is no update."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from resources.catalog import customers, invoices, plans
from resources.catalog.subscriptions import OWN_SYSTEMS
from resources.fields import LimitField, SystemField
from resources.forms import ApiForm
from resources.operations import Column, GetOperation, ListOperation, LookUp, Part, Resource, WriteOperation
from resources.picker_fields import PickerField


class DataSourceListForm(ApiForm):
    local_fields = ("limit",)
    query_fields = ("name", "system")

    limit = LimitField()
    name = forms.CharField(label=_("Filter by Name"), required=False, max_length=255, help_text=_("The exact name."))
    system = SystemField(label=_("Filter by System"), required=False)


class DataSourceForm(ApiForm):
    path_fields = ("uuid",)

    uuid = PickerField("data_sources", label=_("Data Source"))


class DataSourceCreateForm(ApiForm):
    unique = ("name",)

    name = forms.CharField(
        label=_("Name"), max_length=255, help_text=_("Unique in the account. The API cannot change it later.")
    )


def saved(source: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[str]]:
    """Return a deleted source as it can be created again, and what is lost, in words: the API creates only sources that
    it fills itself."""
    system = source.get("system")
    if not isinstance(system, str) or system in OWN_SYSTEMS:
        return source, []
    said = gettext(
        "Integration with {system}: the new data source is filled only through the API. To bring the integration back, "
        "add it in ChartMogul."
    )
    return source, [said.format(system=system)]


COLUMNS = (
    Column(key="name", label=_("Name"), shown_as="record", to="data_sources"),
    Column(key="system", label=_("System")),
    Column(key="status", label=_("Status")),
    Column(key="created_at", label=_("Created"), shown_as="moment"),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
)

HELD = (
    Part(
        key="customers",
        title=_("Customers"),
        path="customers",
        uuid_parameter="data_source_uuid",
        rows_key="entries",
        columns=customers.COLUMNS,
        resource="customers",
        empty=_("No customers have been imported into this source yet."),
    ),
    Part(
        key="plans",
        title=_("Plans"),
        path="plans",
        uuid_parameter="data_source_uuid",
        rows_key="plans",
        columns=plans.COLUMNS,
        resource="plans",
        empty=_("No plans have been created in this source yet."),
    ),
    Part(
        key="invoices",
        title=_("Invoices"),
        path="invoices",
        uuid_parameter="data_source_uuid",
        rows_key="invoices",
        query=invoices.EVERY_VALIDATION,
        columns=invoices.LIST.columns,
        resource="invoices",
        empty=_("No invoices have been imported into this source yet."),
    ),
)

LIST = ListOperation(
    key="data_sources.list",
    title=_("List Data Sources"),
    method="GET",
    path="data_sources",
    form_class=DataSourceListForm,
    rows_key="data_sources",
    columns=COLUMNS,
    paged=False,
)
GET = GetOperation(
    key="data_sources.get",
    title=_("Get a Data Source"),
    method="GET",
    path="data_sources/{uuid}",
    form_class=DataSourceForm,
)
CREATE = WriteOperation(
    key="data_sources.create",
    title=_("Create a Data Source"),
    method="POST",
    path="data_sources",
    form_class=DataSourceCreateForm,
    done=_("Data source created"),
    identified_by={"name": "body:name"},
    saved=saved,
)
DELETE = WriteOperation(
    key="data_sources.delete",
    title=_("Delete a Data Source"),
    method="DELETE",
    path="data_sources/{uuid}",
    form_class=DataSourceForm,
    done=_("Data source deleted"),
    afterwards=_("What belonged to it is deleted in the background; that can take some minutes."),
    warning=_(
        "Deleting a data source is permanent. Its customers, plans, subscriptions and invoices are deleted too, and so "
        "are merges, manual edits and tags; a customer that is in no other source is gone. Metrics are recalculated "
        "without them."
    ),
    takes=HELD,
    not_copied=_(
        "Subscriptions and their cancellation dates are not in the copy, because ChartMogul lists them for one "
        "customer at a time. The review for deleting a customer offers a copy that includes them."
    ),
    confirm_by_name=True,
)

RESOURCE = Resource(
    key="data_sources",
    title=_("Data Sources"),
    noun=_("data source"),
    nouns=_("data sources"),
    not_found=_("No data source found for “{text}”. Choose one from the list or paste its UUID."),
    read_first=True,
    counted=ngettext_lazy("{shown} data source", "{shown} data sources", "count"),
    uuid_prefix="ds_",
    path="data_sources/{uuid}",
    list_path="data_sources",
    rows_key="data_sources",
    operations=(LIST, GET, CREATE, DELETE),
    facts=COLUMNS,
    parts=HELD,
    look_ups=(LookUp(what=_("exact name"), path="data_sources", parameter="name"),),
    index={"name": "name", "system": "system", "status": "status"},
)
