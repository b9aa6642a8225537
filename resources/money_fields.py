"""Fields for amounts and currencies. An amount is typed as the integer that is sent; a line below it says live what
it is in the currency (static/js/money-lines.js), and so does the review. Whoever prefers it types major units instead
(resources/major_units.py): then the box says so, and the line the integer that will be sent."""

import re
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resources import major_units, money
from resources.form_context import FormContext

WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
TOO_LARGE = re.compile(r"[+-]?[0-9]{16,}")


class WholeField(forms.CharField):
    """An integer, negative ones among them, without separators: `1.234` and `1,234` would be read in two ways."""

    example = _("Enter a whole number, such as 3.")
    too_large = _("This number is too large.")

    def __init__(self, *, default: str = "", **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", **({"placeholder": default} if default else {})}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        # The signs that look like a minus come with what is pasted from a spreadsheet.
        text = text.replace("\u2212", "-")
        if not WHOLE.fullmatch(text):
            raise forms.ValidationError(self.too_large if TOO_LARGE.fullmatch(text) else self.example)
        return int(text)


class QuantityField(WholeField):
    """Any whole number but 0 (documentation)."""

    def clean(self, value: Any) -> int | None:
        number = super().clean(value)
        if number == 0:
            raise forms.ValidationError(_("The quantity cannot be 0."))
        return number


class CentsInput(forms.TextInput):
    template_name = "resources/widgets/cents.html"
    in_units = False
    currency = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"in_units": self.in_units, "currency": self.currency}
        return context


class AmountBox(forms.BoundField):
    """The box of an amount. What it opens with comes in cents, from an address or a record, and stands in it as it is
    typed here; where that is major units, a note that belongs to it says so."""

    field: "CentsField"

    @cached_property
    def initial(self) -> Any:
        return self.field.as_typed(super().initial)

    @property
    def aria_describedby(self) -> str | None:
        others = super().aria_describedby
        return f"{self.auto_id}_note {others or ''}".strip() if self.field.in_units else others


class CentsField(WholeField):
    """An `*_in_cents`."""

    example = _("Enter a whole number of cents without separators, such as 123450 for 1,234.50.")
    too_large = major_units.WORDS["amount_too_large"]

    def __init__(self, *, positive: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.positive = positive
        self.currency = ""
        """Of the invoice that the amount is in, where it is known."""
        self.in_units = False
        self.widget = CentsInput(attrs=self.widget.attrs)

    def bind(self, context: FormContext) -> None:
        self.currency, self.in_units = context.currency, context.amounts_in == major_units.UNITS
        self.widget.in_units, self.widget.currency = self.in_units, self.currency
        if self.in_units:
            self.widget.attrs |= {"inputmode": "decimal", "data-in-units": ""}

    def get_bound_field(self, form: Any, field_name: str) -> AmountBox:
        return AmountBox(form, self, field_name)

    def clean(self, value: Any) -> int | None:
        number = self.read(value)
        if number is not None and number <= 0 and self.positive:
            raise forms.ValidationError(_("Enter a positive amount: refunds are positive too."))
        return number

    def read(self, value: Any, *, to_send: bool = True) -> int | None:
        """The amount that was typed, whether or not it may be negative here. Raises ValidationError.

        What is not to be sent may have hundredths in a currency without decimals: cents that were no whole yen are
        the same cents again when they are read back.
        """
        if not self.in_units:
            return super().clean(value)
        text = forms.CharField.clean(self, value)
        currency = self.currency if to_send or money.has_decimals(self.currency) else ""
        try:
            return major_units.parse(text, currency) if text else None
        except major_units.NotAnAmount as problem:
            raise forms.ValidationError(str(problem)) from None

    def as_typed(self, value: Any) -> Any:
        """What stands in the box for an amount in cents; anything else stays as it is."""
        text = "" if value is None else str(value)
        return major_units.typed(int(text), self.currency) if self.in_units and WHOLE.fullmatch(text) else value

    def in_words(self, value: int) -> str:
        return money.in_words(value, self.currency)


class CurrencyField(forms.ChoiceField):
    """ISO 4217, chosen by name. The amounts of the form are in it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=self.options, **kwargs)

    @staticmethod
    def options() -> list[tuple[str, str]]:
        return [("", "—"), *((code, f"{name} ({code})") for code, name in money.currencies())]

    def bind(self, context: FormContext) -> None:
        self.widget.attrs |= money.for_scripts()

    def in_words(self, value: str) -> str:
        name = dict(money.currencies()).get(value)
        return f"{name} ({value})" if name else value


class YesNoField(forms.TypedChoiceField):
    """True, false, or not sent at all."""

    CHOICES = (("", _("Not defined")), ("true", _("Yes")), ("false", _("No")))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=self.CHOICES, coerce=lambda text: text == "true", empty_value=None, required=False, **kwargs
        )

    def from_api(self, value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else ""

    def in_words(self, value: bool) -> str:
        return gettext("Yes") if value else gettext("No")
