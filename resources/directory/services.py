"""Write to the directory and query it."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db import Error as DatabaseFailure
from django.db.models import QuerySet

from connections import localized
from connections.models import Connection
from resources import moments
from resources.directory import search as searching
from resources.directory.folding import fold, whole
from resources.directory.index import Within, matching
from resources.directory.models import Entry, further_source, name_key, owned_by, searched_text
from resources.directory.storing import Batch
from resources.form_context import Choice
from resources.json_paths import dig
from resources.operations import Detail, Resource
from resources.registry import BY_KEY
from resources.sync.models import State, Sync

logger = logging.getLogger(__name__)
FIELDS = ("name", "external_id", "email", "company", "data_source_uuid", "owner_uuid", "system", "status")
LONGEST = 1_000
"""Characters of a value that are kept: enough to find and to tell apart."""
FURTHER = 20
"""External IDs and data sources of a merged record that are kept."""
TOGETHER = 3_000
"""Records that are written together."""
SAME = 100
"""How many entries with the same value, apart from case and accents, are checked for an exact match."""
SEPARATOR = ", "
AMOUNT = re.compile(r"(?P<currency>[A-Z]{3}) (?P<hundredths>-?[0-9]{1,18})")
"""The form in which an amount is stored."""
AT_ONCE = 10_000
"""Values of one query; SQLite takes some 32,000."""


def remember(connection: Connection, resource: Resource, records: Iterable[Mapping[str, Any]]) -> bool:
    """Store records, however many, as they were in an answer; those without a UUID are skipped. Return whether
    they were stored: False if the directory is switched off, or if the database takes no writes just now, because no
    page and no write should fail for that."""
    kept = False
    try:
        for batch in batches(connection, resource, records):
            batch.write()
            kept = True
    except DatabaseFailure:
        logger.exception("Records were not noted in the directory")
        return False
    return kept


def batches(connection: Connection, resource: Resource, records: Iterable[Mapping[str, Any]]) -> Iterator[Batch]:
    """Yield the batches that store these records; none if the directory is switched off."""
    reading = Sync.objects.filter(connection=connection).values_list("enabled", "state", "connection__account_since")
    enabled, state, account_since = reading.first() or (True, State.DONE, connection.account_since)
    # If the connection leads to another account by now, these records are not that account's.
    if not enabled or account_since != connection.account_since:
        return
    records = iter(records)
    while some := list(islice(records, TOGETHER)):
        fields = {uuid: fields_of(resource, record) for record in some if (uuid := uuid_of(record))}
        # When a record was last seen matters only to a sync, which drops what it did not see.
        yield Batch.of(connection, resource.key, fields, moments=state != State.DONE)


def uuid_of(record: Mapping[str, Any]) -> str:
    """Return the UUID of a record, or an empty string if it has none that the directory can store."""
    uuid = dig(record, "uuid")
    return uuid if isinstance(uuid, str) and can_be_kept(uuid) else ""


def can_be_kept(uuid: str) -> bool:
    """Whether the directory can store this UUID. PostgreSQL takes no NUL, not even as a value to look for."""
    return len(uuid) <= 255 and "\0" not in uuid


def fields_of(resource: Resource, record: Mapping[str, Any]) -> dict[str, str]:
    """Return what the directory stores of a record, by the names of storing.COMPARED."""
    known = {name: text(dig(record, path)) if (path := resource.index.get(name)) else "" for name in FIELDS}
    known["name"] = known["name"] or text(resource.name_of(record))
    known["owner_uuid"] = text(dig(record, resource.owner))
    known["external_ids"] = further(dig(record, resource.index.get("external_ids", "")), known["external_id"])
    for name in ("data_source_uuid", "owner_uuid"):
        known[name] = known[name][:255]
    sources = dig(record, resource.index.get("data_source_uuids", ""))
    known["data_source_uuids"] = further(sources, known["data_source_uuid"])
    known["told_apart_by"] = "\n".join(told(record, detail) for detail in resource.told_apart_by).rstrip("\n")
    return known


def entries_of(connection: Connection, resource: Resource, records: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Return unsaved entries for these records, one per UUID."""
    by_uuid = {uuid: record for record in records if (uuid := uuid_of(record))}
    return [
        Entry(connection=connection, resource=resource.key, uuid=uuid, **fields_of(resource, record))
        for uuid, record in by_uuid.items()
    ]


