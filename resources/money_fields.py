"""Fields for amounts and currencies. An amount is typed as the integer that is sent; a live line below it shows the
amount in the currency (static/js/money-lines.js), and so does the review. People who prefer it type major units instead
(resources/major_units.py): then the input says so, and the line shows the integer that will be sent."""

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
    """An integer, possibly negative, without separators, because `1.234` and `1,234` would be ambiguous."""

    example = _("Enter a whole number, such as 3.")
    too_large = _("This number is too large.")

    def __init__(self, *, default: str = "", **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", **({"placeholder": default} if default else {})}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        # Text pasted from a spreadsheet may have a Unicode minus sign.
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
    """The input of an amount. Its initial value comes in cents, from an address or a record, and is converted to the
    unit that is typed here; for major units the input is described by a note that says so."""

    field: "CentsField"

    @cached_property
    def initial(self) -> Any:
        return self.field.as_typed(super().initial)

    @property
    def aria_describedby(self) -> str | None:
        others = super().aria_describedby
        return f"{self.auto_id}_note {others or ''}".strip() if self.field.in_units else others


class CentsField(WholeField):
    """An `*_in_cents` amount."""

    example = _("Enter a whole number of cents without separators, such as 123450 for 1,234.50.")
    too_large = major_units.WORDS["amount_too_large"]

    def __init__(self, *, positive: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.positive = positive
        self.currency = ""
        """The currency of the form's amounts, if known."""
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
        """Return the amount that was typed, without checking that it is positive. Raises ValidationError.

        An amount that is not `to_send` may have hundredths in a currency without decimals, so that cents that were not
        whole yen are read back as the same cents.
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
        """Return the input's value for an amount in cents; anything else is returned unchanged."""
        text = "" if value is None else str(value)
        return major_units.typed(int(text), self.currency) if self.in_units and WHOLE.fullmatch(text) else value

    def in_words(self, value: int) -> str:
        return money.in_words(value, self.currency)


class CurrencyField(forms.ChoiceField):
    """The currency of the form's amounts: ISO 4217, chosen by name."""

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
    """True, false, or None: not sent at all."""

    CHOICES = (("", _("Not defined")), ("true", _("Yes")), ("false", _("No")))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=self.CHOICES, coerce=lambda text: text == "true", empty_value=None, required=False, **kwargs
        )

    def from_api(self, value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else ""

    def in_words(self, value: bool) -> str:
        return gettext("Yes") if value else gettext("No")
