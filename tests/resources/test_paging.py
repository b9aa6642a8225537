"""Next and Previous with cursors that only go forward."""

import pytest
from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from resources.paging import KEPT, NoPlace, Place
from resources.services import Position

SALT = "one list"
steps = st.lists(st.tuples(st.text(min_size=1, max_size=60), st.integers(0, 199), st.integers(1, 500)), max_size=15)


def walked(path: list[tuple[str, int, int]]) -> list[Place]:
    places = [Place()]
    for cursor, skip, shown in path:
        places.append(places[-1].after(shown, Position(cursor, skip)))
    return places


@given(steps)
def test_previous_leads_back_the_way_that_next_came(path):
    places = walked(path)
    at = places[-1]
    for before in reversed(places[:-1]):
        at = at.before()
        assert at == before


@given(steps)
def test_a_place_survives_its_token(path):
    place = walked(path)[-1]
    assert Place.read(place.token(SALT), SALT) == place


def test_rows_are_counted_along():
    assert [place.rows_before for place in walked([("a", 0, 50), ("a", 50, 50), ("b", 0, 7)])] == [0, 50, 100, 107]


def test_a_token_is_for_one_list_only():
    token = walked([("a", 0, 50)])[-1].token(SALT)
    for salt in ("another list", "", "one list "):
        with pytest.raises(NoPlace):
            Place.read(token, salt)


def test_a_token_cannot_be_made_up():
    token = walked([("a", 0, 50)])[-1].token(SALT)
    for number in range(0, len(token), 5):
        changed = token[:number] + ("A" if token[number] != "A" else "B") + token[number + 1 :]
        with pytest.raises(NoPlace):
            Place.read(changed, SALT)


@pytest.mark.parametrize("content", [[], [[], []], 7, "ab", [["a", 1], []], [["a", 1, 2], [1]]])
def test_a_token_of_another_form_names_no_place(content: object):
    """As one that an earlier version has signed."""
    with pytest.raises(NoPlace):
        Place.read(signing.dumps(content, salt=SALT), SALT)


def test_the_address_of_a_far_page_stays_short():
    path = [
        (f"MjAyMy0xMC0zMFQwMDowMDowMC4wMDAwMDAwMDBaJmN1c18yM2UwMTUzOC0yYzdlLTEx{number:04}", 50, 250)
        for number in range(400)
    ]
    place = walked(path)[-1]
    assert len(place.passed) == KEPT
    assert len(place.token(SALT)) < 4_000


def test_beyond_what_is_remembered_previous_leads_to_the_first_page():
    at = walked([(str(number), 0, 1) for number in range(KEPT + 5)])[-1]
    for _ in range(KEPT):
        at = at.before()
    assert not at.is_first
    assert at.before().is_first
