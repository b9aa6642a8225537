"""Html escapes values as safely as Django's format_html, whatever they are."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils.functional import lazystr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from hypothesis import given
from hypothesis import strategies as st

from resources.markup import Html, joined, seen

FORM = '<a href="{}">{}</a> 100%'
NASTY = st.one_of(st.text(alphabet="<>&\"'{}a%\0\u202e", max_size=20), st.text(max_size=20))
ANY = st.one_of(NASTY, NASTY.map(mark_safe), st.integers(), st.none(), st.lists(NASTY, max_size=3))


class Text(str):
    """A str that is no SafeString."""

    __slots__ = ()


@dataclass
class Marked:
    """What says by itself how it stands in HTML."""

    text: str

    def __html__(self) -> str:
        return f"<i>{self.text}</i>"


@given(ANY, ANY)
def test_as_format_html(first: object, second: object):
    filled = Html(FORM)(first, second)
    assert filled == format_html(FORM, first, second)
    assert type(filled) is SafeString


@given(NASTY, st.lists(ANY, max_size=5))
def test_joined_as_format_html_join(separator: str, values: list[object]):
    assert joined(separator, values) == format_html_join(separator, "{}", ((value,) for value in values))
    assert type(joined(separator, values)) is SafeString


@pytest.mark.parametrize("value", [Text("<b>"), lazystr("<b>"), Marked("x"), b"<b>", {"<b>": "<i>"}])
def test_what_is_no_plain_string(value: Any):
    assert Html("<p>{}</p>")(value) == format_html("<p>{}</p>", value)


def test_a_part_of_something_safe_is_not_safe():
    # A slice of a SafeString is a str, as everywhere in Django.
    assert Html("{}")(mark_safe("<b>")[:2]) == "&lt;b"


def test_what_has_no_sign_of_its_own_is_seen():
    """A name that turns round what stands behind it would have the review show another one."""
    assert seen("evil\u202elive\u200b\x07") == "evil\\u202elive\\u200b\\u0007"
    assert seen("tag\U000e0041") == "tag\\udb40\\udc41"
    # Joiners make one sign of several; lines and blanks are seen as they are.
    plain = "Zo\u00eb \u05e9\u05dc\u05d5\u05dd \U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e\r\n\tx\u2028"
    assert seen(plain) == plain
