"""Filters of the trail."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from activity.models import Outcome, Write


class TrailForm(forms.Form):
    """Which writes to show; each field left empty means any."""

    person = forms.ChoiceField(label="Person", required=False)
    operation = forms.ChoiceField(label="Operation", required=False)
    record = forms.CharField(label="Record", required=False, max_length=255, help_text="UUID, or a part of the name.")
    outcome = forms.ChoiceField(label="Outcome", required=False, choices=[("", "Any"), *Outcome.choices])
    first_day = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="UTC"
    )
    last_day = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="UTC, the day included"
    )

    use_required_attribute = False

    def __init__(self, data: Any, *, writes: QuerySet[Write]) -> None:
        super().__init__(data)
        people = writes.order_by("username").values_list("username", flat=True).distinct()
        operations = writes.order_by("title").values_list("operation", "title").distinct()
        self.fields["person"] = forms.ChoiceField(
            label="Person", required=False, choices=[("", "Anybody"), *((name, name) for name in people)]
        )
        self.fields["operation"] = forms.ChoiceField(
            label="Operation", required=False, choices=[("", "Any"), *dict(operations).items()]
        )

    def narrowed(self, writes: QuerySet[Write]) -> QuerySet[Write]:
        """The writes that the (valid) filters select."""
        chosen = self.cleaned_data
        plain = {"username": chosen["person"], "operation": chosen["operation"], "outcome": chosen["outcome"]}
        writes = writes.filter(**{name: value for name, value in plain.items() if value})
        if record := chosen["record"]:
            writes = writes.filter(Q(record_uuid=record) | Q(record_name__icontains=record))
        if first := chosen["first_day"]:
            writes = writes.filter(prepared_at__gte=datetime.combine(first, time(), UTC))
        if last := chosen["last_day"]:
            writes = writes.filter(prepared_at__lt=datetime.combine(last, time(), UTC) + timedelta(days=1))
        return writes

    def has_problems(self) -> bool:
        return self.is_bound and bool(self.errors)

    @property
    def problem_list(self) -> list[tuple[str, str, str]]:
        return [
            (field.id_for_label, str(field.label), str(message))
            for field in self.visible_fields()
            for message in field.errors
        ]
