"""Writing entries, thousands of them a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connections.models import Connection
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
    """The ids of those that are known as they are, of which only seen_at moves."""
    rows: list[list[Any]]
    """The values of the others, in the order of COLUMNS."""

    @classmethod
    def of(
        cls, connection: Connection, resource_key: str, fields: Mapping[str, Mapping[str, str]], *, moments: bool
    ) -> "Batch":
        """For records of one kind, whose fields stand by their UUIDs. Without `moments` there is nothing to be written
        of those that are known as they are."""
        now = timezone.now()
        known = Entry.objects.filter(connection=connection, resource=resource_key, uuid__in=fields)
        again = {
            uuid: pk
            for pk, uuid, *values in known.values_list("pk", "uuid", *COMPARED)
            if values == [fields[uuid][name] for name in COMPARED]
        }
        moment = database.ops.adapt_datetimefield_value(now)
        rows = []
        for uuid, values in fields.items():
            if uuid not in again:
                entry = Entry(connection=connection, resource=resource_key, uuid=uuid, **values)
                for field in DERIVED:
                    field.pre_save(entry, add=True)
                rows.append([*(getattr(entry, name) for name in COLUMNS[:-1]), moment])
        return cls(seen_at=now, seen_again=list(again.values()) if moments else [], rows=rows)

    def write(self) -> None:
        if not self.seen_again and not self.rows:
            return
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
