"""Errors of a box for JSON if the text is not JSON."""

import re

import pytest
from django import forms
from django.utils.translation import override

from resources.json_field import JsonField

FAULTY = {
    '{"a": }': "a value is missing, or is not written as JSON, at line 1, column 7",
    "yes": "a value is missing, or is not written as JSON, at line 1, column 1",
    "{'a': 1}": "a name in double quotes is expected, at line 1, column 2",
    '{"a" 1}': "a colon is expected, at line 1, column 6",
    '{"a": 1\n"b": 2}': "a comma is expected, at line 2, column 1",
    '{"a": "b}': "a text has no closing quote, at line 1, column 7",
    '{"a": "b\n"}': "a text contains a line break or another control character, at line 1, column 9",
    r'{"a": "C:\data"}': "a backslash in a text is followed by something that JSON does not know, at line 1, column 10",
    r'{"a": "\u12"}': "a backslash in a text is followed by something that JSON does not know, at line 1, column 9",
    "{} {}": "something follows the end of the JSON, at line 1, column 4",
    "\ufeff{}": "it begins with an invisible character (a byte order mark), at line 1, column 1",
}


def complaint(text: str) -> str:
    with pytest.raises(forms.ValidationError) as refused:
        JsonField().clean(text)
    return refused.value.messages[0]


@pytest.mark.parametrize("text", FAULTY)
def test_a_fault_is_told_in_plain_words_and_where_it_is(text: str) -> None:
    assert complaint(text) == f"This is not JSON: {FAULTY[text]}."


def test_a_comma_that_nothing_follows() -> None:
    # Later versions of Python have a text of its own for it.
    assert re.search("a comma is followed by nothing|a name in double quotes is expected", complaint('{"a": 1,}'))


def test_it_is_told_in_the_language_of_the_page() -> None:
    with override("de"):
        said = complaint("{'a': 1}")
    assert said == "Das ist kein JSON: ein Name in doppelten Anführungszeichen wird erwartet, in Zeile 1, Spalte 2."
