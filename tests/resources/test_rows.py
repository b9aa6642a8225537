"""Adding, removing, copying and moving rows works on the posted text and loses nothing."""

import pytest
from django import forms
from django.http import QueryDict
from hypothesis import assume, given
from hypothesis import strategies as st

from resources import rows as posted_rows
from resources.rows import MOST_ROWS, MOST_SHOWN, RowForm, RowGroup, RowSet, count

text = st.text(max_size=8)
rows_of_text = st.lists(st.fixed_dictionaries({"key": text, "value": text}), max_size=6)
others = st.dictionaries(st.sampled_from(["name", "custom", "custom-", "custom-x-key", "customs-0-key"]), text)


class Pair(RowForm):
    key = forms.CharField(label="Key", max_length=5)
    value = forms.CharField(label="Value")


GROUP = RowGroup("custom", label="Custom", row_form=Pair, noun="attribute")


def edited(data: QueryDict, command: str) -> QueryDict:
    return posted_rows.edited(data, command, [GROUP])


def posted(rows: list[dict[str, str]], more: dict[str, str] | None = None) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in (more or {}).items():
        data[name] = value
    for index, row in enumerate(rows):
        for name, value in row.items():
            data[f"custom-{index}-{name}"] = value
    return data


def typed(data: QueryDict) -> list[dict[str, str]]:
    return [
        {name: data[f"custom-{index}-{name}"] for name in ("key", "value") if f"custom-{index}-{name}" in data}
        for index in range(count(data, "custom"))
    ]


@given(rows_of_text, others)
def test_a_row_added_and_removed_again_leaves_everything_as_it_was(rows, more):
    data = posted(rows, more)
    added = edited(data, "custom:add")
    assert count(added, "custom") == len(rows) + 1
    assert dict(edited(added, f"custom:remove:{len(rows)}").lists()) == dict(data.lists())


@given(rows_of_text, others, st.integers(0, 5))
def test_removing_takes_that_row_and_no_other(rows, more, index):
    assume(index < len(rows))
    left = edited(posted(rows, more), f"custom:remove:{index}")
    assert typed(left) == rows[:index] + rows[index + 1 :]
    assert all(left[name] == value for name, value in more.items())


@given(rows_of_text, st.integers(0, 5))
def test_a_copied_row_removed_again_is_identity(rows, index):
    assume(index < len(rows))
    copied = edited(posted(rows), f"custom:copy:{index}")
    assert typed(copied) == [*rows[: index + 1], rows[index], *rows[index + 1 :]]
    assert typed(edited(copied, f"custom:remove:{index + 1}")) == rows


def test_a_copy_starts_without_what_is_unique():
    class Unique(Pair):
        not_copied = ("key",)

    group = RowGroup("custom", label="Custom", row_form=Unique, noun="attribute")
    copied = posted_rows.edited(posted([{"key": "a", "value": "1"}]), "custom:copy:0", [group])
    assert typed(copied) == [{"key": "a", "value": "1"}, {"key": "", "value": "1"}]


@given(rows_of_text, st.integers(0, 5))
def test_up_and_down_again_is_identity(rows, index):
    assume(0 < index < len(rows))
    assert typed(edited(edited(posted(rows), f"custom:up:{index}"), f"custom:down:{index - 1}")) == rows


@given(rows_of_text, others, st.text(max_size=30) | st.from_regex(r"custom:(remove|copy|up|down):\d{1,9}"))
def test_no_command_makes_it_fall_over_or_lose_what_belongs_to_no_row(rows, more, command):
    result = edited(posted(rows, more), command)
    assert all(result[name] == value for name, value in more.items())


@pytest.mark.parametrize(
    "command",
    ["", "custom", "custom:", "custom:remove", "custom:remove:", "custom:remove:9", "custom:remove:-1", "other:add",
     "custom:remove:x", "custom:remove:²", f"custom:remove:{'9' * 5_000}", "custom:explode:0", "custom:up:0", "custom:down:1"],
)  # fmt: skip
def test_an_impossible_command_changes_nothing(command: str):
    rows = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert typed(edited(posted(rows), command)) == rows


def test_several_values_of_a_name_are_kept():
    data = QueryDict("plans=a&plans=b&custom-0-key=x&custom-0-key=y", mutable=True)
    assert edited(data, "custom:add").getlist("plans") == ["a", "b"]
    assert edited(data, "custom:add").getlist("custom-0-key") == ["x", "y"]


def test_gaps_between_rows_are_rows_without_anything():
    row_set = RowSet(GROUP, QueryDict("custom-0-key=a&custom-0-value=1&custom-7-key=b&custom-7-value=2"))
    assert row_set.is_valid()
    assert row_set.values() == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]


def test_there_is_a_limit_to_rows():
    data = QueryDict(mutable=True)
    data["custom-9999-key"] = "far"
    data["custom-99999-key"] = "farther"
    assert count(data, "custom") == MOST_SHOWN
    assert count(edited(data, "custom:add"), "custom") <= MOST_SHOWN


def test_rows_that_are_too_many_are_refused_and_all_of_them_come_back():
    rows = [{"key": f"k{number}", "value": "1"} for number in range(MOST_ROWS + 2)]
    assert bound(*rows[:MOST_ROWS]).is_valid()
    row_set = bound(*rows)
    assert not row_set.is_valid()
    assert row_set.errors == ["502 rows are more than the 500 that can be sent at once."]
    assert len(row_set.rows) == 502


def test_a_record_with_too_many_rows_fills_in_none_and_says_so():
    first = [{"key": f"k{number}", "value": "1"} for number in range(MOST_ROWS + 1)]
    assert len(RowSet(GROUP, None, first[:-1]).rows) == MOST_ROWS
    row_set = RowSet(GROUP, None, first)
    assert row_set.errors == ["501 rows are more than the 500 that can be sent at once."]
    assert [row.initial for row in row_set.rows] == [{}]


def bound(*rows: dict[str, str], group: RowGroup = GROUP) -> RowSet:
    return RowSet(group, posted(list(rows)))


def test_rows_in_which_nothing_was_entered_do_not_count():
    row_set = bound({"key": "", "value": ""}, {"key": "a", "value": "1"}, {"key": "", "value": ""})
    assert row_set.is_valid()
    assert row_set.values() == [{"key": "a", "value": "1"}]


def test_a_half_filled_row_says_what_is_missing():
    row_set = bound({"key": "a", "value": ""})
    assert not row_set.is_valid()
    assert list(row_set.rows[0].errors) == ["value"]


@pytest.mark.parametrize("rows", [[], [{"key": "", "value": ""}]])
def test_a_required_group_needs_a_row(rows: list[dict[str, str]]):
    group = RowGroup("custom", label="Custom", row_form=Pair, noun="attribute", needs_one="Add at least one attribute.")
    row_set = bound(*rows, group=group)
    assert not row_set.is_valid()
    assert row_set.errors == ["Add at least one attribute."]


@pytest.mark.parametrize("held", [None, "text", 5, {}, [], ["text", None, 7]])
def test_what_a_record_holds_may_be_of_any_type(held: object):
    assert GROUP.from_api(held) == []
    assert len(RowSet(GROUP, None, GROUP.from_api(held)).rows) == 1


def test_an_update_sends_rows_only_when_they_changed():
    held = [{"key": "a", "value": "1"}]
    assert GROUP.changed(held, [{"key": "a", "value": "1"}]) is None
    assert GROUP.changed(held, []) == []
    assert GROUP.changed(None, []) is None
    assert GROUP.changed(held, [{"key": "a", "value": "2"}]) == [{"key": "a", "value": "2"}]
