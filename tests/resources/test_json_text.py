"""JSON formatted with a line for each value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources import json_text

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_each_value_has_its_line_and_keeps_its_digits():
    written = '{"a":1.50,"b":[1e5, {"c": "x, {y}: \\"z\\""}],"d":{ },"e":[\n]}'
    assert json_text.indented(written).splitlines() == [
        "{",
        '  "a": 1.50,',
        '  "b": [',
        "    1e5,",
        "    {",
        '      "c": "x, {y}: \\"z\\""',
        "    }",
        "  ],",
        '  "d": {},',
        '  "e": []',
        "}",
    ]


@given(any_json)
def test_it_is_as_python_writes_it_and_stays_so(value):
    expected = json.dumps(value, indent=2, ensure_ascii=False)
    assert json_text.indented(json.dumps(value, ensure_ascii=False)) == expected
    assert json_text.indented(expected) == expected


def test_what_would_be_far_too_long_is_refused():
    with pytest.raises(json_text.TooLong):
        json_text.indented("[" * 900 + ",".join(["1"] * 2_000) + "]" * 900)
