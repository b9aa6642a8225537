"""The search box: finds records by anything known about them, and modules and pages by name.

It searches the directory. ChartMogul, which cannot search by name, is only called for its own look-ups, and only if the
directory finds nothing or the person asks for it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from connections.client import ChartMogulClient
from connections.errors import ApiError
from connections.models import Connection
from connections.sealing import Unreadable
from connections.words import sentence
from resources import registry
from resources.catalog.api_call import CALL
from resources.directory import search as searching
from resources.directory import services as directory
from resources.directory import upstream
from resources.directory.folding import fold
from resources.directory.models import Entry
from resources.operations import ListOperation, Operation, Resource, WriteOperation
from resources.registry import BY_KEY, OPERATIONS, kind_of, list_of_an_owner, resource_of, steps_from
from resources.sync import services as sync_services
from resources.sync.models import Sync
from resources.uuids import PREFIXED

SHOWN = 20
"""Maximum number of hits of one kind."""
# Translators: words between blanks by which people may look for a page.
LISTED = _("list export download CSV")
ALSO_CALLED = {"POST": _("new add"), "PATCH": _("edit change"), "PUT": _("edit change"), "DELETE": _("remove")}
PAGES = {
    "resources:home": (_("Home"), _("modules"), True),
    "activity:list": (_("Activity"), _("trail history writes"), True),
    "resources:directory": (_("Directory"), _("refresh index"), True),
    "connections:list": (_("Connections"), _("accounts"), False),
    "preferences": (
        _("Preferences"),
        _("my account profile settings language time zone theme dark density amounts"),
        False,
    ),
    "account_change_password": (_("Password"), _("my account security change set"), False),
    "mfa_index": (_("Second factor"), _("my account security two-factor two 2FA MFA authenticator app codes"), False),
    "mfa_list_webauthn": (_("Passkeys"), _("my account security keys fingerprint"), False),
    "usersessions_list": (_("Sessions"), _("my account security devices browsers sign out signed in"), False),
}
"""URL name -> (title, further search words, whether the page belongs to one connection)."""
# Parts of invoices have no pages here, and do not say which invoice they belong to.
READ_BY_CALL = {"li_": (_("line item"), "/v1/line_items/"), "tr_": (_("transaction"), "/v1/transactions/")}
"""Prefix of a UUID -> (kind of record, path that the API console reads it from)."""


class Ask(Enum):
    """Whether to search ChartMogul too."""

    NOT = "not"
    WHERE_NOTHING_IS_KNOWN = "where nothing is known"
    ALSO = "also"


@dataclass(frozen=True, kw_only=True)
class Hit:
    name: str
    address: str
    detail: str = ""
    """What distinguishes it from others with the same name."""
    uuid: str = ""
    kind: str = ""
    """Kind of record, `Customer`, if hits of several kinds are shown together."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Hits of one kind, best first."""

    key: str
    title: str
    hits: list[Hit]
    more: bool = False
    rank: int = 2
    """Rank of its best hit: 0 has what was typed as a whole, 1 a name that begins with it, 2 a name that contains it, 3
    neither; -1 comes before all others."""


@dataclass(kw_only=True)
class Found:
    """Hits, and how they were found: what was searched, what failed, and what could still be searched."""

    sync: Sync
    typed: str
    groups: list[Group] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """ChartMogul's look-ups that were made, in words."""
    may_ask: bool = False
    """Whether ChartMogul was not searched but might find more."""
    failure: str = ""


