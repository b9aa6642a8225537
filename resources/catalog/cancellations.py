"""Cancel a subscription: the form that adds one cancellation or rewrites the history of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from resources import moments
from resources.fields import MomentField
from resources.forms import Change
from resources.json_paths import rows_at
from resources.picker_fields import PickerField
from resources.rows import RowForm, RowGroup, RowSet
from resources.update_forms import UpdateForm


def instants(dates: object) -> list[datetime]:
    """Return the dates of a history that can be read, in order."""
    found = (moments.from_api(value) for value in dates) if isinstance(dates, list) else ()
    return sorted(moment for moment in found if moment)


def canceled_at(dates: object) -> datetime | None:
    """Return the last cancellation of a history that is not in the future; None if there is none."""
    return next((moment for moment in reversed(instants(dates)) if not moments.is_future(moment)), None)


class CancellationForm(RowForm):
    cancelled_at = MomentField(label=_("Canceled At"))
    # A date that ChartMogul has may be in the future and stay, but no other can be added there.
    cancelled_at.widget.past = True


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
    """Two ways to cancel, one of which is sent: `cancelled_at` adds a date, `cancellation_dates` replaces all of them.

    Which is meant follows from what was filled in; the choice above them is for those who want to be sure. Only an
    empty history, which undoes every cancellation, must be chosen explicitly.
    """

    local_fields = ("customer_uuid", "what")
    restores: ClassVar[Mapping[str, str]] = {"cancelled_at": "cancellation_dates"}
    loads_with = ("uuid", "customer_uuid")

    customer_uuid = PickerField(
        "customers",
        label=_("Customer"),
        required=False,
        help_text=_(
            "The customer the subscription belongs to. Needed to load the cancellations that ChartMogul has now."
        ),
    )
    uuid = PickerField(
        "subscriptions",
        label=_("Subscription UUID"),
        narrowed_by="customer_uuid",
        help_text=_(
            "Choose the customer first, and its subscriptions are offered here. Only a UUID that begins with sub_ is "
            "accepted."
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
        help_text=_(
            "To add or edit, just fill in the fields below; only removing every cancellation has to be chosen here."
        ),
    )
    cancelled_at = MomentField(
        label=_("Canceled At"),
        required=False,
        past=True,
        help_text=_("Adds a cancellation at this time, in the past. The others stay unchanged."),
    )

    groups = (
        CancellationDates(
            "cancellation_dates",
            label=_("Cancellation Dates"),
            row_form=CancellationForm,
            noun=_("cancellation date"),
            help_text=_("Replaces the whole history: any date left out here is erased, along with its churn."),
        ),
    )

    def __init__(self, *args: Any, initial: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if initial and initial.get("cancellation_dates") == []:
            # An empty history that is to be restored has to be chosen explicitly.
            initial = {**initial, "what": REMOVE}
        super().__init__(*args, initial=initial, **kwargs)

    @property
    def held(self) -> list[datetime] | None:
        """The cancellations that ChartMogul had when the form was opened; None if they are not known."""
        return instants(self.opened.get("cancellation_dates")) if self.opened else None

    @property
    def dates(self) -> RowSet:
        return self.row_sets[0]

    @property
    def choice(self) -> str:
        """What was chosen explicitly; "" if nothing was."""
        return str(self.cleaned_data.get("what", ""))

    @property
    def added(self) -> datetime | None:
        """The cancellation to add; None if there is none, or if another choice was made."""
        return self.cleaned_data.get("cancelled_at") if self.choice in ("", ADD) else None

    @property
    def edited(self) -> Any:
        """The history to send if the rows were changed or are all to be removed; None if not, or if adding was
        chosen."""
        if self.choice == REMOVE:
            return None if self.held == [] else []
        if self.choice == ADD:
            return None
        return self.dates.group.changed(self.opened.get("cancellation_dates"), self.dates.values())

    @property
    def unused(self) -> list[str]:
        """The labels of what was filled in or changed and is not sent, because another choice was made."""
        fills = self.choice in (EDIT, REMOVE) and self["cancelled_at"].data
        changes = self.choice == ADD or (self.choice == REMOVE and self.dates.filled())
        changes = changes and self.dates.differs_from(self.initial["cancellation_dates"])
        names = {"cancelled_at": fills, "cancellation_dates": changes}
        return [self.label_of(name) for name, is_so in names.items() if is_so]

    def check(self) -> None:
        """Forgive what the choice leaves out, because the page hides it."""
        if self.choice in (EDIT, REMOVE):
            self.errors.pop("cancelled_at", None)
        if self.choice in (ADD, REMOVE):
            self.dates.errors.clear()
            for row in self.dates.rows:
                row.errors.clear()

    def check_changes(self) -> None:
        self._check_dates()
        if not self.has_problems():
            self._check_choice()

    def _check_dates(self) -> None:
        held = self.held or []
        seen: set[datetime] = set()
        for row in self.dates.filled() if self.choice in ("", EDIT) else ():
            moment = row.cleaned_data["cancelled_at"]
            if moment in seen:
                row.add_error("cancelled_at", gettext("This date is entered twice."))
            elif moments.is_future(moment) and moment not in held:
                row.add_error("cancelled_at", gettext("ChartMogul accepts only dates in the past here."))
            seen.add(moment)
        if self.added in held:
            self.add_error("cancelled_at", gettext("The subscription already has a cancellation at exactly this time."))

    def _check_choice(self) -> None:
        if self.choice == REMOVE:
            if self.held == []:
                self.add_error("what", gettext("The subscription has no cancellation."))
        elif self.added and self.edited is not None:
            self.add_error(
                "what",
                gettext(
                    "Only one of the two can be sent: Canceled At or the changes to Cancellation Dates. Choose here "
                    "which one."
                ),
            )
        elif self.edited == []:
            self.dates.errors.append(
                gettext("No date is left. If that is what you want, choose Remove every cancellation above.")
            )
        elif self.added or self.edited:
            return
        elif self.unused:
            self.add_error("what", gettext("What you entered below belongs to a different choice."))
        elif self.choice == EDIT:
            self.dates.errors.append(gettext("The dates are unchanged, so there is nothing to send."))
        else:
            self.add_error(
                "cancelled_at", gettext("Enter a date here to add a cancellation, or edit Cancellation Dates.")
            )

    def history(self) -> list[datetime]:
        """Return all cancellations as they are to be, if they are not to be added to."""
        return [] if self.choice == REMOVE else [row["cancelled_at"] for row in self.dates.values()]

    def changed_fields(self) -> list[str]:
        is_new = self.added is not None and self.added not in (self.held or [])
        return ["cancelled_at"] if is_new and "cancelled_at" not in self.there else []

    def changed_groups(self) -> dict[str, Any]:
        is_new = self.edited is not None and "cancellation_dates" not in self.there
        return {"cancellation_dates": self.edited} if is_new else {}

    calculated: Any = None
    """The customer's subscriptions as ChartMogul calculates them: only these say when each began."""

    def look_at(self, found: Any) -> None:
        self.calculated = found

    @property
    def same(self) -> list[Mapping[str, Any]]:
        """The calculated entries of this subscription, as far as they are known."""
        chosen = self.context.describe("subscriptions", self.cleaned_data["uuid"])
        entries = rows_at(self.calculated, "entries") if chosen else []
        return [entry for entry in entries if chosen and str(entry.get("external_id")) == chosen.name]

    @property
    def began(self) -> datetime | None:
        """The first start of the subscription; None if unknown."""
        return next(iter(instants([entry.get("start-date") for entry in self.same])), None)

    @property
    def ended(self) -> datetime | None:
        """When the subscription was canceled; None if it was not, or if it is known to be active again."""
        statuses = {str(entry.get("status")).casefold() for entry in self.same}
        held = (self.now or self.opened).get("cancellation_dates")
        return None if statuses == {"active"} else canceled_at(held)

    def warnings(self) -> list[str]:
        said, began, added = super().warnings(), self.began, self.added
        unused = gettext("You chose “{choice}”, so what you entered in {field} is not sent.")
        said += [unused.format(choice=self.in_words("what", self.choice), field=label) for label in self.unused]
        if added and (ended := self.ended):
            sentence = gettext(
                "This subscription was already canceled on {when}, and this adds another cancellation. To correct that "
                "date, edit the whole history instead."
            )
            said.append(sentence.format(when=self._words([ended])))
        given = [added] if added else [moment for moment in self.history() if moment not in (self.held or [])]
        if began and (early := [moment for moment in given if moment < began]):
            sentence = gettext("In ChartMogul, this subscription starts {start}, after {dates}. Is the date right?")
            start = self.in_words("cancelled_at", began)
            said.append(sentence.format(start=start, dates=self._words(early)))
        return said

    def changes(self) -> list[Change]:
        # `before` is what ChartMogul has now if the form was not opened with a record.
        known = bool(self.before)
        held = instants(self.before.get("cancellation_dates"))
        nothing = pgettext("dates", "none")
        before = (self._words(held) or nothing) if known else gettext("not known")
        if moment := self.added:
            after = self._words([*held, moment])
            # A first one needs no mark: there are no others to tell it from.
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
            erased = self._words(removed) or gettext("every cancellation that ChartMogul has and this list does not")
            lines.append(Change(label=gettext("Erased, along with its churn"), after=erased))
        return lines

    def _words(self, dates: list[datetime]) -> str:
        return "; ".join(self.in_words("cancelled_at", moment) for moment in dates)


def shows_cancellation(body: Any, record: Mapping[str, Any]) -> bool:
    """Whether the dates of a subscription show the effect of a cancellation with this body."""
    now = instants(record.get("cancellation_dates"))
    if "cancelled_at" in body:
        return moments.from_api(body["cancelled_at"]) in now
    return instants(body.get("cancellation_dates")) == now
