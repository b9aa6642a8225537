"""Subscriptions, which the API has in two views. The calculated one has status and MRR under a bare UUID; the imported
one, of what came through the API, has the `sub_` UUID that a cancellation needs. The external ID is in both."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, ngettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections import localized
from connections.client import ChartMogulClient
from connections.errors import ApiError, NotFound
from connections.words import Words
from resources import moments, services
from resources.catalog import plans
from resources.fields import LimitField, MomentField, PickerField
from resources.forms import ApiForm, Change
from resources.operations import Column, ListOperation, Part, Resource, WriteOperation
from resources.rows import RowForm, RowGroup, RowSet
from resources.services import Rows
from resources.update_forms import UpdateForm

OWN_SYSTEMS = ("", "Custom", "Import API")
"""Systems of sources that the API fills; a source made before 2025 may still say Import API (recorded)."""


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
    """The rows of the calculated view with what the imported view knows of each.

    External IDs are unique in a data source and a customer may have several, so one may stand for more than one
    imported subscription. Which is which cannot be known then: each is shown in a row of its own. So is one that
    ChartMogul has not calculated yet, if all calculated ones are here to be compared with.
    """
    customer = form.cleaned_data["uuid"]
    notice, imported = "", list[dict[str, Any]]()
    try:
        found = services.read_all_of(client, RESOURCE, customer)
        imported, notice = found.records, found.notice
        if found.next:
            notice = gettext("The customer has more than {most} imported subscriptions; not all are here.").format(
                most=localized.count(services.MOST_OF_ONE)
            )
        reason = why_not(form, customer)
    except NotFound:
        # What ChartMogul says of any customer that was not made through the API (recorded).
        reason = why_not(form, customer)
    except ApiError as error:
        reason = gettext("Not known")
        notice = gettext("What can be cancelled could not be read. {reason}").format(reason=error.user_message)
    by_external_id = defaultdict(list)
    for entry in imported:
        by_external_id[str(entry.get("external_id"))].append(entry)

    rows: list[dict[str, Any]] = []
    for entry in calculated.records:
        same = by_external_id[str(entry.get("external_id"))]
        row = {**entry, "calculated_uuid": entry.get("uuid"), "cycle": cycle(entry), "customer_uuid": customer}
        if len(same) == 1:
            rows.append({**row, **held(same[0]), "cancellable": True})
        else:
            several = gettext("{count} imported subscriptions share this external ID: choose one of their rows").format(
                count=len(same)
            )
            rows.append({**row, "uuid": None, "cancellable": several if same else reason})
    shown = {str(entry.get("external_id")) for entry in calculated.records}
    for external_id, entries in by_external_id.items():
        if (external_id in shown and len(entries) > 1) or (external_id not in shown and whole):
            rows += [{**entry, "cancellable": isinstance(entry.get("uuid"), str)} for entry in entries]
    return replace(calculated, records=rows, notice=" ".join(filter(None, (calculated.notice, notice))))


def held(imported: Mapping[str, Any]) -> dict[str, Any]:
    """What only the imported view knows."""
    return {name: imported.get(name) for name in ("uuid", "cancellation_dates", "plan_uuid", "data_source_uuid")}


def cycle(entry: Mapping[str, Any]) -> Any:
    """`year`, `3 months`."""
    unit, count = entry.get("billing-cycle"), entry.get("billing-cycle-count")
    several = isinstance(count, int) and count > 1
    if not isinstance(unit, str) or unit not in CYCLES:
        return f"{count} {unit}s" if several else unit
    return CYCLES[unit].format(count=count) if several else str(dict(plans.UNITS)[unit])


def why_not(form: ApiForm, customer: str) -> str:
    choice = form.context.describe("customers", customer)
    if choice and choice.system not in OWN_SYSTEMS:
        return gettext("Came from {system}: cancel it there").format(system=choice.system)
    return gettext("Not imported through the API")


def instants(dates: object) -> list[datetime]:
    """The dates of a history that can be read, in order."""
    found = (moments.from_api(value) for value in dates) if isinstance(dates, list) else ()
    return sorted(moment for moment in found if moment)


class CancellationForm(RowForm):
    cancelled_at = MomentField(label=_("Canceled At"))


class CancellationDates(RowGroup):
    """The whole history, as a list of dates."""

    starts_empty = True

    def to_api(self, rows: list[dict[str, Any]]) -> Any:
        return [moments.to_api(row["cancelled_at"]) for row in rows]

    def from_api(self, value: Any) -> list[dict[str, Any]]:
        return [{"cancelled_at": moment} for moment in instants(value)]

    def changed(self, opened: Any, rows: list[dict[str, Any]]) -> Any:
        return None if sorted(row["cancelled_at"] for row in rows) == instants(opened) else self.to_api(rows)


ADD, EDIT, REMOVE = "add", "edit", "remove"


class CancelForm(UpdateForm):
    """Two ways to cancel of which one is sent: `cancelled_at` adds a date, `cancellation_dates` is all of them.

    What was filled in says which is meant; the choice above them is for those who want to be sure. Only an empty
    history, which undoes every cancellation, must be chosen in words.
    """

    local_fields = ("customer_uuid", "what")
    restores: ClassVar[Mapping[str, str]] = {"cancelled_at": "cancellation_dates"}
    loads_with = ("uuid", "customer_uuid")

    customer_uuid = PickerField(
        "customers",
        label=_("Customer"),
        required=False,
        help_text=_("Whose subscription it is. With it, the cancellations that ChartMogul has now can be loaded."),
    )
    uuid = PickerField(
        "subscriptions",
        label=_("Subscription UUID"),
        narrowed_by="customer_uuid",
        help_text=_(
            "Choose the customer first, and its subscriptions are offered here. Only a UUID that begins with sub_ fits."
        ),
    )
    what = forms.ChoiceField(
        label=_("What to do"),
        label_suffix="",
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (ADD, _("Add a cancellation")),
            (EDIT, _("Edit the whole history")),
            (REMOVE, _("Remove every cancellation")),
        ],
        help_text=_("To add or edit, just fill in below; only removing every cancellation must be chosen here."),
    )
    cancelled_at = MomentField(
        label=_("Canceled At"),
        required=False,
        past=True,
        help_text=_("Adds a cancellation at this time, in the past. The others stay as they are."),
    )

    groups = (
        CancellationDates(
            "cancellation_dates",
            label=_("Cancellation Dates"),
            row_form=CancellationForm,
            noun=_("cancellation date"),
            help_text=_("Replaces the whole history: a date that is left out here is erased, and its churn with it."),
        ),
    )

    def __init__(self, *args: Any, initial: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if initial and initial.get("cancellation_dates") == []:
            # Where none is to be put back, that has to be chosen in words.
            initial = {**initial, "what": REMOVE}
        super().__init__(*args, initial=initial, **kwargs)

    @property
    def held(self) -> list[datetime] | None:
        """The cancellations that ChartMogul had when the form was opened; None where that is not known."""
        return instants(self.opened.get("cancellation_dates")) if self.opened else None

    @property
    def dates(self) -> RowSet:
        return self.row_sets[0]

    @property
    def edited(self) -> Any:
        """The history to send, where the rows differ from what they were."""
        return self.dates.group.changed(self.opened.get("cancellation_dates"), self.dates.values())

    def is_valid(self) -> bool:
        # Not UpdateForm's own rule that something must have changed: the choice says it better.
        if super(UpdateForm, self).is_valid():
            self._check_dates()
        if not self.has_problems():
            self._check_choice()
        return not self.has_problems()

    def _check_dates(self) -> None:
        held = self.held or []
        seen: set[datetime] = set()
        for row in self.dates.filled():
            moment = row.cleaned_data["cancelled_at"]
            if moment in seen:
                row.add_error("cancelled_at", gettext("This date is given twice."))
            elif moments.is_future(moment) and moment not in held:
                row.add_error("cancelled_at", gettext("ChartMogul takes only dates in the past here."))
            seen.add(moment)
        if self.cleaned_data["cancelled_at"] in held:
            self.add_error("cancelled_at", gettext("The subscription has a cancellation at this very time already."))

    def _check_choice(self) -> None:
        what, adds = self.cleaned_data["what"], self.cleaned_data["cancelled_at"]
        edits, empties = self.edited is not None, self.edited == []
        if adds and edits:
            self.add_error(
                "what",
                gettext(
                    "Only one of the two can be sent: empty Canceled At to edit the history, or leave Cancellation "
                    "Dates as they were to add a cancellation."
                ),
            )
        elif (adds and what in (EDIT, REMOVE)) or (edits and (what == ADD or (what == REMOVE and not empties))):
            self.add_error("what", gettext("What you filled in below belongs to another choice than this one."))
        elif what == REMOVE:
            if self.held == []:
                self.add_error("what", gettext("The subscription has no cancellation."))
        elif empties:
            self.dates.errors.append(gettext("No date is left. To mean that, choose Remove every cancellation above."))
        elif what == EDIT and not edits:
            self.dates.errors.append(gettext("The dates are as they were, so there is nothing to send."))
        elif not adds and not edits:
            self.add_error(
                "cancelled_at", gettext("Enter a date here to add a cancellation, or edit Cancellation Dates.")
            )

    def history(self) -> list[datetime]:
        """All cancellations as they are to be."""
        if self.cleaned_data["what"] == REMOVE:
            return []
        return [row["cancelled_at"] for row in self.dates.values()]

    def payload(self) -> dict[str, Any]:
        if self.cleaned_data["cancelled_at"]:
            return {"cancelled_at": moments.to_api(self.cleaned_data["cancelled_at"])}
        return {"cancellation_dates": [moments.to_api(moment) for moment in self.history()]}

    def changes(self) -> list[Change]:
        # What ChartMogul has now, where the form was not opened with it.
        known = bool(self.before)
        held = instants(self.before.get("cancellation_dates"))
        nothing = pgettext("dates", "none")
        before = (self._words(held) or nothing) if known else gettext("not known")
        if moment := self.cleaned_data["cancelled_at"]:
            after = self._words([*held, moment])
            # Of a first one there is nothing to tell it from.
            added = (self._words([moment]),) if held else ()
            return [Change(label=gettext("Add a cancellation"), before=before, after=after, added=added)]
        history = self.history()
        removed = [moment for moment in held if moment not in history]
        lines = [
            Change(
                label=gettext("Edit the whole history"),
                before=before,
                after=self._words(history) or nothing,
                added=tuple(self._words([moment]) for moment in history if moment not in held),
                removed=tuple(self._words([moment]) for moment in removed),
            )
        ]
        if removed or not known:
            erased = self._words(removed) or gettext("every cancellation that ChartMogul has and this list has not")
            lines.append(Change(label=gettext("Erased, with its churn"), after=erased))
        return lines

    def _words(self, dates: list[datetime]) -> str:
        return "; ".join(self.in_words("cancelled_at", moment) for moment in dates)


def shows_cancellation(body: Any, record: Mapping[str, Any]) -> bool:
    """Whether the dates of a subscription are what a cancellation would make them."""
    now = instants(record.get("cancellation_dates"))
    if "cancelled_at" in body:
        return moments.from_api(body["cancelled_at"]) in now
    return instants(body.get("cancellation_dates")) == now


LIST = ListOperation(
    key="subscriptions.list",
    title=_("List Customer's Subscriptions"),
    method="GET",
    path="customers/{uuid}/subscriptions",
    form_class=SubscriptionListForm,
    rows_key="entries",
    complete=with_imported,
    empty=_("This customer has no subscriptions. They come from invoices; new ones appear within minutes."),
    columns=(
        Column(key="external_id", label=_("External ID"), shown_as="identifier"),
        Column(key="plan", label=_("Plan")),
        Column(key="status", label=_("Status"), shown_as="status"),
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
    key="subscriptions",
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
    part_of=("customers", "customer_uuid"),
    afterwards=_("The churn may appear on another date, by the account's churn recognition."),
    shows=shows_cancellation,
    intro=_(
        "For subscriptions imported through the API. Those of an integration, such as Stripe, are cancelled there. "
        "Depending on the account's churn recognition, the churn may appear on another date than the one given here."
    ),
)

RESOURCE = Resource(
    key="subscriptions",
    title=_("Subscriptions"),
    noun=_("subscription"),
    nouns=_("subscriptions"),
    counted=ngettext_lazy("{shown} subscription", "{shown} subscriptions", "count"),
    uuid_prefix="sub_",
    path="",
    list_path="",
    rows_key="subscriptions",
    operations=(LIST, CANCEL),
    name_keys=("external_id",),
    all_of=IMPORTED,
    owner="customer_uuid",
    index={
        "external_id": "external_id",
        "data_source_uuid": "data_source_uuid",
        "status": "status",
    },
)
