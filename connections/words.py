"""Helpers for texts of the user interface: English in the code, translated on a page."""

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import ngettext

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Words: TypeAlias = StrOrPromise
else:
    Words = object
"""A str, or a lazy one that is translated when it is shown (gettext_lazy). Convert it to str before you store, compare
or join it."""


def sentence(text: str) -> str:
    """Return a text of others, with a full stop if it lacks one, so that another sentence can follow it."""
    text = text.rstrip()
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def lasting(time: timedelta | float) -> str:
    """Format a duration, or a number of seconds, in whole minutes or hours: `30 minutes`, `12 hours`."""
    seconds = time.total_seconds() if isinstance(time, timedelta) else time
    minutes = round(seconds / 60)
    if minutes % 60:
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    return ngettext("{count} hour", "{count} hours", minutes // 60).format(count=minutes // 60)
