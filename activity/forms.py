"""Filters of the trail."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from operator import itemgetter
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from activity.in_words import kind_in_words
from activity.models import WAITING, WITHDRAWN, Event, Outcome, Write
from connections.forms import AlertForm
from connections.words import Words

ANY = ("any", gettext_lazy("Any"))
EARLIEST, LATEST = date.min + timedelta(days=2), date.max - timedelta(days=2)
"""Days whose midnight is in the range of datetime in UTC, whatever the zone."""


def offer(form: forms.Form, name: str, choices: list[tuple[str, Words]]) -> None:
    """Set the choices of a form field that are only known at run time."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


class SendForm(AlertForm):
    """What a person enters to send a write: a reason, and the name of the record if it cannot be undone."""

    typed_name = forms.CharField(
        label=gettext_lazy("Type the name to confirm"),
        max_length=1_000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=1_000,
        help_text=gettext_lazy("Recorded in Activity, not sent to ChartMogul."),
    )

    def __init__(self, data: Any = None, *, write: Write) -> None:
        super().__init__(data)
        self.write = write
        if write.to_type:
            told = _("Exactly: {name}")
            if write.to_type == write.record_uuid:
                told = _("The UUID, because there is no name that can be typed. Exactly: {name}")
            self.fields["typed_name"].help_text = told.format(name=write.to_type)
            self.fields["reason"].required = True
        else:
            del self.fields["typed_name"]

    def clean_typed_name(self) -> str:
        typed = " ".join(self.cleaned_data["typed_name"].split())
        if typed not in (self.write.to_type, self.write.record_uuid):
            raise forms.ValidationError(_("The name does not match, so nothing was sent."))
        return typed


class DeclineForm(AlertForm):
    """Why a second person does not want a write to be sent."""

    decline_reason = forms.CharField(
        label=gettext_lazy("Reason for declining"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Shown to the person who prepared it, and recorded in Activity."),
    )


class WithdrawForm(DeclineForm):
    """Why the author withdraws a write that waits for approval."""

    decline_reason = forms.CharField(
        label=gettext_lazy("Reason for withdrawing"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Recorded in Activity, not sent to ChartMogul."),
    )


class EventsForm(AlertForm):
    """Which events to show; each field left empty means any."""

    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Event"), required=False)

    def __init__(self, data: Any, *, events: QuerySet[Event]) -> None:
        super().__init__(data)
        people = events.order_by("username").values_list("username", flat=True).distinct()
        kinds = events.order_by("kind").values_list("kind", flat=True).distinct()
        offer(self, "person", [("", _("Anyone")), *((name, name) for name in people if name)])
        offer(self, "kind", [("", _("Any")), *((kind, kind_in_words(kind)) for kind in kinds if kind)])

    def narrowed(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Return the events that the (valid) filters select."""
        chosen = {"username": self.cleaned_data["person"], "kind": self.cleaned_data["kind"]}
        return events.filter(**{name: value for name, value in chosen.items() if value})


def without_discarded(writes: QuerySet[Write]) -> QuerySet[Write]:
    """Return the writes that are listed by default. Withdrawn ones are kept, because a second person has seen them."""
    return writes.exclude(outcome=Outcome.DISCARDED, asked_at=None)


class TrailForm(AlertForm):
    """Which writes to show; each field left empty means any, except discarded ones."""

    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    operation = forms.ChoiceField(label=gettext_lazy("Operation"), required=False)
    record = forms.CharField(
        label=gettext_lazy("Record"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("UUID or part of the name. What belongs to it is found too."),
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        required=False,
        choices=[("", gettext_lazy("Not discarded")), *Outcome.choices, WAITING, WITHDRAWN, ANY],
    )
    first_day = forms.DateField(
        label=pgettext_lazy("first day", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    last_day = forms.DateField(
        label=pgettext_lazy("last day", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, data: Any, *, writes: QuerySet[Write], zone: tzinfo = UTC) -> None:
        super().__init__(data)
        self.zone = zone
        self.fields["first_day"].help_text = str(zone)
        self.fields["last_day"].help_text = _("{zone}, inclusive").format(zone=zone)
        people = writes.order_by("username").values_list("username", flat=True).distinct()
        titles = dict(writes.order_by("title").values_list("operation", "title").distinct())
        operations = sorted(((operation, _(title)) for operation, title in titles.items()), key=itemgetter(1))
        offer(self, "person", [("", _("Anyone")), *((name, name) for name in people)])
        offer(self, "operation", [("", _("Any")), *operations])

    def narrowed(self, writes: QuerySet[Write]) -> QuerySet[Write]:
        """Return the writes that the (valid) filters select."""
        chosen = self.cleaned_data
        equal = {"username": chosen["person"], "operation": chosen["operation"]}
        if chosen["outcome"] == WAITING[0]:
            writes = writes.filter(outcome=Outcome.PREPARED, asked_at__isnull=False)
        elif chosen["outcome"] == WITHDRAWN[0]:
            writes = writes.filter(outcome=Outcome.DISCARDED, asked_at__isnull=False)
        elif not chosen["outcome"]:
            writes = without_discarded(writes)
        elif chosen["outcome"] != ANY[0]:
            equal["outcome"] = chosen["outcome"]
        writes = writes.filter(**{name: value for name, value in equal.items() if value})
        if record := chosen["record"]:
            named = Q(record_name__icontains=record) | Q(owner_name__icontains=record)
            writes = writes.filter(Q(record_uuid=record) | Q(owner_uuid=record) | named)
        if first := chosen["first_day"]:
            writes = writes.filter(prepared_at__gte=self.midnight(first))
        if last := chosen["last_day"]:
            writes = writes.filter(prepared_at__lt=self.midnight(min(last, LATEST) + timedelta(days=1)))
        return writes

    def for_trail(self) -> dict[str, str]:
        """Return the (valid) filters for an event. Of the record it only says that one was searched for: the text may
        be a person's name, and an event cannot be scrubbed."""
        chosen = {name: str(value) for name, value in self.cleaned_data.items() if value}
        return chosen | ({"record": "…"} if "record" in chosen else {})

    def midnight(self, day: date) -> datetime:
        """Return when a day begins in `zone`; days outside EARLIEST and LATEST are moved to the nearest of them."""
        return datetime.combine(min(max(day, EARLIEST), LATEST), time(), self.zone)
