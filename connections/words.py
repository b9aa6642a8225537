"""Texts of the product, which are in English in the code and in the language of whoever reads them on a page."""

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import ngettext

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Words: TypeAlias = StrOrPromise
else:
    Words = object
"""A text, or one that is translated whenever it is shown (gettext_lazy). What is stored, compared or joined is made a
str first."""


def sentence(text: str) -> str:
    """A text that others wrote, which may lack its full stop, so that another sentence can follow it."""
    text = text.rstrip()
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def lasting(time: timedelta | float) -> str:
    """How long a time is, or so many seconds, in whole minutes: `30 minutes`, `12 hours`."""
    seconds = time.total_seconds() if isinstance(time, timedelta) else time
    minutes = round(seconds / 60)
    if minutes % 60:
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    return ngettext("{count} hour", "{count} hours", minutes // 60).format(count=minutes // 60)
