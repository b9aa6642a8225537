"""Customers. Keys of the API's object are spelled with hyphens and underscores mixed, as recorded."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections.words import Words
from resources.catalog import invoices, saved_invoices, subscriptions
from resources.custom_attributes import CustomAttributeChanges, CustomAttributes
from resources.fields import CountryField, FactField, LimitField, MomentField, SystemField, TagsField
from resources.forms import ApiForm
from resources.json_paths import BLANK, dig
from resources.operations import Column, GetOperation, ListOperation, LookUp, Part, Resource, WriteOperation
from resources.picker_fields import PickerField
from resources.update_forms import UpdateForm

LEADS = {
    "New Lead": _("New Lead"),
    "Working Lead": _("Working Lead"),
    "Qualified Lead": _("Qualified Lead"),
    "Unqualified Lead": _("Unqualified Lead"),
}
PAYING = {"Active": _("Active"), "Past Due": _("Past Due")}
# A customer of 2022 is just a Lead, without further qualification (recorded).
STATUSES = {"Lead": _("Lead"), **LEADS, **PAYING, "Cancelled": _("Canceled")}


def in_filters(statuses: Mapping[str, Words]) -> list[tuple[str, Words]]:
    """Return statuses as values of a filter, in which spaces become underscores (official clients)."""
    return [(status.replace(" ", "_"), label) for status, label in statuses.items()]


FILTERS = [("", _("Any")), (_("Lead"), in_filters(LEADS)), *in_filters(PAYING), ("Cancelled", _("Canceled"))]
STATE = pgettext_lazy("address", "State")
STATE_HELP = _("ISO 3166-2, such as NY. ChartMogul keeps it only for the United States and drops it elsewhere.")


class CustomerListForm(ApiForm):
    local_fields = ("limit",)
    query_fields = ("data_source_uuid", "external_id", "status", "system")

    limit = LimitField()
    data_source_uuid = PickerField("data_sources", label=_("Data Source"), required=False)
    external_id = forms.CharField(label=_("External ID"), required=False, max_length=255)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=FILTERS)
    system = SystemField(label=_("System"), required=False)


# What ChartMogul's errors call the customer in the path (recorded).
ERROR_NAMES = {"customer_id": "uuid", "customer_uuid": "uuid", "customer": "uuid"}


class CustomerForm(ApiForm):
    path_fields = ("uuid",)
    error_names: ClassVar[Mapping[str, str]] = ERROR_NAMES

    uuid = PickerField("customers", label=_("Customer"))


def without_country(state: str) -> str:
    """Return a state as ChartMogul stores it. It also accepts one with its country, but stores US-NY as NY."""
    return re.sub(r"^[A-Za-z]{2}-", "", state)


class CustomerFields(ApiForm):
    """The fields that a create and an update can both write."""

    name = forms.CharField(label=_("Name"), required=False, max_length=255)
    email = forms.EmailField(label=_("Email"), required=False)
    company = forms.CharField(label=_("Company"), required=False, max_length=255)
    country = CountryField(label=_("Country"), required=False)
    state = forms.CharField(label=STATE, required=False, max_length=255, help_text=STATE_HELP)
    city = forms.CharField(label=_("City"), required=False, max_length=255)
    zip = forms.CharField(label=_("Zip"), required=False, max_length=255)
    lead_created_at = MomentField(label=_("Lead Created At"), required=False, past=True)
    free_trial_started_at = MomentField(label=_("Free Trial Started At"), required=False, past=True)
    tags = TagsField(label=_("Tags"), required=False, help_text=_("Separated by commas."))

    kept_as: ClassVar[Mapping[str, Callable[[str], str]]] = {"state": without_country}
    kept_with: ClassVar[Mapping[str, tuple[str, str]]] = {"state": ("country", "US")}
    body_paths: ClassVar[Mapping[str, str]] = {"tags": "attributes.tags", "custom": "attributes.custom"}

    def warnings(self) -> list[str]:
        return [*super().warnings(), *self._warnings_of_dates()]

    def _warnings_of_dates(self) -> Iterator[str]:
        lead, trial = map(self.cleaned_data.get, ("lead_created_at", "free_trial_started_at"))
        is_sent = not {"lead_created_at", "free_trial_started_at"}.isdisjoint(self.payload())
        if lead and trial and lead > trial and is_sent:
            yield gettext(
                "Lead Created At is later than Free Trial Started At. ChartMogul may then keep the old value without "
                "an error. Are the dates right?"
            )


class CustomerCreateForm(CustomerFields):
    unique = ("external_id",)

    data_source_uuid = PickerField(
        "data_sources",
        label=_("Data Source"),
        help_text=_(
            "Where the data comes from. Choose one that is filled through the API; an integration, such as Stripe, "
            "brings its own records."
        ),
    )
    external_id = forms.CharField(
        label=_("External ID"),
        max_length=255,
        help_text=_("Your own identifier. It must be unique in the data source and cannot be changed later."),
    )

    groups = (CustomAttributes(),)
    field_order = ("data_source_uuid", "external_id")


class CustomerUpdateForm(CustomerFields, UpdateForm):
    local_fields = ("data_source_uuid", "external_id")
    error_names: ClassVar[Mapping[str, str]] = ERROR_NAMES

    uuid = PickerField("customers", label=_("Customer"))
    data_source_uuid = FactField(
        resource="data_sources",
        label=_("Data Source"),
        help_text=_("A customer stays in the data source it was created in."),
    )
    external_id = FactField(label=_("External ID"), help_text=_("The API cannot change an external ID."))

    groups = (CustomAttributeChanges(),)
    field_order = ("uuid", "data_source_uuid", "external_id")


def saved(customer: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[str]]:
    """Return a deleted customer for the create form to begin with, and what is lost, in words: what the form does not
    have, and attributes that none of its rows can hold."""
    lost: dict[str, Any] = {name: customer[name] for name in ("owner", "website_url") if customer.get(name)}
    for name in ("data_source_uuids", "external_ids"):
        # A merged customer has further ones, which are lost.
        if isinstance(customer.get(name), list) and (more := customer[name][1:]):
            lost[name] = more
    status = customer.get("status")
    if isinstance(status, str) and status in {*LEADS} - {"New Lead"}:
        lost["status"] = status
    custom = dig(customer, CustomerCreateForm.body_path("custom"))
    held = {row["key"] for group in CustomerCreateForm.groups for row in group.from_api(custom)}
    if isinstance(custom, Mapping):
        unheld = {key: value for key, value in custom.items() if key not in held and value not in BLANK}
        lost |= {f"{CustomerCreateForm.body_path('custom')}.{key}": value for key, value in unheld.items()}
    return customer, [saved_invoices.in_words(lost)] if lost else []


COLUMNS = (
    Column(key="name", label=_("Name"), shown_as="record", to="customers"),
    Column(key="status", label=_("Status"), shown_as="status", labels=STATUSES),
    Column(key="mrr", label=_("MRR"), shown_as="account_money"),
    Column(key="email", label=_("Email")),
    Column(key="company", label=_("Company")),
    Column(key="country", label=_("Country"), shown_as="country"),
    Column(key="billing-system-type", label=_("System")),
    Column(key="external_id", label=_("External ID"), shown_as="identifier"),
    Column(key="customer-since", label=_("Customer since"), shown_as="moment"),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
)
FACTS = (
    Column(key="name", label=_("Name")),
    Column(key="status", label=_("Status"), shown_as="status", labels=STATUSES),
    Column(key="email", label=_("Email")),
    Column(key="company", label=_("Company")),
    Column(key="mrr", label=_("MRR"), shown_as="account_money"),
    Column(key="arr", label=_("ARR"), shown_as="account_money"),
    Column(key="customer-since", label=_("Customer since"), shown_as="moment"),
    Column(key="country", label=_("Country"), shown_as="country"),
    Column(key="state", label=STATE),
    Column(key="city", label=_("City")),
    Column(key="zip", label=_("Zip")),
    Column(key="lead_created_at", label=_("Lead created at"), shown_as="moment"),
    Column(key="free_trial_started_at", label=_("Free trial started at"), shown_as="moment"),
    Column(key="attributes.tags", label=_("Tags"), shown_as="tags"),
    Column(key="attributes.custom", label=_("Custom"), shown_as="facts"),
    Column(key="external_id", label=_("External ID"), shown_as="identifier"),
    Column(key="uuid", label=_("UUID"), shown_as="identifier"),
    Column(key="data_source_uuid", label=_("Data source"), shown_as="reference", to="data_sources"),
    Column(key="billing-system-type", label=_("System")),
    Column(key="chartmogul-url", label=_("In ChartMogul"), shown_as="link"),
    Column(key="billing-system-url", label=_("In the billing system"), shown_as="link"),
    Column(key="website_url", label=_("Website"), shown_as="link"),
)

SUBSCRIPTIONS = Part(
    key="subscriptions",
    title=_("Subscriptions"),
    path="customers/{uuid}/subscriptions",
    rows_key="entries",
    columns=subscriptions.LIST.columns,
    resource="subscriptions",
    of=subscriptions.LIST,
    empty=subscriptions.LIST.empty,
)
INVOICES = Part(
    key="invoices",
    title=_("Invoices"),
    path="invoices",
    uuid_parameter="customer_uuid",
    rows_key="invoices",
    query=invoices.EVERY_VALIDATION,
    columns=invoices.OF_A_CUSTOMER,
    resource="invoices",
    empty=_("No invoices are listed for this customer. ChartMogul may not list those that came from an integration."),
)

LIST = ListOperation(
    key="customers.list",
    title=_("List Customers"),
    shortcut="c",
    method="GET",
    path="customers",
    form_class=CustomerListForm,
    rows_key="entries",
    columns=COLUMNS,
)
GET = GetOperation(
    key="customers.get", title=_("Get a Customer"), method="GET", path="customers/{uuid}", form_class=CustomerForm
)
CREATE = WriteOperation(
    key="customers.create",
    title=_("Create a Customer"),
    method="POST",
    path="customers",
    form_class=CustomerCreateForm,
    done=_("Customer created"),
    identified_by={"data_source_uuid": "body:data_source_uuid", "external_id": "body:external_id"},
    saved=saved,
)
UPDATE = WriteOperation(
    key="customers.update",
    title=_("Update a Customer"),
    method="PATCH",
    path="customers/{uuid}",
    form_class=CustomerUpdateForm,
    done=_("Customer updated"),
)
DELETE = WriteOperation(
    key="customers.delete",
    title=_("Delete a Customer"),
    method="DELETE",
    path="customers/{uuid}",
    form_class=CustomerForm,
    done=_("Customer deleted"),
    warning=_(
        "Deleting a customer is permanent. Its invoices, subscriptions, transactions, attributes and tags are deleted "
        "too. A customer that came from an integration may be imported again when it changes there."
    ),
    takes=(SUBSCRIPTIONS, INVOICES),
    also_copied=(subscriptions.IMPORTED,),
)

RESOURCE = Resource(
    key="customers",
    title=_("Customers"),
    noun=_("customer"),
    nouns=_("customers"),
    not_found=_("No customer found for “{text}”. Choose one from the list or paste its UUID."),
    counted=ngettext_lazy("{shown} customer", "{shown} customers", "count"),
    uuid_prefix="cus_",
    path="customers/{uuid}",
    list_path="customers",
    rows_key="entries",
    operations=(LIST, GET, CREATE, UPDATE, DELETE),
    facts=FACTS,
    parts=(SUBSCRIPTIONS, INVOICES),
    name_keys=("name", "company", "email", "external_id"),
    look_ups=(
        LookUp(what=_("email"), path="customers/search", parameter="email", matches=r"[^@\s]+@[^@\s]+\.[^@\s]+"),
        LookUp(what=_("external ID"), path="customers", parameter="external_id", matches=r"[^@]+"),
    ),
    index={
        "name": "name",
        "external_id": "external_id",
        "external_ids": "external_ids",
        "email": "email",
        "company": "company",
        "data_source_uuid": "data_source_uuid",
        "data_source_uuids": "data_source_uuids",
        "system": "billing-system-type",
        "status": "status",
    },
)
