"""Plans: what is sold, at which interval. An update is answered with 202, and sends neither identifier."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from connections.words import Words
from resources.fields import FactField, LimitField, OpenChoiceField, SystemField
from resources.forms import ApiForm
from resources.operations import Column, GetOperation, ListOperation, LookUp, Resource, WriteOperation
from resources.picker_fields import PickerField
from resources.update_forms import UpdateForm

# There is no week and no quarter: those are 7 days and 3 months.
UNITS = [("day", _("day")), ("month", _("month")), ("year", _("year"))]
UNIT_HELP = _("A week is 7 days, a quarter is 3 months.")


class PlanListForm(ApiForm):
    local_fields = ("limit",)
    query_fields = ("data_source_uuid", "system")

    limit = LimitField()
    data_source_uuid = PickerField("data_sources", label=_("Data Source"), required=False)
    system = SystemField(label=_("System"), required=False)


class PlanForm(ApiForm):
    path_fields = ("uuid",)
    error_names: ClassVar[Mapping[str, str]] = {"plan": "uuid"}

    uuid = PickerField("plans", label=_("Plan"))


class PlanCreateForm(ApiForm):
    unique = ("external_id",)
    proposes: ClassVar[Mapping[str, str]] = {"external_id": "plan"}

    data_source_uuid = PickerField(
        "data_sources",
        label=_("Data Source UUID"),
        help_text=_(
            "The data source of the customers who will be invoiced for it: invoice, customer and plan share one."
        ),
    )
    name = forms.CharField(label=_("Plan Name"), max_length=255)
    interval_count = forms.IntegerField(label=_("Interval Count"), min_value=1, initial=1)
    interval_unit = forms.ChoiceField(label=_("Interval Unit"), choices=[("", "—"), *UNITS], help_text=UNIT_HELP)
    external_id = forms.CharField(
        label=_("External ID"),
        required=False,
        max_length=255,
        help_text=_(
            "Your own identifier. It must be unique in the data source and cannot be changed later; if you leave it "
            "blank, ChartMogul creates one. With one, you can find out for certain whether the plan was created "
            "if its outcome is unknown."
        ),
    )


class PlanUpdateForm(UpdateForm):
    local_fields = ("data_source_uuid", "external_id")
    never_empty: ClassVar[Mapping[str, Words]] = {
        "name": _("A plan must have a name."),
        "interval_count": _("A plan must have an interval."),
        "interval_unit": _("A plan must have an interval."),
    }

    uuid = PickerField("plans", label=_("Plan"))
    data_source_uuid = FactField(
        resource="data_sources",
        label=_("Data Source UUID"),
        help_text=_("A plan stays in the data source it was created in."),
    )
    name = forms.CharField(label=_("Plan Name"), required=False, max_length=255)
    interval_count = forms.IntegerField(label=_("Interval Count"), required=False, min_value=1)
    interval_unit = OpenChoiceField(
        label=_("Interval Unit"), required=False, options=[("", "—"), *UNITS], help_text=UNIT_HELP
    )
    external_id = FactField(label=_("External ID"), help_text=_("The API cannot change an external ID."))


COLUMNS = (
    Column(key="name", label=_("Name"), shown_as="record", to="plans"),
    Column(key="interval_count", label=_("Interval count"), shown_as="number"),
    Column(key="interval_unit", label=_("Interval unit"), labels=dict(UNITS)),
    Column(key="data_source_uuid", label=_("Data source"), shown_as="reference", to="data_sources"),
    Column(key="external_id", label=_("External ID"), shown_as="identifier"),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
)

LIST = ListOperation(
    key="plans.list",
    title=_("List Plans"),
    shortcut="p",
    method="GET",
    path="plans",
    form_class=PlanListForm,
    rows_key="plans",
    columns=COLUMNS,
)
GET = GetOperation(key="plans.get", title=_("Get a Plan"), method="GET", path="plans/{uuid}", form_class=PlanForm)
CREATE = WriteOperation(
    key="plans.create",
    title=_("Create a Plan"),
    method="POST",
    path="plans",
    form_class=PlanCreateForm,
    done=_("Plan created"),
    intro=_(
        "A plan defines how often something is billed. It has no price: each line item of an invoice has its own "
        "amount."
    ),
    identified_by={"data_source_uuid": "body:data_source_uuid", "external_id": "body:external_id"},
)
UPDATE = WriteOperation(
    key="plans.update",
    title=_("Update a Plan"),
    method="PATCH",
    path="plans/{uuid}",
    form_class=PlanUpdateForm,
    done=_("Plan updated"),
)
DELETE = WriteOperation(
    key="plans.delete",
    title=_("Delete a Plan"),
    method="DELETE",
    path="plans/{uuid}",
    form_class=PlanForm,
    done=_("Plan deleted"),
    warning=_(
        "Deleting a plan is permanent, and also removes it from every plan group it is in. ChartMogul refuses to "
        "delete a plan that is in use, that is, named by any invoice or subscription, and one that came from an "
        "integration."
    ),
)

RESOURCE = Resource(
    key="plans",
    title=_("Plans"),
    noun=_("plan"),
    nouns=_("plans"),
    not_found=_("No plan found for “{text}”. Choose one from the list or paste its UUID."),
    read_first=True,
    counted=ngettext_lazy("{shown} plan", "{shown} plans", "count"),
    uuid_prefix="pl_",
    path="plans/{uuid}",
    list_path="plans",
    rows_key="plans",
    operations=(LIST, GET, CREATE, UPDATE, DELETE),
    facts=COLUMNS,
    look_ups=(LookUp(what=_("external ID"), path="plans", parameter="external_id"),),
    index={"name": "name", "external_id": "external_id", "data_source_uuid": "data_source_uuid"},
)