def holds(resource: Resource, record: Mapping[str, Any], typed: str) -> bool:
    """Whether the directory's searched text of a record would contain each word typed."""
    held = searched_text({**fields_of(resource, record), "uuid": uuid_of(record)})
    return all(word in held for word in fold(typed).split())


def further(values: object, first: str) -> str:
    """Return the other external IDs of a merged record, or its other data sources, one per line."""
    known = {" ".join(text(value).split()) for value in values[:FURTHER]} if isinstance(values, list) else set()
    return "\n".join(sorted(known - {"", first}))


def told(record: Mapping[str, Any], detail: Detail) -> str:
    """Return a detail of a record as one line: texts joined with SEPARATOR, or an amount in the form of AMOUNT."""
    value = dig(record, detail.path)
    if detail.shown_as == "amount":
        amount = f"{text(dig(record, detail.currency))} {value}"
        return amount if type(value) is int and AMOUNT.fullmatch(amount) else ""
    said = text(SEPARATOR.join(map(text, value[:FURTHER])) if isinstance(value, list) else value)
    return " ".join(said.split())


def text(value: object) -> str:
    # PostgreSQL cannot store NUL in text.
    return value.replace("\0", "\ufffd")[:LONGEST] if isinstance(value, str) else ""


def forget(connection: Connection, resource_key: str, uuid: str) -> None:
    """Remove a deleted record, the records that belonged to it, and if it was a data source, those in it, so that no
    picker offers them. If the database takes no writes just now, the next sync of the account removes them."""
    try:
        known(connection, resource_key).filter(uuid=uuid).delete()
        Entry.objects.filter(owned_by(uuid), connection=connection).delete()
        Entry.objects.filter(connection=connection, data_source_uuid=uuid).delete()
    except DatabaseFailure:
        logger.exception("A record that is gone was not taken out of the directory")


def known(connection: Connection, resource_key: str) -> QuerySet[Entry]:
    return Entry.objects.filter(connection=connection, resource=resource_key)


def first(
    connection: Connection,
    resource_key: str,
    recent: list[str],
    limit: int,
    *,
    data_source_uuid: str = "",
    owner_uuid: str = "",
) -> list[Entry]:
    """Return what a picker opens with: the entries with the `recent` UUIDs, and then others by name."""
    place = within(connection, resource_key, data_source_uuid, owner_uuid)
    both = place.entries(), in_several(place)
    latest = these_of([entry for entries in both for entry in entries.filter(uuid__in=recent)], recent)
    known_already = [entry.uuid for entry in latest]
    others = [
        entry
        for entries in both
        for entry in searching.first_in_order(entries.exclude(uuid__in=known_already), limit - len(latest))
    ]
    return [*latest, *sorted(others, key=searching.in_order)][:limit]


def in_several(place: Within) -> QuerySet[Entry]:
    """Return the merged records that are in this data source although it is not their first one."""
    if not place.data_source_uuid or "data_source_uuids" not in BY_KEY[place.resource].index:
        return Entry.objects.none()
    merged = Entry.objects.filter(further_source(place.data_source_uuid))
    return merged.filter(connection_id=place.connection_id, resource=place.resource)


def these(connection: Connection, resource_key: str, uuids: list[str]) -> list[Entry]:
    """Return the known records among these UUIDs, in their order."""
    return these_of(known(connection, resource_key).filter(uuid__in=uuids), uuids)


def these_of(entries: Iterable[Entry], uuids: list[str]) -> list[Entry]:
    found = {entry.uuid: entry for entry in entries}
    return [found[uuid] for uuid in uuids if uuid in found]


