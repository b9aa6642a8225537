"""A form field for JSON."""

import json
from typing import Any, NoReturn

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FAULTS = {
    "Expecting value": gettext_lazy("a value is missing, or is not written as JSON"),
    "Expecting property name": gettext_lazy("a name in double quotes is expected"),
    "Expecting ':' delimiter": gettext_lazy("a colon is expected"),
    "Expecting ',' delimiter": gettext_lazy("a comma is expected"),
    "Illegal trailing comma": gettext_lazy("a comma is followed by nothing"),
    "Unterminated string": gettext_lazy("a text has no closing quote"),
    "Invalid control character": gettext_lazy("a text contains a line break or another control character"),
    "Invalid \\": gettext_lazy("a backslash in a text is followed by something that JSON does not know"),
    "Extra data": gettext_lazy("something follows the end of the JSON"),
    "Unexpected UTF-8 BOM": gettext_lazy("it begins with an invisible character (a byte order mark)"),
}
"""Beginning of Python's error message, as far as all versions have it in common -> words for a page."""


class JsonField(forms.CharField):
    """Cleans to the text exactly as it was typed, which is valid JSON or blank."""

    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        attrs = {"rows": rows, "class": "code", "spellcheck": "false", "autocomplete": "off"}
        super().__init__(strip=False, widget=forms.Textarea(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        # Browsers post line breaks as CR LF; in the text area they are LF.
        text = super().clean(value).replace("\r\n", "\n")
        if not text.strip():
            if self.required:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return ""
        try:
            json.loads(text, parse_constant=_not_json)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                _("This is not JSON: {fault}, at line {line}, column {column}.").format(
                    fault=in_words(error), line=error.lineno, column=error.colno
                )
            ) from None
        except RecursionError:
            raise forms.ValidationError(_("This JSON is nested too deeply.")) from None
        except ValueError:
            # Only integers cause this: Python rejects those with more than a few thousand digits.
            raise forms.ValidationError(_("This JSON contains a number with too many digits.")) from None
        return text


def in_words(error: json.JSONDecodeError) -> str:
    return next((str(words) for fault, words in FAULTS.items() if error.msg.startswith(fault)), error.msg)


def _not_json(name: str) -> NoReturn:
    raise forms.ValidationError(
        _("This is not JSON: it contains {name}, which is not a JSON number.").format(name=name)
    )
