"""The amounts of a form: the unit they were typed in, and the change from cents to major units and back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from resources import major_units, money
from resources.form_context import FormContext
from resources.major_units import CENTS, MARK, UNITS
from resources.money_fields import WHOLE, AmountBox, CentsField

HELD = "amounts_held"
"""The posted field with what `held` returns."""


def context_of(context: FormContext, data: Mapping[str, Any] | None, initial: Mapping[str, Any]) -> FormContext:
    """Return the context with the currency of the form and the unit of its amounts. Posted data carries its own unit,
    whatever the person prefers by now; without one it is cents."""
    if data is None:
        return replace(context, currency=str(initial.get("currency", "")))
    typed_in = UNITS if data.get(MARK) == UNITS else CENTS
    return replace(context, amounts_in=typed_in, currency=str(data.get("currency") or ""))


def held(form: Any) -> str:
    """Return the currency and the amounts in hundredths that a form was opened with, for the form to carry."""
    if form.is_bound:
        return str(form.data.get(HELD, ""))
    first = {str(box.form.get_initial_for_field(box.field, box.name)) for box in boxes(form)}
    return " ".join([form.context.currency, *sorted(text for text in first if WHOLE.fullmatch(text))])


def doubts(form: Any) -> list[str]:
    """Return a warning if amounts were typed in major units of a currency without decimals. Those that a valid form was
    opened with were not typed: they are as they came from ChartMogul."""
    currency = form.context.currency
    if form.context.amounts_in == CENTS or money.has_decimals(currency):
        return []
    of, *first = held(form).split(" ")
    now = {box.form.cleaned_data.get(box.name) for box in boxes(form)} - {None, 0}
    if of == currency and {str(amount) for amount in now} <= {*first}:
        return []
    words = _(
        "The amounts were typed in whole {currency} and are sent in hundredths, as ChartMogul counts MRR. It does not "
        "document whether it counts invoice amounts in {currency} the same way: compare with an invoice that is known "
        "to be right."
    )
    return [words.format(currency=currency)]


def boxes(form: Any) -> Iterator[AmountBox]:
    """Yield the amount boxes of the form and of all its rows."""
    for part in (form, *(row for row_set in form.row_sets for row in row_set.rows)):
        for name, field in part.fields.items():
            if isinstance(field, CentsField):
                yield part[name]


def changed(form: Any, data: QueryDict, wanted: str) -> tuple[QueryDict, dict[str, str]]:
    """Return the posted data with each amount converted to the unit `wanted`, and notes to show beside boxes, by their
    HTML names. Text that cannot be read as an amount is left as it was; no amount ever changes its value."""
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
    """Add the notes to their boxes as errors."""
    for box in boxes(form):
        if box.html_name in notes:
            box.form.add_error(box.name, notes[box.html_name])