def within(connection: Connection, resource_key: str, data_source_uuid: str = "", owner_uuid: str = "") -> Within:
    return Within(
        connection_id=connection.pk,
        resource=resource_key,
        data_source_uuid=data_source_uuid,
        owner_uuid=owner_uuid,
    )


def search(
    connection: Connection,
    resource_key: str,
    typed: str,
    limit: int,
    *,
    data_source_uuid: str = "",
    owner_uuid: str = "",
) -> list[Entry]:
    """Return entries that contain each word typed: in name, company, e-mail, external ID or UUID. Best first."""
    place = within(connection, resource_key, data_source_uuid, owner_uuid)
    found = searching.search({resource_key: place}, typed, limit).get(resource_key, [])
    return searching.with_further(found, in_several(place), typed, limit) if data_source_uuid else found


def search_kinds(
    connection: Connection, resource_keys: Iterable[str], typed: str, limit: int
) -> dict[str, list[Entry]]:
    """Return what a search box shows: at most `limit` entries per kind, best first; kinds without any are left out."""
    return searching.search({key: within(connection, key) for key in resource_keys}, typed, limit)


class Known:
    """A cache of the directory for one page: each record is queried once, and those expected together in one query."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._found: dict[tuple[str, str], Choice | None] = {}
        self._called: dict[tuple[str, str], set[str]] = {}

    def expect(self, resource_key: str, uuids: Iterable[str]) -> None:
        wanted = list({uuid for uuid in uuids if (resource_key, uuid) not in self._found})
        self._found |= {(resource_key, uuid): None for uuid in wanted}
        wanted = list(filter(can_be_kept, wanted))
        for start in range(0, len(wanted), AT_ONCE):
            entries = known(self.connection, resource_key).filter(uuid__in=wanted[start : start + AT_ONCE])
            self._found |= {(resource_key, choice.uuid): choice for choice in choices(self.connection, entries)}

    def describe(self, resource_key: str, uuid: str) -> Choice | None:
        self.expect(resource_key, [uuid])
        return self._found[resource_key, uuid]

    def called(self, resource_key: str, text: str) -> set[str]:
        """Return the UUIDs of records with exactly this name or external ID; perhaps not all if there are more than
        two. Cached, since a form reads its fields more than once, and hundreds of names may be pasted into one."""
        if (resource_key, text) not in self._called:
            self._called[resource_key, text] = called(self.connection, resource_key, text)
        return self._called[resource_key, text]

    def resolve(self, resource_key: str, text: str) -> str | None:
        """Return the UUID of the one record with exactly this name or external ID; None if there is none or several."""
        found = self.called(resource_key, text)
        return next(iter(found)) if len(found) == 1 else None

    def name_of(self, resource_key: str, uuid: str) -> str:
        choice = self.describe(resource_key, uuid)
        return choice.name if choice else ""


def source_of(connection: Connection, uuid: str) -> str:
    """Return the data source that a record of any kind is in; an empty string if unknown, or if it is in several."""
    entries = Entry.objects.filter(connection=connection, uuid=uuid, data_source_uuids="")
    found = entries.values_list("data_source_uuid", flat=True)
    return next(iter(found[:1]), "")


def owner_of(connection: Connection, resource_key: str, uuid: str) -> str:
    """Return the UUID of the record that this one belongs to; an empty string if unknown or there is none."""
    owners = known(connection, resource_key).filter(uuid=uuid).values_list("owner_uuid", flat=True)
    return owners.first() or ""


def names(connection: Connection, resource_key: str, uuids: Iterable[str]) -> dict[str, str]:
    """Return the names of those records that are known and have one, by UUID, in as few queries as possible."""
    wanted = list(filter(can_be_kept, uuids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), AT_ONCE):
        entries = known(connection, resource_key).filter(uuid__in=wanted[start : start + AT_ONCE])
        found |= {uuid: name for uuid, name in entries.values_list("uuid", "name") if name}
    return found


def called(connection: Connection, resource_key: str, typed: str) -> set[str]:
    """See Known.called."""
    by_name = known(connection, resource_key).filter(name_key=name_key(typed), name=typed)
    uuids = set(by_name.values_list("uuid", flat=True)[:2])
    like_it = matching(within(connection, resource_key), [whole(fold(typed))], SAME) if fold(typed) else []
    for entry in Entry.objects.filter(pk__in=[pk for pk, _, _ in like_it]):
        if typed in (entry.external_id, *entry.external_ids.split("\n")):
            uuids.add(entry.uuid)
    return uuids


def holder_of(
    connection: Connection, resource_key: str, field: str, value: str, data_source_uuid: str = ""
) -> Entry | None:
    """Return the one record known to have exactly this value in a field, in the data source if one is given; None if
    there is none or more than one."""
    if not (folded := fold(value)):
        return None
    like_it = matching(within(connection, resource_key, data_source_uuid), [whole(folded)], SAME)
    entries = Entry.objects.filter(pk__in=[pk for pk, _, _ in like_it])
    found = [entry for entry in entries if getattr(entry, field) == value]
    return found[0] if len(found) == 1 else None


def choices(connection: Connection, entries: Iterable[Entry]) -> list[Choice]:
    """Return entries as pickers show them, each with what distinguishes it from others of the same name."""
    entries = list(entries)
    sources = dict(
        known(connection, "data_sources")
        .filter(uuid__in={uuid for entry in entries for uuid in sources_of(entry)})
        .values_list("uuid", "name")
    )
    related = {entry.owner_uuid for entry in entries}
    related |= {kept for entry in entries for detail, kept in told_apart(entry) if detail.shown_as == "reference"}
    named = dict(Entry.objects.filter(connection=connection, uuid__in=related - {""}).values_list("uuid", "name"))
    zone, written = connection.zone, localized.current()

    def name(uuid: str) -> str:
        return named.get(uuid) or uuid

    def day(value: str) -> str:
        moment = moments.from_api(value)
        return written.day(moment.astimezone(zone).date()) if moment else value

    def amount(value: str) -> str:
        found = AMOUNT.fullmatch(value)
        return f"{found['currency']} {written.amount(int(found['hundredths']))}" if found else ""

    in_words = {"reference": name, "day": day, "amount": amount}

    def apart(entry: Entry) -> Iterator[str]:
        for detail, kept in told_apart(entry):
            value = SEPARATOR.join(map(in_words.get(detail.shown_as, str), kept.split(SEPARATOR)))
            yield str(detail.words).format(value=value) if value else ""

    return [
        Choice(
            uuid=entry.uuid,
            name=str(entry),
            data_source_uuids=sources_of(entry),
            detail=" · ".join(
                part
                for part in (
                    entry.external_id if entry.external_id != entry.name else "",
                    entry.email if entry.email != entry.name else "",
                    entry.company if entry.company != entry.name else "",
                    name(entry.owner_uuid),
                    *apart(entry),
                    ", ".join(sources.get(uuid, uuid) for uuid in sources_of(entry)),
                    entry.system if not entry.data_source_uuid else "",
                    BY_KEY[entry.resource].status_in_words(entry.status),
                )
                if part
            ),
            system=entry.system,
            owner=entry.owner_uuid,
            currency=next((kept for detail, kept in told_apart(entry) if detail.shown_as == "currency"), ""),
        )
        for entry in entries
    ]


def told_apart(entry: Entry) -> list[tuple[Detail, str]]:
    """Return the details that distinguish records of this kind, each with its stored value."""
    return list(zip(BY_KEY[entry.resource].told_apart_by, entry.told_apart_by.split("\n"), strict=False))


def sources_of(entry: Entry) -> tuple[str, ...]:
    """Return the data sources that a record is known to be in, its first one before the others."""
    return tuple(filter(None, (entry.data_source_uuid, *entry.data_source_uuids.split("\n"))))


def systems(connection: Connection) -> tuple[str, ...]:
    """Return the systems that the account's own data sources carry, as far as those are known."""
    found = known(connection, "data_sources").exclude(system="").values_list("system", flat=True)
    return tuple(sorted(set(found)))
