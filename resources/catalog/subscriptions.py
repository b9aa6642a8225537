"""Subscriptions. The API has two views of them: the calculated one has status and MRR under a bare UUID; the imported
one, of what came through the API, has the `sub_` UUID that a cancellation needs. Both have the external ID."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections import localized
from connections.api_request import ApiRequest
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.words import Words
from resources import money, services
from resources.catalog import plans
from resources.catalog.cancellations import EDIT, CancelForm, canceled_at, shows_cancellation
from resources.fields import LimitField
from resources.forms import ApiForm
from resources.json_paths import rows_at
from resources.operations import Column, Detail, ListOperation, Part, Resource, Step, WriteOperation
from resources.picker_fields import PickerField
from resources.services import Rows

STATUSES = {"active": _("Active"), "inactive": _("Inactive")}
OWN_SYSTEMS = ("", "Custom", "Import API", "ImportApi", "Manual")
"""Systems of sources that the API fills; what was created before 2025 may still have one of the others (recorded)."""


class SubscriptionListForm(ApiForm):
    path_fields = ("uuid",)
    local_fields = ("limit",)
    error_names: ClassVar[Mapping[str, str]] = {"customer_id": "uuid", "customer_uuid": "uuid"}

    uuid = PickerField("customers", label=_("Customer"))
    limit = LimitField()


CYCLES: Mapping[Any, Words] = {
    "day": ngettext_lazy("{count} day", "{count} days", "count"),
    "month": ngettext_lazy("{count} month", "{count} months", "count"),
    "year": ngettext_lazy("{count} year", "{count} years", "count"),
}


def with_imported(client: ChartMogulClient, form: ApiForm, calculated: Rows, whole: bool) -> Rows:
    """Return the rows of the calculated view, merged with what the imported view knows of each.

    External IDs are unique per data source, and a customer may have several sources, so one external ID may stand for
    more than one imported subscription. Then it is not known which is which, and each is shown in a row of its own. So
    is, at the end of the list, a subscription that ChartMogul has not calculated yet: one that no calculated one
    matches.
    """
    customer = form.cleaned_data["uuid"]
    notice, imported = "", list[dict[str, Any]]()
    try:
        found = services.read_all_of(client, RESOURCE, customer)
        imported, notice = found.records, found.notice
        if found.next:
            notice = gettext("The customer has more than {most} imported subscriptions; not all are shown.").format(
                most=localized.count(services.MOST_OF_ONE)
            )
        reason = why_not(form, customer)
    except NotFound:
        # ChartMogul answers this for any customer that was not created through the API (recorded).
        reason = why_not(form, customer)
    except ApiError as error:
        reason = gettext("Not known")
        notice = gettext("Could not read which subscriptions can be canceled. {reason}").format(
            reason=error.user_message
        )
    by_external_id = defaultdict(list)
    for entry in imported:
        by_external_id[str(entry.get("external_id"))].append(entry)

    rows: list[dict[str, Any]] = []
    for entry in calculated.records:
        same = by_external_id[str(entry.get("external_id"))]
        row = {**entry, "calculated_uuid": entry.get("uuid"), "cycle": cycle(entry), "customer_uuid": customer}
        if len(same) == 1:
            rows.append({**row, **held(same[0]), "cancellable": again(entry, same[0], form) or True})
        else:
            several = gettext("{count} imported subscriptions share this external ID: choose one of their rows").format(
                count=len(same)
            )
            rows.append({**row, "uuid": None, "cancellable": several if same else reason})
    shown = external_ids(calculated.records)
    known, further = shown, ""
    if not whole and calculated.next is None and by_external_id.keys() - shown:
        known, further = all_calculated(client, form)
    at_end = calculated.next is None and not further
    for external_id, entries in by_external_id.items():
        if (external_id in shown and len(entries) > 1) or (external_id not in known and at_end):
            rows += [{**entry, "cancellable": isinstance(entry.get("uuid"), str)} for entry in entries]
    return replace(calculated, records=rows, notice=" ".join(filter(None, (calculated.notice, notice, further))))


def external_ids(records: Iterable[Mapping[str, Any]]) -> set[str]:
    return {str(record.get("external_id")) for record in records}


def all_calculated(client: ChartMogulClient, form: ApiForm) -> tuple[set[str], str]:
    """Return the external IDs of all calculated subscriptions, and what to say if they could not all be read."""
    said = gettext(
        "Subscriptions that ChartMogul has not calculated yet are not shown, because the others could not all be read."
    )
    try:
        rows = services.read_rows(client, LIST, LIST.build(form), limit=services.MOST_OF_ONE, start=services.Position())
    except ApiError as error:
        return set(), f"{said} {error.user_message}"
    return external_ids(rows.records), said if rows.next or rows.notice else ""


def with_status(client: ChartMogulClient, customer: str, imported: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return imported subscriptions with the status and MRR of the calculated ones that have the same external ID, each
    if it is the same for all of those."""
    calculated = defaultdict[str, list[Mapping[str, Any]]](list)
    for entry in rows_at(services.glance(client, calculated_of(customer)), "entries"):
        calculated[str(entry.get("external_id"))].append(entry)
    return [{**entry, **shared(calculated[str(entry.get("external_id"))])} for entry in imported]


