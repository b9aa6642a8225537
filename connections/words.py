"""Texts of the product, which are in English in the code and in the language of whoever reads them on a page."""

from typing import TYPE_CHECKING, TypeAlias

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
