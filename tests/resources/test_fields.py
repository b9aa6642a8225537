"""Each field's values in three forms: as typed, as sent, as read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from resources import moments
from resources.custom_attributes import CustomAttributeChanges, CustomAttributes
from resources.fields import CountryField, FactField, LimitField, MomentField, SystemField, TagsField, as_posted
from resources.form_context import Choice, FormContext
from resources.picker_fields import PickerField
from resources.rows import RowSet
from tests.resources.test_rows import posted

BERLIN = ZoneInfo("Europe/Berlin")
KNOWN = Choice(uuid="cus_1", name="Ada", detail="ext-1")
CONTEXT = FormContext(
    slug="main",
    time_zone=BERLIN,
    systems=lambda: ("Chargebee", "Stripe"),
    describe=lambda resource, uuid: KNOWN if (resource, uuid) == ("customers", "cus_1") else None,
    resolve=lambda resource, text: "cus_1" if (resource, text) == ("customers", "Ada") else None,
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def bound(field: forms.Field) -> forms.Field:
    if hasattr(field, "bind"):
        field.bind(CONTEXT)
    return field


class TestPicker:
    @pytest.mark.parametrize(
        "uuid",
        [
            "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b",
            "sub_0259d4d5-a63d-4a8c-b901-4f93f95b74b0",
            "plg_x",
            "35da5436-a730-11e6-a5a0-d32f2a781b50",
            "  cus_1  ",
        ],
    )
    def test_a_pasted_uuid_is_taken_without_being_known(self, uuid: str):
        assert bound(PickerField("plans")).clean(uuid) == uuid.strip()

    def test_a_known_name_becomes_its_uuid(self):
        assert bound(PickerField("customers")).clean("Ada") == "cus_1"

    def test_what_looks_like_a_uuid_and_is_known_becomes_its_uuid(self):
        field, certain = PickerField("customers"), "cus_23e01538-2c7e-11ee-b2ce-fb986e96e21b"
        external_ids = {"price_pro": "pl_1", "0259d4d5-a63d-4a8c-b901-4f93f95b74b0": "pl_2"}
        others = {"cus_1": "pl_3", certain: "pl_4"}
        field.bind(replace(CONTEXT, resolve=lambda resource, text: {**external_ids, **others}.get(text)))
        # The others are known as UUIDs, or can be nothing else.
        for typed, meant in {**external_ids, "cus_1": "cus_1", certain: certain, "price_x": "price_x"}.items():
            assert field.clean(typed) == meant

    @pytest.mark.parametrize(
        "typed", ["Bob", "cus_", "cus_1/..", "cus_1?x", "..", "CUS_1", "cus_1\nx", "a" * 256, "\0"]
    )
    def test_anything_else_is_refused(self, typed: str):
        with pytest.raises(forms.ValidationError):
            bound(PickerField("customers")).clean(typed)

    def test_a_choice_in_words_has_name_and_uuid(self):
        field = bound(PickerField("customers"))
        assert field.in_words("cus_1") == "Ada (cus_1)"
        assert field.in_words("cus_2") == "cus_2"

    def test_a_fact_is_shown_by_name_and_uuid_too(self):
        field = bound(FactField(resource="customers"))
        assert field.prepare_value("cus_1") == "Ada (cus_1)"
        assert field.prepare_value("cus_2") == "cus_2"
        assert bound(FactField()).prepare_value("cus_1") == "cus_1"


class TestMoment:
    def test_it_is_read_in_the_zone_of_the_account_and_sent_in_utc(self):
        field = bound(MomentField())
        moment = field.clean("2016-07-01 14:00")
        assert field.to_api(moment) == "2016-07-01T12:00:00Z"
        assert field.in_words(moment) == "2016-07-01 14:00 Europe/Berlin = 2016-07-01 12:00 UTC"

    def test_what_is_stored_stands_in_the_box_in_that_zone(self):
        assert bound(MomentField()).from_api("2016-07-01T12:00:00.000Z") == "2016-07-01 14:00"

    @given(any_json)
    def test_what_is_stored_may_be_anything(self, value: object):
        assert isinstance(bound(MomentField()).from_api(value), str)

    @pytest.mark.parametrize("stored", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
    def test_the_ends_of_the_calendar_do_not_break_it(self, stored: str):
        for zone in ("America/New_York", "Pacific/Kiritimati"):
            field = MomentField()
            field.bind(FormContext(slug="main", time_zone=ZoneInfo(zone)))
            assert isinstance(field.from_api(stored), str)

    def test_only_the_past_where_chartmogul_takes_only_that(self):
        future = moments.to_typed(datetime.now(UTC) + timedelta(days=2), BERLIN)
        assert bound(MomentField()).clean(future)
        with pytest.raises(forms.ValidationError, match="past"):
            bound(MomentField(past=True)).clean(future)

    def test_another_spelling_of_the_same_instant_is_no_change(self):
        field = bound(MomentField())
        assert not field.has_changed("2016-07-01 14:00", "2016-07-01T12:00Z")
        assert field.has_changed("2016-07-01 14:00", "2016-07-01 14:01")
        assert field.has_changed("2016-07-01 14:00", "")
        assert field.has_changed("", "2016-07-01 14:00")
        assert not field.has_changed("", "")
        assert field.has_changed("2016-07-01 14:00", "tomorrow")


class TestTags:
    @pytest.mark.parametrize(
        ("typed", "tags"),
        [
            ("", []),
            (" , ,, ", []),
            ("one", ["one"]),
            ("one, two ,three", ["one", "two", "three"]),
            ("one\r\ntwo\n\nthree", ["one", "two", "three"]),
            ('"a, b", c', ["a, b", "c"]),
            ('"say ""hi""", c', ['say "hi"', "c"]),
            ("twice, twice", ["twice"]),
            ("=2+2, <b>, é", ["=2+2", "<b>", "é"]),
        ],
    )
    def test_tags_are_read(self, typed: str, tags: list[str]):
        assert TagsField(required=False).clean(typed) == tags

    def test_an_open_quote_is_refused(self):
        with pytest.raises(forms.ValidationError, match="quote"):
            TagsField(required=False).clean('"open, tag')

    @given(st.lists(st.text(min_size=1, max_size=12).map(str.strip).filter(bool), unique=True, max_size=6))
    def test_what_is_stored_reads_back_the_same(self, tags: list[str]):
        field = TagsField(required=False)
        tags = [tag for tag in tags if "\0" not in tag]
        shown = field.from_api(tags)
        assert not field.has_changed(shown, shown)
        assert not field.has_changed(shown, shown.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n"))
        if "\r" not in shown:
            assert field.clean(shown) == tags

    @given(any_json)
    def test_what_is_stored_may_be_anything(self, value: object):
        assert isinstance(TagsField(required=False).from_api(value), str)

    def test_emptying_and_reordering_are_changes(self):
        field = TagsField(required=False)
        assert field.has_changed("a, b", "")
        assert field.has_changed("a, b", "a")
        assert not field.has_changed("a, b", "a,b")


class TestChoices:
    def test_a_country_is_chosen_by_name_and_sent_by_code(self):
        field = bound(CountryField(required=False))
        assert ("TW", "Taiwan") in [(code, name) for code, name in field.choices]
        assert field.clean("DE") == "DE"
        assert field.in_words("DE") == "Germany (DE)"

    def test_a_stored_country_that_is_none_of_the_list_is_kept(self):
        field = bound(CountryField(required=False))
        assert field.from_api("XK") == "XK"
        assert ("XK", "XK") in list(field.choices)
        assert field.clean("XK") == "XK"

    @given(any_json)
    def test_a_stored_country_may_be_anything(self, value: object):
        assert isinstance(CountryField(required=False).from_api(value), str)

    def test_systems_of_the_account_are_offered_beside_the_usual_four(self):
        field = bound(SystemField(required=False))
        assert [value for value, _ in field.choices] == ["", "Stripe", "Recurly", "Chargify", "Custom", "Chargebee"]

    def test_a_system_that_is_not_known_here_is_taken_from_an_address(self):
        field = bound(SystemField(required=False))
        assert field.clean("PayPal") == "PayPal"
        assert list(field.choices)[-1] == ("PayPal", "PayPal")
        for typed in ("x" * 256, "\0", "a\nb"):
            with pytest.raises(forms.ValidationError):
                field.clean(typed)

    @pytest.mark.parametrize(("typed", "limit"), [("", 50), (None, 50), ("1", 1), ("10000", 10_000), (" 20 ", 20)])
    def test_a_limit_is_a_number_of_rows(self, typed: str | None, limit: int):
        assert LimitField().clean(typed) == limit

    @pytest.mark.parametrize("typed", ["0", "-1", "10001", "1.5", "ten", "1e3", "9" * 5000, "\0"])
    def test_other_limits_are_refused(self, typed: str):
        with pytest.raises(forms.ValidationError):
            LimitField().clean(typed)


class TestCustomAttributes:
    @pytest.mark.parametrize(
        ("kind", "typed", "sent"),
        [
            ("String", "text", "text"),
            ("String", "007", "007"),
            ("Integer", "-25", -25),
            ("Decimal", "25", 25.0),
            ("Decimal", "0.1", 0.1),
            ("Timestamp", "2016-01-01", "2016-01-01T00:00:00Z"),
            ("Timestamp", "2016-01-01 12:00+01:00", "2016-01-01T11:00:00Z"),
            ("Boolean", "TRUE", True),
            ("Boolean", "f", False),
            ("Boolean", "0", False),
        ],
    )
    def test_a_value_is_sent_as_its_type(self, kind: str, typed: str, sent: object):
        rows = RowSet(CustomAttributes(), posted([{"type": kind, "key": "k", "value": typed}]))
        assert rows.is_valid()
        (row,) = rows.group.to_api(rows.values())
        assert row == {"type": kind, "key": "k", "value": sent}
        assert type(row["value"]) is type(sent)

    @pytest.mark.parametrize(
        ("kind", "typed"),
        [
            ("Integer", "1.5"),
            ("Integer", "9" * 5000),
            ("Integer", "x"),
            ("Integer", "1_000"),
            ("Integer", "١٢"),
            ("Decimal", "1,5"),
            ("Decimal", "1_000.5"),
            ("Decimal", "١٢.٥"),
            ("Decimal", "."),
            ("Decimal", "NaN"),
            ("Decimal", "sNaN"),
            ("Decimal", "Infinity"),
            ("Decimal", "1e999"),
            ("Timestamp", "soon"),
            ("Timestamp", "9999-12-31"),
            ("Boolean", "maybe"),
            ("String", "x" * 256),
            ("Colour", "red"),
        ],
    )
    def test_a_value_that_is_not_of_its_type_is_refused(self, kind: str, typed: str):
        rows = RowSet(CustomAttributes(), posted([{"type": kind, "key": "k", "value": typed}]))
        assert not rows.is_valid()

    @pytest.mark.parametrize(
        "held",
        [
            {"CAC": 213, "score": 2.5, "tiny": 1e-7, "pro": True, "channel": "Facebook"},
            {"at": "2016-02-29T10:00:00.000Z", "plain": "2016-02-29"},
            {"taste": ["lecker"], "deep": {"a": 1}, "nothing": None, "empty": "", "blank": " "},
            {"spaces": " around ", "lines": "one\r\ntwo", "long": "x" * 400},
            {"0.1": 0.1, "key with blanks": "x", "whole": 25.0, "large": 12345678901234567890},
        ],
    )
    def test_what_is_stored_and_left_alone_is_not_sent(self, held: dict[str, object]):
        group = CustomAttributeChanges()
        first = RowSet(group, None, group.from_api(held))
        back = posted([{name: as_posted(str(row[name].value() or "")) for name in row.fields} for row in first.rows])
        rows = RowSet(group, back)
        assert rows.is_valid(), [row.errors for row in rows.rows]
        assert group.changed(held, rows.values()) is None

    def test_an_update_sends_the_attributes_that_changed(self):
        group = CustomAttributeChanges()
        rows = [{"type": "Integer", "key": "CAC", "value": 214}, {"type": "String", "key": "new", "value": "x"}]
        assert group.changed({"CAC": 213, "kept": True}, rows) == {"CAC": 214, "new": "x"}

    def test_a_value_of_another_type_is_a_change(self):
        group = CustomAttributeChanges()
        assert group.changed({"n": 1}, [{"type": "Decimal", "key": "n", "value": 1.0}]) == {"n": 1.0}
        assert group.changed({"n": 1}, [{"type": "Boolean", "key": "n", "value": True}]) == {"n": True}

    def test_a_key_stands_in_one_row(self):
        kinds = {"type": "String", "value": "x"}
        rows = RowSet(CustomAttributes(), posted([{"key": key, **kinds} for key in ("a", "b", "a")]))
        assert not rows.is_valid()
        assert [list(row.errors) for row in rows.rows] == [[], [], ["key"]]

    @given(any_json)
    def test_what_is_stored_may_be_anything(self, value: object):
        for row in CustomAttributes().from_api(value):
            assert isinstance(row["value"], str)
