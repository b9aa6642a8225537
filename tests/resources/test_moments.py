"""Dates and times as people type them, and how they are parsed."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from connections.models import Connection
from resources import moments
from resources.moments import NotAMoment, from_api, in_words, midnight, parse, to_api, to_typed
from tests.pages import Browser
from tests.pages import parse as parse_page

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
# Changes of half an hour, of a whole day, of seconds, and zones without any.
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Africa/Monrovia",
    "Europe/Dublin",
    "Africa/Casablanca",
]
any_zone = st.sampled_from(ZONES).map(ZoneInfo)
any_moment = st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("2016-01-01 13:00", "2016-01-01T12:00:00Z"),
        ("2016-07-01 13:00", "2016-07-01T11:00:00Z"),
        ("  2016-01-01 13:00  ", "2016-01-01T12:00:00Z"),
        ("2016-01-01T13:00", "2016-01-01T12:00:00Z"),
        ("2016-01-01t13:00:05", "2016-01-01T12:00:05Z"),
        ("2016-01-01 13:00:05.5", "2016-01-01T12:00:05.500Z"),
        ("2016-01-01 13:00:05.250", "2016-01-01T12:00:05.250Z"),
        ("2016-01-01 13:00Z", "2016-01-01T13:00:00Z"),
        ("2016-01-01T13:00:00z", "2016-01-01T13:00:00Z"),
        ("2016-01-01 13:00 UTC", "2016-01-01T13:00:00Z"),
        ("2016-01-01 13:00+05:30", "2016-01-01T07:30:00Z"),
        ("2016-01-01 13:00 -0800", "2016-01-01T21:00:00Z"),
        ("2016-01-01T12:00:00+00:00", "2016-01-01T12:00:00Z"),
        # A date alone is 00:00 UTC, as at ChartMogul, whatever the account's zone.
        ("2016-01-01", "2016-01-01T00:00:00Z"),
        ("2016-02-29", "2016-02-29T00:00:00Z"),
        # As German pages show it.
        ("01.07.2016, 13:00", "2016-07-01T11:00:00Z"),
        ("01.07.2016 13:00", "2016-07-01T11:00:00Z"),
        ("1.7.2016, 13:00:05", "2016-07-01T11:00:05Z"),
        ("01.07.2016, 13:00:05,250", "2016-07-01T11:00:05.250Z"),
        ("01.07.2016, 13:00+05:30", "2016-07-01T07:30:00Z"),
        ("01.07.2016", "2016-07-01T00:00:00Z"),
    ],
)
def test_each_form_is_read(typed: str, utc: str):
    assert to_api(parse(typed, BERLIN)) == utc


@pytest.mark.parametrize(
    "typed",
    [
        "yesterday",
        "1.2.16",
        "2016.2.1",
        "31.02.2016",
        "13.13.2016, 12:00",
        "１.2.2016",
        "28.03.2025,",
        "01/02/2016",
        "2016-1-1",
        "2016-02-30",
        "2015-02-29",
        "2016-13-01",
        "2016-01-01 24:00",
        "2016-01-01 12:60",
        "2016-01-01 1pm",
        "2016-01-01 12",
        "2016-01-01 12:00 CET",
        "2016-01-01 12:00+25:00",
        "2016-01-01Z",
        "20160101",
        "0000-01-01",
        "0001-01-01 00:00",
        "9999-12-31 23:59 -05:00",
        "2016-01-01 12:00\x00",
        "２０１６-01-01",
        "",
    ],
)
def test_anything_else_is_refused_in_words(typed: str):
    with pytest.raises(NotAMoment) as refusal:
        parse(typed, BERLIN)
    assert str(refusal.value)
    # Digits of other scripts are none here, rather than a day that there is not.
    assert typed != "２０１６-01-01" or "does not exist" not in str(refusal.value)


def test_a_time_that_the_clocks_skipped_is_refused_with_both_readings():
    with pytest.raises(NotAMoment, match="set forward") as refusal:
        parse("2026-03-29 02:30", BERLIN)
    assert "Enter 2026-03-29 01:30+01:00 or 2026-03-29 03:30+02:00." in str(refusal.value)


def test_a_time_that_happened_twice_is_refused_with_both_readings():
    with pytest.raises(NotAMoment, match="set back") as refusal:
        parse("2026-11-01 01:30", NEW_YORK)
    first, second = "2026-11-01 01:30-04:00", "2026-11-01 01:30-05:00"
    assert f"Enter {first} for the first or {second} for the second." in str(refusal.value)
    assert parse(second, NEW_YORK) - parse(first, NEW_YORK) == timedelta(hours=1)


def test_a_refusal_offers_both_readings_to_be_chosen():
    for text, zone in (("2026-03-29 02:30", BERLIN), ("2026-11-01 01:30", NEW_YORK)):
        with pytest.raises(NotAMoment) as refusal:
            parse(text, zone)
        one, other = refusal.value.choices
        assert parse(other, zone) - parse(one, zone) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("typed", "zone", "instead"),
    [
        ("2026-01-31", "Europe/Berlin", "2026-01-31 00:00"),
        (" 2026-01-31 ", "Asia/Tokyo", "2026-01-31 00:00"),
        ("31.1.2026", "Europe/Berlin", "2026-01-31 00:00"),
        ("2026-01-31", "UTC", ""),
        ("2026-01-31", "Africa/Abidjan", ""),
        ("2026-01-31 00:00", "Europe/Berlin", ""),
        ("2026-02-31", "Europe/Berlin", ""),
        ("x", "Europe/Berlin", ""),
        # The clocks went from 24:00 to 1:00.
        ("2022-09-11", "America/Santiago", ""),
    ],
)
def test_midnight_is_offered_for_a_date_alone(typed: str, zone: str, instead: str):
    assert midnight(typed, ZoneInfo(zone)) == instead


def test_what_a_refusal_offers_is_accepted():
    assert to_api(parse("2026-03-29 01:30+01:00", BERLIN)) == "2026-03-29T00:30:00Z"
    assert to_api(parse("2026-03-29 03:30+02:00", BERLIN)) == "2026-03-29T01:30:00Z"


@given(moment=any_moment, zone=any_zone)
@example(moment=datetime(2026, 10, 25, 0, 30, tzinfo=UTC), zone=BERLIN)
@example(moment=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), zone=BERLIN)
@example(moment=datetime(2011, 12, 30, 9, 59, tzinfo=UTC), zone=ZoneInfo("Pacific/Apia"))
def test_what_stands_in_the_box_means_the_same_instant(moment: datetime, zone: ZoneInfo):
    assert parse(to_typed(moment, zone), zone) == moment


@pytest.mark.parametrize("language", ["en", "de"])
@given(moment=any_moment, zone=any_zone)
@example(moment=datetime(2026, 10, 25, 0, 30, tzinfo=UTC), zone=BERLIN)
def test_what_pages_show_can_be_typed(language: str, moment: datetime, zone: ZoneInfo):
    with translation.override(language):
        assert parse(moments.shown(moment, zone), zone) == moment


@given(moment=any_moment)
def test_what_is_sent_reads_back_to_the_millisecond(moment: datetime):
    back = from_api(to_api(moment))
    assert back is not None
    assert abs(moment - back) < timedelta(milliseconds=1)


@given(typed=st.text(max_size=40), zone=any_zone)
def test_no_text_makes_it_fall_over(typed: str, zone: ZoneInfo):
    try:
        assert parse(typed, zone).tzinfo is UTC
    except NotAMoment as refusal:
        assert str(refusal)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_no_answer_makes_it_fall_over(value: object):
    assert from_api(value) is None or isinstance(value, str)


@pytest.mark.parametrize(
    "answer",
    [
        "2016-01-01T12:00:00.000Z",
        "2016-01-01T12:00:00+00:00",
        "2016-01-01T12:00:00Z",
        "2016-01-01 12:00:00",
        "2016-01-01 12:00:00 UTC",
    ],
)
def test_each_recorded_form_of_an_answer_is_read(answer: str):
    assert from_api(answer) == datetime(2016, 1, 1, 12, tzinfo=UTC)


def test_in_words_both_readings_stand_side_by_side():
    assert in_words(datetime(2016, 1, 1, 12, tzinfo=UTC), BERLIN) == (
        "2016-01-01 13:00 Europe/Berlin = 2016-01-01 12:00 UTC"
    )
    assert in_words(datetime(2016, 1, 1, 12, tzinfo=UTC), ZoneInfo("UTC")) == "2016-01-01 12:00 UTC"


def test_in_words_they_are_in_the_language_of_the_page():
    with translation.override("de"):
        assert in_words(datetime(2016, 1, 1, 12, tzinfo=UTC), BERLIN) == (
            "01.01.2016, 13:00 Europe/Berlin = 01.01.2016, 12:00 UTC"
        )
        # What happens twice is told apart, and nothing of a second is lost.
        twice = datetime(2026, 10, 25, 0, 30, 5, 250000, tzinfo=UTC)
        assert in_words(twice, BERLIN).startswith("25.10.2026, 02:30:05,250000+02:00 Europe/Berlin = ")
        assert to_typed(twice, BERLIN) == "2026-10-25 02:30:05.250000+02:00"


def said(visitor: Browser, typed: str) -> tuple[str, list[str]]:
    page = parse_page(visitor.client.get("/c/main/moment/", {"date": typed}).content.decode())
    # Below a narrow box these come after its zone.
    return page.text.removeprefix(f"{Connection.objects.get().zone}. "), [
        button["data-fill"] for button in page.all("button")
    ]


def test_a_date_alone_says_so_and_offers_midnight_in_the_zone_of_the_box(visitor: Browser, main: Connection):
    words, offered = said(visitor, "2026-01-31")
    assert words.startswith("2026-01-31 01:00 Europe/Berlin = 2026-01-31 00:00 UTC")
    assert "Midnight in Europe/Berlin instead" in words
    assert offered == ["2026-01-31 00:00"]
    assert said(visitor, offered[0]) == ("2026-01-31 00:00 Europe/Berlin = 2026-01-30 23:00 UTC", [])


def test_a_time_that_was_skipped_or_happened_twice_offers_both(visitor: Browser, main: Connection):
    assert said(visitor, "2026-03-29 02:30")[1] == ["2026-03-29 01:30+01:00", "2026-03-29 03:30+02:00"]
    assert said(visitor, "2026-10-25 02:30")[1] == ["2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00"]
    assert said(visitor, "yesterday")[1] == said(visitor, "")[1] == []


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
@pytest.mark.parametrize("typed", ["0001-01-01", "1.1.0001, 12:00Z", "9999-12-31", "9999-12-31 23:30Z"])
def test_the_ends_of_the_calendar_are_out_of_range_below_the_box_and_in_a_prefilled_form(
    typed: str, zone: str, visitor: Browser, main: Connection
):
    main.account_time_zone = zone
    main.save()
    assert said(visitor, typed) == ("This date is out of range.", [])
    page = visitor.open(f"/c/main/customers/create/?{urlencode({'lead_created_at': typed})}")
    assert "This date is out of range." in page.text
    page.fill("Name", "Ada").press("Review")
    assert "This date is out of range." in page.problem("Lead Created At")


@pytest.mark.parametrize(("language", "words"), [("en", "2025-03-28 01:00"), ("de", "28.03.2025, 01:00")])
def test_what_german_tables_show_is_read_back_in_every_language(
    language: str, words: str, visitor: Browser, main: Connection
):
    asked = {"date": "28.03.2025, 01:00"}
    answer = visitor.client.get("/c/main/moment/", asked, headers={"accept-language": language})
    assert parse_page(answer.content.decode()).text.startswith(f"{words} Europe/Berlin = ")


def test_the_future_begins_a_minute_from_now():
    now = datetime.now(UTC)
    assert not moments.is_future(now)
    assert moments.is_future(now + timedelta(minutes=5))
