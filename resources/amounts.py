"""The amounts of a form: in what they were typed, and the change from cents to major units and back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from resources import major_units, money
from resources.form_context import FormContext
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
        "document whether it counts invoice amounts in {currency} the same way: compare with an invoice that is known "
        "to be right."
    )
    return [words.format(currency=context.currency)]


def boxes(form: Any) -> Iterator[AmountBox]:
    """Those of the form and of all its rows."""
    for part in (form, *(row for row_set in form.row_sets for row in row_set.rows)):
        for name, field in part.fields.items():
            if isinstance(field, CentsField):
                yield part[name]


def changed(form: Any, data: QueryDict, wanted: str) -> tuple[QueryDict, dict[str, str]]:
    """What was typed into a form, with each amount as it is typed in `wanted`, and what to say beside which of its
    boxes. Text that no amount could be read from stays as it was; an amount never becomes another."""
    result, notes = data.copy(), {}
    result[MARK] = wanted
    for box in boxes(form):
        text = box.data or ""
        try:
            hundredths = box.field.read(text, to_send=False)
        except forms.ValidationError:
            notes[box.html_name] = _("This could not be read as an amount, so it was left as typed. Please check it.")
            continue
        if hundredths is None:
            continue
        currency = box.field.currency
        result[box.html_name] = major_units.typed(hundredths, currency) if wanted == UNITS else str(hundredths)
        if wanted == UNITS and hundredths % 100 and not money.has_decimals(currency):
            notes[box.html_name] = _("This is {n} in cents. {why}").format(
                n=hundredths, why=major_units.no_decimals(currency)
            )
    return result, notes


def note(form: Any, notes: Mapping[str, str]) -> None:
    """Say beside each of these boxes what is to be said of it."""
    for box in boxes(form):
        if box.html_name in notes:
            box.form.add_error(box.name, notes[box.html_name])
