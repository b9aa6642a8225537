"""Plan groups. The object counts its plans and does not name them: they come from a separate list."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from connections.words import Words
from resources.catalog import plans
from resources.fields import LimitField
from resources.forms import ApiForm
from resources.operations import Column, GetOperation, ListOperation, Part, Resource, WriteOperation
from resources.picker_fields import MultiPickerField, PickerField
from resources.update_forms import UpdateForm

ERROR_NAMES = {"plan_ids": "plans"}
"""How refusals call a field (recorded)."""


class PlanGroupListForm(ApiForm):
    local_fields = ("limit",)

    limit = LimitField()


class PlanGroupForm(ApiForm):
    path_fields = ("uuid",)

    uuid = PickerField("plan_groups", label=_("Plan Group"))


class PlanGroupCreateForm(ApiForm):
    error_names: ClassVar[Mapping[str, str]] = ERROR_NAMES

    name = forms.CharField(label=_("Name"), max_length=255)
    plans = MultiPickerField(
        "plans", noun=_("plans"), label=_("Plan"), help_text=_("One or more, from any data source.")
    )


class PlanGroupUpdateForm(UpdateForm):
    error_names: ClassVar[Mapping[str, str]] = ERROR_NAMES
    never_empty: ClassVar[Mapping[str, Words]] = {
        "name": _("A plan group must have a name."),
        "plans": _(
            "ChartMogul requires a plan group to contain at least one plan. To get rid of the group, delete it."
        ),
    }

    uuid = PickerField("plan_groups", label=_("Plan Group"))
    name = forms.CharField(label=_("Name"), required=False, max_length=255)
    plans = MultiPickerField(
        "plans",
        noun=_("plans"),
        label=_("Plan"),
        required=False,
        help_text=_("This replaces the group's whole list of plans."),
    )


COLUMNS = (
    Column(key="name", label=_("Name"), shown_as="record", to="plan_groups"),
    Column(key="plans_count", label=_("Plans")),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
)
PLANS = Part(
    key="plans",
    title=_("Plans"),
    path="plan_groups/{uuid}/plans",
    rows_key="plans",
    columns=plans.COLUMNS,
    resource="plans",
    empty=_("There are no longer any plans in this group."),
)

LIST = ListOperation(
    key="plan_groups.list",
    title=_("List Plan Groups"),
    method="GET",
    path="plan_groups",
    form_class=PlanGroupListForm,
    rows_key="plan_groups",
    columns=COLUMNS,
)
GET = GetOperation(
    key="plan_groups.get",
    title=_("Get a Plan Group"),
    method="GET",
    path="plan_groups/{uuid}",
    form_class=PlanGroupForm,
)
# Without identified_by: neither a filter by name nor an external ID would find a created group again.
CREATE = WriteOperation(
    key="plan_groups.create",
    title=_("Create a Plan Group"),
    method="POST",
    path="plan_groups",
    form_class=PlanGroupCreateForm,
    done=_("Plan group created"),
)
UPDATE = WriteOperation(
    key="plan_groups.update",
    title=_("Update a Plan Group"),
    method="PATCH",
    path="plan_groups/{uuid}",
    form_class=PlanGroupUpdateForm,
    done=_("Plan group updated"),
    also_reads={"plans": PLANS},
)
DELETE = WriteOperation(
    key="plan_groups.delete",
    title=_("Delete a Plan Group"),
    method="DELETE",
    path="plan_groups/{uuid}",
    form_class=PlanGroupForm,
    done=_("Plan group deleted"),
    warning=_("Deleting a plan group is permanent. Its plans are kept."),
    also_reads={"plans": PLANS},
    also_copied=(PLANS,),
)

RESOURCE = Resource(
    key="plan_groups",
    title=_("Plan Groups"),
    noun=_("plan group"),
    nouns=_("plan groups"),
    not_found=_("No plan group found for “{text}”. Choose one from the list or paste its UUID."),
    read_first=True,
    counted=ngettext_lazy("{shown} plan group", "{shown} plan groups", "count"),
    uuid_prefix="plg_",
    path="plan_groups/{uuid}",
    list_path="plan_groups",
    rows_key="plan_groups",
    operations=(LIST, GET, CREATE, UPDATE, DELETE),
    facts=COLUMNS,
    parts=(PLANS,),
    name_keys=("name",),
    index={"name": "name"},
)
