"""Finding entries by what people type: by any part of a name, company, e-mail, external ID or UUID, best first."""

from django.db.models import QuerySet

from resources.directory.folding import fold, whole
from resources.directory.index import Row, Within, matching
from resources.directory.models import NAME_LENGTH, Entry

WALKED = 300
"""Entries that are looked at one by one, in the order of their names, before the index is asked: what stands in many of
them is found there, and the index need not come up with all of them."""
RANKED = 100
"""Matches that are put in order. Where there are more, those that come first are asked for by themselves."""
LAST = "\U0010ffff"


def search(within: Within, typed: str, limit: int) -> list[Entry]:
    """At most `limit` entries that hold each word of what was typed, best first: those that have it as a whole field,
    those whose name begins with it, the others; each by name."""
    words = fold(typed).split()
    if not words:
        return []
    phrase = " ".join(words)
    rows, all_of_them = walk(within, words, limit)
    if not all_of_them and len(rows) < limit:
        found = matching(within, words, RANKED)
        all_of_them = len(found) < RANKED
        rows = [*rows, *found]
    if not all_of_them:
        rows = [*rows, *matching(within, [whole(phrase)], limit), *named(within, words, phrase, limit)]
    best = [pk for pk, _, _ in sorted(set(rows), key=lambda row: rank(row, phrase))[:limit]]
    # By id alone: given more conditions, SQLite would rather go through all entries of the kind.
    entries = Entry.objects.in_bulk(best)
    return [entries[pk] for pk in best if pk in entries]


def rank(row: Row, phrase: str) -> tuple[int, str, int]:
    pk, name_key, text = row
    if whole(phrase) in text:
        return 0, name_key, pk
    return (1 if name_key.startswith(phrase[:NAME_LENGTH]) else 2), name_key, pk


def walk(within: Within, words: list[str], limit: int) -> tuple[list[Row], bool]:
    """Matches among the first entries by name, and whether there are no others."""
    first = list(by_name(within.entries())[:WALKED])
    rows = [row for row in first if all(word in row[2] for word in words)]
    return rows[:limit], len(first) < WALKED and len(rows) <= limit


def named(within: Within, words: list[str], phrase: str, limit: int) -> list[Row]:
    """Those whose name begins with this."""
    start = phrase[:NAME_LENGTH]
    found = by_name(within.entries().filter(name_key__gte=start, name_key__lt=start + LAST))
    return [row for row in found[:limit] if all(word in row[2] for word in words)]


def by_name(entries: QuerySet[Entry]) -> "QuerySet[Entry, Row]":
    return entries.order_by("name_key", "id").values_list("pk", "name_key", "text")
