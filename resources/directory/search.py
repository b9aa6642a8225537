"""Search entries by what people type: any part of a name, company, e-mail, external ID or UUID, best first."""

from collections.abc import Mapping
from typing import TypeVar

from django.db.models import QuerySet

from resources.directory.folding import fold, whole
from resources.directory.index import Row, Within, first_by_name, matching
from resources.directory.models import NAME_LENGTH, Entry

WALKED = 300
"""Entries that are checked one by one, in the order of their names, before the index is used: words that many entries
contain are found among these, and the index need not produce all matches."""
RANKED = 100
"""Matches that are ranked. If there are more, those that rank first are queried separately."""
LAST = "\U0010ffff"
T = TypeVar("T")


def search(places: Mapping[str, Within], typed: str, limit: int) -> dict[str, list[Entry]]:
    """Return for each place at most `limit` entries that contain every word typed, best first: those with the text as a
    whole field, the name first, those whose name begins with it, those whose name contains it, the others; each by
    name. Places without matches are left out."""
    words = fold(typed).split()
    if not words or not places:
        return {}
    walked = first_by_name(places, WALKED)
    found = {key: best(within, words, walked[key], limit) for key, within in places.items()}
    # Only by ID: with more conditions, SQLite would scan all entries of the kind.
    entries = Entry.objects.in_bulk([pk for ids in found.values() for pk in ids])
    listed = {key: [entries[pk] for pk in ids if pk in entries] for key, ids in found.items()}
    return {key: of_it for key, of_it in listed.items() if of_it}


def best(within: Within, words: list[str], first: list[Row], limit: int) -> list[int]:
    """Return the IDs of the best matches. `first` holds the first WALKED entries by name."""
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
    """Return the sort key of a name: first names that begin with a letter, then those with a digit, which often are
    numbers of records without a name, and last those with a mark. Characters beyond ASCII count as letters, and so do
    the marks that follow z in ASCII."""
    begins = name_key[:1]
    return 0 if begins >= "a" else 1 if "0" <= begins <= "9" else 2, name_key


def named(within: Within, words: list[str], phrase: str, limit: int) -> list[Row]:
    """Return at most `limit` entries whose name begins with the phrase, less those that lack one of the words."""
    start = phrase[:NAME_LENGTH]
    found = by_name(rows_of(within.entries()).filter(name_key__gte=start, name_key__lt=start + LAST))
    return [row for row in found[:limit] if all(word in row[2] for word in words)]


def rows_of(entries: QuerySet[Entry]) -> "QuerySet[Entry, Row]":
    return entries.values_list("pk", "name_key", "text")


def first_in_order(entries: QuerySet[Entry], limit: int) -> list[Entry]:
    """Return at most `limit` entries in the order of place_of. For most accounts, the first query finds enough."""
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
    """Merge the results of a search with the matches among `few`, which are so few that they can be scanned."""
    words = fold(typed).split()
    for word in words:
        few = few.filter(text__contains=word)
    phrase = " ".join(words)
    both = {entry.pk: entry for entry in (*found, *(by_name(few)[:RANKED] if words else ()))}
    return sorted(both.values(), key=lambda entry: rank((entry.pk, entry.name_key, entry.text), phrase))[:limit]


def by_name(entries: "QuerySet[Entry, T]") -> "QuerySet[Entry, T]":
    """Return the entries in the order of the database indexes."""
    return entries.order_by("name_key", "id")
