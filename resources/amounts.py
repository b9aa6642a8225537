"""The amounts of a form: in what they were typed, and the change from cents to major units and back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from resources import major_units, money
from resources.fields import FormContext
from resources.major_units import CENTS, MARK, UNITS
from resources.money_fields import AmountBox, CentsField


def context_of(context: FormContext, data: Mapping[str, Any] | None, initial: Mapping[str, Any]) -> FormContext:
    """What was typed says itself in what, whatever the person prefers by now; without a word it is cents."""
    if data is None:
        return replace(context, currency=str(initial.get("currency", "")))
    typed_in = UNITS if data.get(MARK) == UNITS else CENTS
    return replace(context, amounts_in=typed_in, currency=str(data.get("currency") or ""))


def doubts(context: FormContext) -> list[str]:
    """What to say of amounts that were typed in major units of a currency without decimals."""
    if context.amounts_in == CENTS or money.has_decimals(context.currency):
        return []
    words = _(
        "The amounts were typed in whole {currency} and are sent in hundredths, as ChartMogul counts MRR. It does not "
        "document whether it counts the amounts of invoices in {currency} so: compare with an invoice that is right."
    )
    return [words.format(currency=context.currency)]


def boxes(form: Any) -> Iterator[AmountBox]:
    """Those of the form and of all its rows."""
    for part in (form, *(row for row_set in form.row_sets for row in row_set.rows)):
        for name, field in part.fields.items():
            if isinstance(field, CentsField):
                yield part[name]


def changed(form: Any, data: QueryDict, wanted: str) -> tuple[QueryDict, list[str]]:
    """What was typed into a form, with each amount as it is typed in `wanted`, and the names of those that no amount
    could be read from: they stay as they were."""
    result, left = data.copy(), []
    result[MARK] = wanted
    for box in boxes(form):
        text = box.data or ""
        try:
            hundredths = box.field.read(text)
        except forms.ValidationError:
            left.append(box.html_name)
            continue
        if hundredths is not None:
            in_units = major_units.typed(hundredths, box.field.currency)
            result[box.html_name] = in_units if wanted == UNITS else str(hundredths)
    return result, left


def note_left(form: Any, names: list[str]) -> None:
    """Say beside each of these boxes that its text did not change along."""
    for box in boxes(form):
        if box.html_name in names:
            box.form.add_error(box.name, _("No amount could be read from this, so it stays as it was typed. Check it."))
