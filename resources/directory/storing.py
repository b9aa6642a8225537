"""Writing entries, thousands of them a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from resources.directory.models import Entry, NameKey, SearchedText

FIELDS = [field for field in Entry._meta.concrete_fields if not field.primary_key]
DERIVED = [field for field in FIELDS if isinstance(field, NameKey | SearchedText)]
IDENTITY = ("connection_id", "uuid", "resource")
COLUMNS = [*(field.attname for field in FIELDS if field.attname != "seen_at"), "seen_at"]
COMPARED = [field.attname for field in FIELDS if field not in DERIVED and field.attname not in (*IDENTITY, "seen_at")]
"""What the derived ones follow from."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is to be written of some records, worked out beforehand: a transaction holds up whoever else writes."""

    seen_at: datetime
    seen_again: list[int]
    """Of those that are known as they are, only seen_at moves: their ids."""
    rows: list[list[Any]]
    """The values of the others, in the order of COLUMNS."""

    @classmethod
    def of(cls, known: QuerySet[Entry], entries: Mapping[str, Entry]) -> "Batch":
        """For entries of one kind, by their UUIDs."""
        now = timezone.now()
        found = known.filter(uuid__in=entries).values_list("pk", "uuid", *COMPARED)
        before = {uuid: (pk, values) for pk, uuid, *values in found}
        again = {
            uuid: before[uuid][0]
            for uuid, entry in entries.items()
            if uuid in before and before[uuid][1] == [getattr(entry, name) for name in COMPARED]
        }
        others = [entry for uuid, entry in entries.items() if uuid not in again]
        for entry in others:
            for field in DERIVED:
                field.pre_save(entry, add=True)
        moment = database.ops.adapt_datetimefield_value(now)
        names = COLUMNS[:-1]
        rows = [[*(getattr(entry, name) for name in names), moment] for entry in others]
        return cls(seen_at=now, seen_again=list(again.values()), rows=rows)

    def write(self) -> None:
        with transaction.atomic():
            Entry.objects.filter(pk__in=self.seen_again).update(seen_at=self.seen_at)
            if self.rows:
                # Django's bulk_create takes as long as all the rest of this.
                changed = [f"{name} = excluded.{name}" for name in COLUMNS]
                with database.cursor() as cursor:
                    cursor.executemany(
                        f"INSERT INTO {Entry._meta.db_table} ({', '.join(COLUMNS)}) "  # noqa: S608 names of columns
                        f"VALUES ({', '.join(['%s'] * len(COLUMNS))}) "
                        f"ON CONFLICT ({', '.join(IDENTITY)}) DO UPDATE SET {', '.join(changed)}",
                        self.rows,
                    )