def find(connection: Connection, typed: str, ask: Ask) -> Found:
    """Return at most SHOWN hits of each kind, the kinds in the order of their best hits."""
    found = Found(sync=sync_services.of(connection), typed=typed)
    known = directory.search_kinds(connection, kinds(), typed, SHOWN + 1)
    here = [gettext("names, companies, emails, external IDs and UUIDs known here")] if found.sync.enabled else []
    found.searched = [*here, gettext("modules"), gettext("pages")]
    ranks = {key: rank(entries[0], typed) for key, entries in known.items()}
    others = [*modules(connection, typed), *pages(connection, typed)]
    uuid = typed.lower()
    if PREFIXED.fullmatch(uuid):
        if not any(entry.uuid == uuid for entries in known.values() for entry in entries):
            others += by_prefix(connection, uuid)
    elif ask is Ask.ALSO or (ask is Ask.WHERE_NOTHING_IS_KNOWN and not known and not others):
        for key, entries in asked(connection, typed, found).items():
            heard = {entry.uuid for entry in entries}
            known[key] = [*entries, *(entry for entry in known.get(key, []) if entry.uuid not in heard)]
            ranks[key] = 0
    else:
        found.may_ask = any(upstream.look_ups(resource, typed) for resource in BY_KEY.values())
    # With equal rank, records come before modules, and all are in the order of the menu.
    groups = [*records(connection, known, ranks), *others]
    found.groups = sorted(groups, key=lambda group: group.rank)
    return found


def rank(entry: Entry, typed: str) -> int:
    return searching.rank((entry.pk, entry.name_key, entry.text), fold(typed))[0]


def kinds() -> list[str]:
    """Return the keys of the resources that the directory holds."""
    return [resource.key for resource in BY_KEY.values() if resource.index]


def asked(connection: Connection, typed: str, found: Found) -> dict[str, list[Entry]]:
    """Return what ChartMogul's own look-ups find by the text, one call each. The first failure ends the search and goes
    to `found.failure`."""
    heard: dict[str, list[Entry]] = {}
    try:
        client = ChartMogulClient.of(connection)
        for resource in BY_KEY.values():
            for look_up in upstream.look_ups(resource, typed):
                said = gettext("{things} by {what}")
                found.asked.append(said.format(things=resource.nouns, what=look_up.what))
                answered = upstream.hits(client, resource, look_up, typed)
                directory.remember(connection, resource, answered)
                if entries := directory.entries_of(connection, resource, answered):
                    heard.setdefault(resource.key, []).extend(entries[: SHOWN + 1])
    except (ApiError, Unreadable) as error:
        found.failure = sentence(error.user_message)
    return heard


def records(connection: Connection, known: Mapping[str, list[Entry]], ranks: Mapping[str, int]) -> Iterable[Group]:
    shown = hits(connection, [entry for entries in known.values() for entry in entries[:SHOWN]])
    for key in kinds():
        if mine := [hit for entry in known.get(key, [])[:SHOWN] if (hit := shown.get((key, entry.uuid)))]:
            yield Group(
                key=BY_KEY[key].slug,
                title=str(BY_KEY[key].title),
                hits=mine,
                more=len(known[key]) > SHOWN,
                rank=ranks[key],
            )


def hits(connection: Connection, entries: list[Entry]) -> dict[tuple[str, str], Hit]:
    """Return the hits for those entries that have an address to link to."""
    found = {}
    for entry, choice in zip(entries, directory.choices(connection, entries), strict=True):
        if address := address_of(connection, BY_KEY[entry.resource], choice.uuid, choice.owner):
            hit = Hit(name=choice.name, address=address, detail=choice.detail, uuid=choice.uuid)
            found[entry.resource, entry.uuid] = hit
    return found


def address_of(connection: Connection, resource: Resource, uuid: str, owner: str = "") -> str:
    """Return the address of a record's page. If its kind has none, the list of its owner's records, else the first
    operation that can start from it. "" if an address cannot contain the UUID."""
    if resource.path:
        try:
            return reverse(f"resources:record.{resource.key}", args=[connection.slug, uuid])
        except NoReverseMatch:
            return ""
    if owner and (listed := list_of_an_owner(resource)):
        operation, name = listed
        return f"{page_of(connection, operation)}?{urlencode({name: owner})}"
    for operation, name in steps_from(resource)[:1]:
        return f"{page_of(connection, operation)}?{urlencode({name: uuid})}"
    return ""


def page_of(connection: Connection, operation: Operation) -> str:
    return reverse(operation.url_name, args=[connection.slug])


