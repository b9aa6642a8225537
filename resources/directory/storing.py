"""Write entries, thousands of them a second."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from activity import history
from connections.models import Connection
from resources.directory.index import prepare
from resources.directory.models import Entry, name_key, searched_text, shown_name

FIELDS = [field for field in Entry._meta.concrete_fields if not field.primary_key]
COLUMNS = [field.attname for field in FIELDS]
IDENTITY = ("connection_id", "uuid", "resource")
COMPARED = [name for name in COLUMNS if name not in (*IDENTITY, "seen_at", "name_key", "text")]
"""Columns that are compared to see whether an entry changed; name_key and text are derived from them."""
AT_ONCE = 500
"""Rows of one statement; SQLite takes some 32,000 values."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What to write for some records, computed before the transaction, because that blocks all other writers."""

    connection: Connection
    seen_at: datetime
    seen_before: list[datetime | None]
    """When each record was last seen before; None for one that was not known."""
    seen_again: list[int]
    """The IDs of unchanged entries, of which only seen_at is updated."""
    rows: dict[str, list[Any]]
    """The values of new and changed entries, in the order of COLUMNS, by UUID."""

    @classmethod
    def of(
        cls, connection: Connection, resource_key: str, fields: Mapping[str, Mapping[str, str]], *, moments: bool
    ) -> "Batch":
        """Compute the batch for records of one kind, given their fields by UUID. Without `moments`, nothing is written
        for entries that did not change."""
        now = timezone.now()
        known = list(stored(connection, resource_key, fields))
        seen_before = {uuid: seen_at for _, uuid, seen_at, *_ in known}
        again = {uuid: pk for pk, uuid, _, *values in known if values == [fields[uuid][name] for name in COMPARED]}
        common: dict[str, Any] = {
            "connection_id": connection.pk,
            "resource": resource_key,
            "seen_at": str(database.ops.adapt_datetimefield_value(now)),
        }
        rows = {}
        for uuid, known_by in fields.items():
            if uuid not in again:
                entry = {**common, **known_by, "uuid": uuid}
                # Without instances of Entry: creating them takes longer than storing them.
                entry |= {"name_key": name_key(shown_name(entry)), "text": searched_text(entry)}
                rows[uuid] = [entry[name] for name in COLUMNS]
        seen_again = list(again.values()) if moments else []
        return cls(
            connection=connection,
            seen_at=now,
            seen_before=[seen_before.get(uuid) for uuid in fields],
            seen_again=seen_again,
            rows=rows,
        )

    def write(self, *, settles: bool = False) -> None:
        """Store the batch, without records that were recently deleted from here. For `settles` see index.prepare."""
        if not self.seen_again and not self.rows:
            return
        # No savepoint if this is inside another transaction: SQLite would copy each page that it changes.
        with transaction.atomic(savepoint=False):
            Entry.objects.filter(pk__in=self.seen_again).update(seen_at=self.seen_at)
            gone = history.recently_deleted(self.connection)
            rows = [row for row in self.rows.values() if not gone or gone.isdisjoint(deleted_with(row))]
            for start in range(0, len(rows), AT_ONCE):
                insert(rows[start : start + AT_ONCE], settles=settles)


def deleted_with(row: Sequence[Any]) -> set[str]:
    """See history.deleted_with."""
    known = dict(zip(COLUMNS, row, strict=True))
    known |= {"customer_uuid": known["owner_uuid"], "data_source_uuids": known["data_source_uuids"].split()}
    return history.deleted_with(known)


def stored(connection: Connection, resource_key: str, uuids: Collection[str]) -> Iterator[Sequence[Any]]:
    """Yield ID, UUID, seen_at and the COMPARED values of those entries that exist."""
    wanted = ("id", "uuid", "seen_at", *COMPARED)
    if database.vendor != "postgresql":
        entries = Entry.objects.filter(connection=connection, resource=resource_key, uuid__in=uuids)
        yield from entries.values_list(*wanted)
        return
    # One by one, and by the UUID alone: if the table was never analysed, or has grown since, PostgreSQL assumes that it
    # holds hardly any rows of this account and kind, and would read all of those instead.
    with database.cursor() as cursor:
        cursor.execute(
            f"""SELECT {", ".join(wanted)} FROM unnest(%s::text[]) AS sought
            CROSS JOIN LATERAL (
                SELECT * FROM resources_entry
                WHERE connection_id = %s AND uuid = sought AND resource || '' = %s OFFSET 0
            ) AS entry""",  # noqa: S608 names of columns
            [list(uuids), connection.pk, resource_key],
        )
        yield from cursor.fetchall()


def insert(rows: Sequence[Sequence[Any]], *, settles: bool = False) -> None:
    """Insert or update rows of COLUMNS. Not with Django's bulk_create, which takes as long as all the rest, nor one by
    one, because each statement has its own journal."""
    values: list[Any]
    if database.vendor == "postgresql":
        # As one JSON value: psycopg takes longer for thousands of values than PostgreSQL takes for the rows.
        typed = ", ".join(f"{field.attname} {field.db_type(database)}" for field in FIELDS)
        source = f"SELECT {', '.join(COLUMNS)} FROM json_to_recordset(%s) AS given({typed})"  # noqa: S608 names and types
        values = [json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows])]
    else:
        row = f"({', '.join(['%s'] * len(COLUMNS))})"
        source, values = f"VALUES {', '.join([row] * len(rows))}", [value for row in rows for value in row]
    changed = [f"{name} = excluded.{name}" for name in COLUMNS]
    with database.cursor() as cursor:
        prepare(cursor, settles=settles)
        cursor.execute(
            f"INSERT INTO {Entry._meta.db_table} ({', '.join(COLUMNS)}) {source} "
            f"ON CONFLICT ({', '.join(IDENTITY)}) DO UPDATE SET {', '.join(changed)}",
            values,
        )
