"""The field that chooses several records, and its box."""

import pytest
from django import forms
from django.http import QueryDict

from resources.directory.models import Entry
from resources.form_context import FormContext
from resources.forms import ApiForm
from resources.picker_fields import MultiPickerField
from resources.uuids import uuids_in
from resources.views import common
from tests.pages import Element, parse

GOLD, SILVER, BRONZE = (f"pl_{letter * 8}-5905-013c-13b1-46813c1ddd3d" for letter in "abc")
KNOWN = {"Gold": GOLD, "Silver, the second": SILVER, "bronze-1": BRONZE}
CONTEXT = FormContext(
    slug="main",
    resolve=lambda resource, text: KNOWN.get(text),
    names=lambda resource, uuids: {uuid: name for name, uuid in KNOWN.items() if uuid in uuids},
)


class PlansForm(ApiForm):
    plans = MultiPickerField("plans", label="Plan")


def filled(*values: str, **more: object) -> PlansForm:
    data = QueryDict(mutable=True)
    data.setlist("plans", list(values))
    return PlansForm(data, context=CONTEXT, **more)


def drawn(form: forms.Form) -> Element:
    return parse(str(form["plans"])).one("multi-picker")


@pytest.mark.parametrize(
    "typed",
    [
        [f"{GOLD} {BRONZE}"],
        [f"{GOLD},{BRONZE}"],
        [f" {GOLD} ;\t{BRONZE},"],
        [f"{GOLD}\r\n{BRONZE}\n"],
        [GOLD, BRONZE],
        ["", GOLD, "", BRONZE],
        ["Gold", "bronze-1"],
        ["Gold, bronze-1"],
        ["Gold\nbronze-1"],
        [f"Gold, {BRONZE}"],
        [f"{GOLD} {BRONZE}, Gold", GOLD],
    ],
)
def test_however_they_are_typed_each_is_taken_once_and_in_order(typed: list[str]):
    form = filled(*typed)
    assert form.is_valid(), form.errors
    assert form.payload() == {"plans": [GOLD, BRONZE]}


@pytest.mark.parametrize("typed", ["Silver, the second", '"Silver, the second"', ' "Silver, the second" ,'])
def test_a_name_may_hold_a_comma(typed: str):
    assert filled(typed).is_valid()
    assert filled(f'{GOLD}, "Silver, the second"').is_valid()


def test_a_uuid_is_taken_though_nothing_is_known_of_it():
    form = filled("pl_never-seen-before")
    assert form.is_valid()
    assert form.payload() == {"plans": ["pl_never-seen-before"]}


@pytest.mark.parametrize("typed", [[], [""], [" \n , "]])
def test_none_is_too_few(typed: list[str]):
    assert "plans" in filled(*typed).errors


def test_each_unknown_name_is_told():
    assert filled(f"Lead, {GOLD}", "Tin").errors["plans"] == [
        "Nothing found for “Lead”. Choose one from the list or paste its UUID.",
        "Nothing found for “Tin”. Choose one from the list or paste its UUID.",
    ]


@pytest.mark.parametrize("typed", ["x\0y", '"', "x" * 200_000, "é" * 300, ",".join("abcdefghijklmnop" * 500)])
def test_anything_else_is_refused_in_a_few_words(typed: str):
    errors = filled(typed).errors["plans"]
    assert 0 < len(errors) <= MultiPickerField.MOST_PROBLEMS
    assert all(len(message) < 400 for message in errors)


def test_the_order_alone_is_no_change():
    field = MultiPickerField("plans", label="Plan")
    assert not field.has_changed([GOLD, SILVER], [SILVER, "", GOLD, GOLD])
    assert field.has_changed([GOLD, SILVER], [GOLD])
    assert field.has_changed([GOLD], [GOLD, "Unknown"])
    assert not field.has_changed([], [""])


@pytest.mark.parametrize("value", [None, "x", 7, {"a": 1}, [1, None, {"uuid": GOLD}]])
def test_what_is_no_list_of_texts_is_an_empty_list(value: object):
    assert MultiPickerField("plans").from_api(value) == []


def test_the_review_names_each():
    form = filled(f"{BRONZE}, pl_other")
    assert form.is_valid()
    (change,) = form.changes()
    assert change.added == (f"bronze-1 ({BRONZE})", "pl_other")
    assert (change.before, change.after, change.removed) == ("", "", ())


def test_the_box_is_named_by_the_label_and_the_chosen_are_ticked_boxes_with_name_and_uuid():
    element = drawn(PlansForm(context=CONTEXT, initial={"plans": [BRONZE, "pl_other"]}))
    box = element.one("input", role="combobox")
    assert box["id"] == "id_plans"
    assert box["aria-controls"] == element.one(role="listbox")["id"]
    chips = element.all("li", class_="chip")
    assert [chip.one("label").text for chip in chips] == [f"bronze-1 {BRONZE}", "pl_other"]
    assert all("checked" in chip.one("input") for chip in chips)
    assert [chip.one("button")["aria-label"] for chip in chips] == ["Remove bronze-1", "Remove pl_other"]


def test_after_a_mistake_the_chosen_are_still_chosen_and_the_rest_is_still_in_the_box():
    element = drawn(filled("Tin, Lead", GOLD, BRONZE))
    assert [chip.one("input")["value"] for chip in element.all("li", class_="chip")] == [GOLD, BRONZE]
    assert element.one("input", role="combobox")["value"] == "Tin, Lead"


def test_what_is_typed_comes_after_what_is_chosen():
    form = PlansForm(QueryDict(f"plans=Gold&plans_chosen={SILVER}&plans_chosen={BRONZE}"), context=CONTEXT)
    assert form.is_valid()
    assert form.payload() == {"plans": [SILVER, BRONZE, GOLD]}


def test_names_are_escaped():
    context = FormContext(slug="main", names=lambda resource, uuids: dict.fromkeys(uuids, '"><script>x</script>'))
    html = str(PlansForm(context=context, initial={"plans": [GOLD]})["plans"])
    assert "<script" not in html


@pytest.mark.parametrize("count", [1, 500])
def test_the_names_of_any_number_are_one_query(count: int, box, django_assert_num_queries):
    uuids = [f"pl_{number}" for number in range(count)]
    Entry.objects.bulk_create(
        Entry(connection=box, resource="plans", uuid=uuid, name=f"Plan {uuid}", seen_at=box.created_at)
        for uuid in uuids
    )
    form = PlansForm(context=common.form_context(box), initial={"plans": uuids})
    with django_assert_num_queries(1):
        element = drawn(form)
    assert len(element.all("li", class_="chip")) == count
    assert element.all("bdi")[-1].text == f"Plan {uuids[-1]}"


def test_names_of_another_connection_are_not_told(box, main):
    Entry.objects.create(connection=box, resource="plans", uuid=GOLD, name="Secret", seen_at=box.created_at)
    assert "Secret" not in str(PlansForm(context=common.form_context(main), initial={"plans": [GOLD]})["plans"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{GOLD}", [GOLD]),
        (f"{GOLD}\n\n{SILVER}", [GOLD, SILVER]),
        ("0259d4d5-a63d-4a8c-b901-4f93f95b74b0", ["0259d4d5-a63d-4a8c-b901-4f93f95b74b0"]),
        (f"{GOLD} and more", []),
        ("", []),
        ("pl_../..", []),
    ],
)
def test_uuids_in_a_text(text: str, found: list[str]):
    assert uuids_in(text) == found
