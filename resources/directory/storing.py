"""Writing entries, thousands of them a second."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from resources.directory.models import Entry, NameKey, SearchedText

FIELDS = [field for field in Entry._meta.concrete_fields if not field.primary_key]
DERIVED = [field for field in FIELDS if isinstance(field, NameKey | SearchedText)]
IDENTITY = ("connection_id", "uuid", "resource")
COMPARED = [field.attname for field in FIELDS if field not in DERIVED and field.attname not in (*IDENTITY, "seen_at")]
"""What the others follow from."""


def store(known: QuerySet[Entry], entries: Mapping[str, Entry]) -> None:
    """Write entries of one kind, by their UUIDs. Of those that are known as they are, only seen_at moves."""
    now = timezone.now()
    before = {
        uuid: (pk, values) for pk, uuid, *values in known.filter(uuid__in=entries).values_list("pk", "uuid", *COMPARED)
    }
    same = [
        before[uuid][0]
        for uuid, entry in entries.items()
        if uuid in before and before[uuid][1] == [getattr(entry, name) for name in COMPARED]
    ]
    unchanged = set(same)
    with transaction.atomic():
        Entry.objects.filter(pk__in=same).update(seen_at=now)
        others = (entry for uuid, entry in entries.items() if uuid not in before or before[uuid][0] not in unchanged)
        upsert(others, now)


def upsert(entries: Iterable[Entry], seen_at: datetime) -> None:
    # Django's bulk_create takes as long as all the rest of this.
    entries = list(entries)
    for entry in entries:
        for field in DERIVED:
            field.pre_save(entry, add=True)
    names = [field.attname for field in FIELDS if field.attname != "seen_at"]
    moment = database.ops.adapt_datetimefield_value(seen_at)
    if rows := [[*(getattr(entry, name) for name in names), moment] for entry in entries]:
        columns = [*names, "seen_at"]
        changed = [f"{name} = excluded.{name}" for name in columns]
        with database.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {Entry._meta.db_table} ({', '.join(columns)}) "  # noqa: S608 names of columns alone
                f"VALUES ({', '.join(['%s'] * len(columns))}) "
                f"ON CONFLICT ({', '.join(IDENTITY)}) DO UPDATE SET {', '.join(changed)}",
                rows,
            )
