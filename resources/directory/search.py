"""Finding entries by what people type: by any part of a name, company, e-mail, external ID or UUID, best first."""

from resources.directory.folding import fold, whole
from resources.directory.index import Within, matching
from resources.directory.models import NAME_LENGTH, Entry

WALKED = 500
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
    ids, all_of_them = walk(within, words, limit)
    if not all_of_them and len(ids) < limit:
        ids = matching(within, words, RANKED)
        all_of_them = len(ids) < RANKED
    if not all_of_them:
        ids = [*ids, *matching(within, [whole(phrase)], limit), *named(within, words, phrase, limit)]
    found = within.entries().filter(pk__in=ids)
    return sorted(found, key=lambda entry: rank(entry, phrase))[:limit]


def rank(entry: Entry, phrase: str) -> tuple[int, str, int]:
    if whole(phrase) in entry.text:
        return 0, entry.name_key, entry.pk
    return (1 if entry.name_key.startswith(phrase[:NAME_LENGTH]) else 2), entry.name_key, entry.pk


def walk(within: Within, words: list[str], limit: int) -> tuple[list[int], bool]:
    """Matches among the first entries by name, and whether there are no others."""
    first = list(within.entries().order_by("name_key", "id").values_list("pk", "text")[:WALKED])
    ids = [pk for pk, text in first if all(word in text for word in words)]
    return ids[:limit], len(first) < WALKED and len(ids) <= limit


def named(within: Within, words: list[str], phrase: str, limit: int) -> list[int]:
    """Those whose name begins with this."""
    start = phrase[:NAME_LENGTH]
    found = within.entries().filter(name_key__gte=start, name_key__lt=start + LAST).order_by("name_key", "id")
    return [pk for pk, text in found.values_list("pk", "text")[:limit] if all(word in text for word in words)]
