"""Data sources: where customers, plans and invoices come from. The API cannot rename one, so there is no update."""

from django import forms

from resources.catalog import customers, invoices, plans
from resources.fields import LimitField, PickerField, SystemField
from resources.forms import ApiForm
from resources.operations import Column, GetOperation, ListOperation, LookUp, Part, Resource, WriteOperation


class DataSourceListForm(ApiForm):
    local_fields = ("limit",)
    query_fields = ("name", "system")

    limit = LimitField()
    name = forms.CharField(label="Filter by Name", required=False, max_length=255, help_text="The exact name.")
    system = SystemField(label="Filter by System", required=False)


class DataSourceForm(ApiForm):
    path_fields = ("uuid",)

    uuid = PickerField("data_sources", label="Data Source")


class DataSourceCreateForm(ApiForm):
    name = forms.CharField(
        label="Name", max_length=255, help_text="Unique in the account. The API cannot change it later."
    )


COLUMNS = (
    Column(key="name", label="Name", shown_as="record", to="data_sources"),
    Column(key="system", label="System"),
    Column(key="status", label="Status"),
    Column(key="created_at", label="Created", shown_as="moment"),
    Column(key="uuid", label="UUID", shown_as="identifier"),
)

HELD = (
    Part(
        key="customers",
        title="Customers",
        path="customers",
        uuid_parameter="data_source_uuid",
        rows_key="entries",
        columns=customers.COLUMNS,
        resource="customers",
        empty="No customer was imported into this source yet.",
    ),
    Part(
        key="plans",
        title="Plans",
        path="plans",
        uuid_parameter="data_source_uuid",
        rows_key="plans",
        columns=plans.COLUMNS,
        resource="plans",
        empty="No plan was created in this source yet.",
    ),
    Part(
        key="invoices",
        title="Invoices",
        path="invoices",
        uuid_parameter="data_source_uuid",
        rows_key="invoices",
        columns=invoices.LIST.columns,
        resource="invoices",
        empty="No invoice was imported into this source yet.",
    ),
)

LIST = ListOperation(
    key="data_sources.list",
    title="List Data Sources",
    method="GET",
    path="data_sources",
    form_class=DataSourceListForm,
    rows_key="data_sources",
    columns=COLUMNS,
    paged=False,
)
GET = GetOperation(
    key="data_sources.get",
    title="Get a Data Source",
    method="GET",
    path="data_sources/{uuid}",
    form_class=DataSourceForm,
)
CREATE = WriteOperation(
    key="data_sources.create",
    title="Create a Data Source",
    method="POST",
    path="data_sources",
    form_class=DataSourceCreateForm,
    done="Data source created",
    look_up={"name": "body:name"},
)
DELETE = WriteOperation(
    key="data_sources.delete",
    title="Delete a Data Source",
    method="DELETE",
    path="data_sources/{uuid}",
    form_class=DataSourceForm,
    done="Data source deleted",
    warning=(
        "Deleting a data source is permanent. Its customers, plans, subscriptions and invoices go with it, and so do "
        "merges, manual edits and tags; a customer that is in no other source is gone. Metrics are computed anew "
        "without them."
    ),
    takes=HELD,
    must_be_typed=True,
)

RESOURCE = Resource(
    key="data_sources",
    title="Data Sources",
    noun="data source",
    uuid_prefix="ds_",
    path="data_sources/{uuid}",
    list_path="data_sources",
    rows_key="data_sources",
    operations=(LIST, GET, CREATE, DELETE),
    facts=COLUMNS,
    parts=HELD,
    look_ups=(LookUp(what="exact name", path="data_sources", parameter="name"),),
    index={"name": "name", "system": "system", "status": "status"},
)