def shared(calculated: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what pickers show of the calculated view, as far as these entries agree."""
    first = next(iter(calculated), {})
    names = ("status", "currency", "mrr")
    return {name: first.get(name) for name in names if all(entry.get(name) == first.get(name) for entry in calculated)}


def held(imported: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only the imported view knows."""
    return {name: imported.get(name) for name in ("uuid", "cancellation_dates", "plan_uuid", "data_source_uuid")}


def again(calculated: Mapping[str, Any], imported: Mapping[str, Any], form: ApiForm) -> Step | None:
    """Return the step for a subscription that is already canceled: editing its history. None for one that is not
    inactive: past dates do not tell, because one that is active again has them too."""
    canceled = canceled_at(imported.get("cancellation_dates"))
    if str(calculated.get("status")).casefold() != "inactive" or not canceled:
        return None
    when = localized.current().moment(canceled.astimezone(form.context.time_zone))
    said = gettext("Already canceled, since {when}.").format(when=when)
    return Step(said=said, label=gettext("Edit the whole history"), fills={"what": EDIT})


def cycle(entry: Mapping[str, Any]) -> Any:
    """Return the billing cycle in words: `year`, `3 months`."""
    unit, count = entry.get("billing-cycle"), money.whole(entry.get("billing-cycle-count"))
    several = count is not None and count > 1
    if not isinstance(unit, str) or unit not in CYCLES:
        return f"{count} {unit}s" if unit and several else unit
    return CYCLES[unit].format(count=count) if several else str(dict(plans.UNITS)[unit])


def why_not(form: ApiForm, customer: str) -> str:
    choice = form.context.describe("customers", customer)
    if choice and choice.system not in OWN_SYSTEMS:
        return gettext("Came from {system}: cancel it there").format(system=choice.system)
    return gettext("Not imported through the API")


def calculated_view(form: ApiForm) -> ApiRequest | None:
    """Return the read that says when a subscription began and whether it is active; None if no customer is given."""
    customer = form.cleaned_data["customer_uuid"]
    return calculated_of(customer) if customer else None


def calculated_of(customer: str) -> ApiRequest:
    return ApiRequest.build("GET", LIST.path, path_values={"uuid": customer})


LIST = ListOperation(
    key="subscriptions.list",
    title=_("List Customer's Subscriptions"),
    intro=_(
        "Select a customer to see its subscriptions, with status, plan and MRR, and which of them can be canceled."
    ),
    method="GET",
    path="customers/{uuid}/subscriptions",
    form_class=SubscriptionListForm,
    rows_key="entries",
    complete=with_imported,
    empty=_("This customer has no subscriptions. They are created from invoices; new ones appear within minutes."),
    columns=(
        Column(key="external_id", label=_("External ID"), shown_as="identifier"),
        Column(key="plan", label=_("Plan")),
        Column(key="status", label=_("Status"), shown_as="status", labels=STATUSES),
        Column(key="mrr", label=_("MRR"), shown_as="account_money"),
        Column(key="cycle", label=_("Billing cycle")),
        Column(key="cancellation_dates", label=_("Cancellation dates"), shown_as="moments"),
        Column(
            key="cancellable",
            label=pgettext_lazy("to cancel a subscription", "Cancel"),
            shown_as="step",
            operation="subscriptions.cancel",
            carries=(("uuid", "uuid"), ("customer_uuid", "customer_uuid")),
        ),
        Column(key="start-date", label=_("Start"), shown_as="moment"),
        Column(key="end-date", label=_("End"), shown_as="moment"),
        Column(key="uuid", label=_("Subscription UUID"), shown_as="identifier"),
        Column(key="calculated_uuid", label=_("Calculated UUID"), shown_as="identifier"),
        Column(key="plan_uuid", label=_("Plan UUID"), shown_as="reference", to="plans"),
        Column(key="data_source_uuid", label=_("Data source"), shown_as="reference", to="data_sources"),
    ),
)
IMPORTED = Part(
    key="imported_subscriptions",
    title=_("Imported subscriptions"),
    path="import/customers/{uuid}/subscriptions",
    rows_key="subscriptions",
    columns=(),
    resource="subscriptions",
)
CANCEL = WriteOperation(
    key="subscriptions.cancel",
    title=_("Cancel a Customer's Subscription"),
    method="PATCH",
    path="import/subscriptions/{uuid}",
    form_class=CancelForm,
    done=_("Cancellation accepted"),
    review_read=calculated_view,
    part_of=("customers", "customer_uuid"),
    afterwards=_("Depending on the account's churn recognition, the churn may appear on a different date."),
    shows=shows_cancellation,
    intro=_(
        "For subscriptions imported through the API. Those from an integration, such as Stripe, are canceled there. "
        "Depending on the account's churn recognition, the churn may appear on a different date than the one entered "
        "here."
    ),
)

RESOURCE = Resource(
    key="subscriptions",
    title=_("Subscriptions"),
    noun=_("subscription"),
    nouns=_("subscriptions"),
    not_found=_("No subscription found for “{text}”. Choose one from the list or paste its UUID."),
    counted=ngettext_lazy("{shown} subscription", "{shown} subscriptions", "count"),
    uuid_prefix="sub_",
    path="",
    list_path="",
    rows_key="subscriptions",
    operations=(LIST, CANCEL),
    name_keys=("external_id",),
    all_of=IMPORTED,
    completed=with_status,
    owner="customer_uuid",
    none_of_owner=_(
        "This customer has no subscriptions that can be canceled here. Those from an integration are canceled there."
    ),
    index={
        "external_id": "external_id",
        "data_source_uuid": "data_source_uuid",
        "status": "status",
    },
    told_apart_by=(
        Detail(path="plan_uuid", shown_as="reference"),
        Detail(path="cancellation_dates", shown_as="day", words=_("Canceled: {value}")),
        Detail(path="mrr", shown_as="amount", currency="currency", words=_("MRR {value}")),
    ),
)
