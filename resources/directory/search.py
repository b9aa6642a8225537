"""Finding entries by what people type: by any part of a name, company, e-mail, external ID or UUID, best first."""

from collections.abc import Mapping
from typing import TypeVar

from django.db.models import QuerySet

from resources.directory.folding import fold, whole
from resources.directory.index import Row, Within, first_by_name, matching
from resources.directory.models import NAME_LENGTH, Entry

WALKED = 300
"""Entries that are looked at one by one, in the order of their names, before the index is asked: what stands in many of
them is found there, and the index need not come up with all of them."""
RANKED = 100
"""Matches that are put in order. Where there are more, those that come first are asked for by themselves."""
LAST = "\U0010ffff"
T = TypeVar("T")


def search(places: Mapping[str, Within], typed: str, limit: int) -> dict[str, list[Entry]]:
    """Of each place at most `limit` entries that hold each word of what was typed, best first: those that have it as a
    whole field, the name first, those whose name begins with it, those whose name holds it, the others; each by name.
    Places without any are left out."""
    words = fold(typed).split()
    if not words or not places:
        return {}
    walked = first_by_name(places, WALKED)
    found = {key: best(within, words, walked[key], limit) for key, within in places.items()}
    # By id alone: given more conditions, SQLite would rather go through all entries of the kind.
    entries = Entry.objects.in_bulk([pk for ids in found.values() for pk in ids])
    listed = {key: [entries[pk] for pk in ids if pk in entries] for key, ids in found.items()}
    return {key: of_it for key, of_it in listed.items() if of_it}


def best(within: Within, words: list[str], first: list[Row], limit: int) -> list[int]:
    """The ids; `first` are the first entries by name."""
    phrase = " ".join(words)
    rows = [row for row in first if all(word in row[2] for word in words)]
    all_of_them = len(first) < WALKED
    if not all_of_them and len(rows) < limit:
        found = matching(within, words, RANKED)
        all_of_them = len(found) < RANKED
        rows = [*rows, *found]
    if not all_of_them:
        rows = [*rows, *matching(within, [whole(phrase)], limit), *named(within, words, phrase, limit)]
    return [pk for pk, _, _ in sorted(set(rows), key=lambda row: rank(row, phrase))[:limit]]


def rank(row: Row, phrase: str) -> tuple[int, bool, int, str, int]:
    pk, name_key, text = row
    start = phrase[:NAME_LENGTH]
    how = 0 if whole(phrase) in text else 1 if name_key.startswith(start) else 2 if start in name_key else 3
    return how, name_key != start, *place_of(name_key), pk


def place_of(name_key: str) -> tuple[int, str]:
    """By which names are put in order: those that begin with a letter, those with a digit, which often are numbers of
    records without a name, and last those that begin with a mark. What is not ASCII counts as a letter, and so do the
    marks that stand behind the z there."""
    begins = name_key[:1]
    return 0 if begins >= "a" else 1 if "0" <= begins <= "9" else 2, name_key


def named(within: Within, words: list[str], phrase: str, limit: int) -> list[Row]:
    """Those whose name begins with this."""
    start = phrase[:NAME_LENGTH]
    found = by_name(rows_of(within.entries()).filter(name_key__gte=start, name_key__lt=start + LAST))
    return [row for row in found[:limit] if all(word in row[2] for word in words)]


def rows_of(entries: QuerySet[Entry]) -> "QuerySet[Entry, Row]":
    return entries.values_list("pk", "name_key", "text")


def first_in_order(entries: QuerySet[Entry], limit: int) -> list[Entry]:
    """At most so many, in the order of place_of: of most accounts those that the first look at the index finds."""
    found = list(by_name(entries.filter(name_key__gte="a"))[:limit])
    if len(found) < limit:
        others = list(by_name(entries.filter(name_key__lt="a"))[:limit])
        found += others
        if len(others) == limit:
            found += by_name(entries.filter(name_key__gte="0", name_key__lt=":"))[:limit]
    each = {entry.pk: entry for entry in found}.values()
    return sorted(each, key=in_order)[:limit]


def in_order(entry: Entry) -> tuple[tuple[int, str], int]:
    return place_of(entry.name_key), entry.pk


def with_further(found: list[Entry], few: QuerySet[Entry], typed: str, limit: int) -> list[Entry]:
    """What a search has found, and what it would find of these, which are so few that they can be gone through."""
    words = fold(typed).split()
    for word in words:
        few = few.filter(text__contains=word)
    phrase = " ".join(words)
    both = {entry.pk: entry for entry in (*found, *(by_name(few)[:RANKED] if words else ()))}
    return sorted(both.values(), key=lambda entry: rank((entry.pk, entry.name_key, entry.text), phrase))[:limit]


def by_name(entries: "QuerySet[Entry, T]") -> "QuerySet[Entry, T]":
    """In the order of the indexes."""
    return entries.order_by("name_key", "id")