def by_prefix(connection: Connection, uuid: str) -> Iterable[Group]:
    """Yield a link to a record about which nothing is known, if the prefix of its UUID tells its kind."""
    resource, prefix = kind_of(uuid), uuid.partition("_")[0] + "_"
    if not resource and prefix in READ_BY_CALL:
        noun, path = READ_BY_CALL[prefix]
        hit = Hit(
            name=gettext("{module}: {noun} {uuid}").format(module=CALL.title, noun=noun, uuid=uuid),
            address=f"{page_of(connection, CALL)}?{urlencode({'url': path + uuid})}",
        )
        yield Group(key="uuid", title=gettext("By its UUID"), hits=[hit], rank=-1)
    if resource:
        said = gettext("Open {noun} {uuid}") if resource.path else gettext("{module}: {noun} {uuid}")
        module = "" if resource.path else steps_from(resource)[0][0].title
        hit = Hit(
            name=said.format(module=module, noun=resource.noun, uuid=uuid),
            address=address_of(connection, resource, uuid),
            detail=gettext("Nothing is known about it here"),
        )
        yield Group(key="uuid", title=gettext("By its UUID"), hits=[hit], rank=-1)


def modules(connection: Connection, typed: str) -> Iterable[Group]:
    language = get_language()
    named = {operation.key: called(operation.key, language) for operation in registry.open_to(connection)}

    def hit(key: str) -> Hit:
        operation = OPERATIONS[key]
        address = page_of(connection, operation)
        return Hit(name=str(operation.title), address=address, detail=str(resource_of(operation).title))

    return of_those_named("modules", gettext("Modules"), named, typed, hit)


def pages(connection: Connection, typed: str) -> Iterable[Group]:
    language = get_language()
    named = {name: called(name, language) for name in PAGES}

    def hit(name: str) -> Hit:
        title, _also, of_one = PAGES[name]
        return Hit(name=str(title), address=reverse(name, args=[connection.slug] if of_one else []))

    return of_those_named("pages", gettext("Pages"), named, typed, hit)


Called = tuple[frozenset[str], frozenset[str]]
"""(names of a module or page, all words that it is found by), folded."""


@lru_cache(maxsize=1000)
def called(key: str, language: str | None) -> Called:
    """Return the names and words of a module or page in this language and in English, because people know the English
    ones from the documentation."""
    names, words = set(), set()
    for spoken in (language, None):
        with override(spoken):
            name, further = texts_of(key)
            names.add(fold(name))
            words.update(fold(f"{name} {further}").split())
    return frozenset(names), frozenset(words)


def texts_of(key: str) -> tuple[str, str]:
    """Return the title of a module or page, and its further search words."""
    if key in PAGES:
        return str(PAGES[key][0]), str(PAGES[key][1])
    operation, resource = OPERATIONS[key], resource_of(OPERATIONS[key])
    also = LISTED if isinstance(operation, ListOperation) else ""
    also = ALSO_CALLED[operation.method] if isinstance(operation, WriteOperation) else also
    return str(operation.title), f"{resource.title} {resource.noun} {also}"


def of_those_named(
    key: str, title: str, named: Mapping[str, Called], typed: str, hit: Callable[[str], Hit]
) -> Iterable[Group]:
    """Yield a group of the items for which each typed word is the beginning of one of their words, if there are any."""
    phrase = fold(typed)
    matching = []
    for each, (names, known) in named.items():
        if phrase and all(any(word.startswith(piece) for word in known) for piece in phrase.split()):
            begins = any(name.startswith(phrase) for name in names)
            matching.append((0 if phrase in names else 1 if begins else 2, each))
    if matching:
        matching.sort(key=lambda ranked: ranked[0])
        best = [hit(each) for _, each in matching[:SHOWN]]
        yield Group(key=key, title=title, hits=best, more=len(matching) > SHOWN, rank=matching[0][0])


def recent(connection: Connection, chosen: Mapping[str, list[str]]) -> Found:
    """Return what the search box opens with: records that this person chose recently, by kind."""
    entries = []
    for key, uuids in chosen.items():
        entries += directory.these(connection, key, uuids)
    known = [
        replace(hit, kind=capfirst(str(BY_KEY[key].noun))) for (key, _uuid), hit in hits(connection, entries).items()
    ]
    groups = [Group(key="recent", title=gettext("Recent"), hits=known)] if known else []
    return Found(sync=sync_services.of(connection), typed="", groups=groups)
