"""The search index of the directory. It finds entries that contain some words, in time that hardly grows with their
number.

Each database has its own. Both cut the searched text into pieces of three characters and look up which entries have all
the pieces of a word; words of one or two characters are found too. The databases keep both up to date by themselves, so
no code here has to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from resources.directory.index import postgresql, sqlite
from resources.directory.models import OWNED, Entry

Row = tuple[int, str, str]
"""ID, name_key and searched text of an entry."""
IN_UUIDS = frozenset("0123456789abcdef-_cusdplginvtrb")
"""Digits of UUIDs and letters of their prefixes (`cus_`). As a word beside others, one of them narrows nothing, because
most entries contain it: it is only rechecked, not looked up."""
BY_VENDOR = {"sqlite": sqlite, "postgresql": postgresql}


@dataclass(frozen=True, kw_only=True)
class Within:
    """Where to search: records of one kind in one account, perhaps of one data source or one owner only."""

    connection_id: int
    resource: str
    data_source_uuid: str = ""
    owner_uuid: str = ""

    @property
    def where(self) -> tuple[str, list[Any]]:
        """The SQL condition and its values."""
        narrowed: dict[str, Any] = {"connection_id = %s": self.connection_id, "resource = %s": self.resource}
        if self.data_source_uuid:
            # `|| ''` keeps the index of sources from being used: an owner has few entries, a source may have a million.
            source = "data_source_uuid || ''" if self.owner_uuid else "data_source_uuid"
            narrowed[f"{source} = %s"] = self.data_source_uuid
        if self.owner_uuid:
            narrowed[f"{OWNED} AND owner_uuid = %s"] = self.owner_uuid
        return " AND ".join(narrowed), list(narrowed.values())

    def entries(self) -> QuerySet[Entry]:
        return Entry.objects.filter(RawSQL(*self.where, BooleanField()))  # noqa: S611  # nosec B611


def first_by_name(places: Mapping[str, Within], limit: int) -> dict[str, list[Row]]:
    """Return for each place the first `limit` entries by name. In one statement of raw SQL, which Django would take
    longer to build than the database to run."""
    statements, values = [], []
    for key, within in places.items():
        condition, its_values = within.where
        statements.append(
            "SELECT %s, first.* FROM (SELECT id, name_key, text FROM resources_entry "  # noqa: S608  conditions of ours
            f"WHERE {condition} ORDER BY name_key, id LIMIT %s) AS first"
        )
        values += [key, *its_values, limit]
    found: dict[str, list[Row]] = {key: [] for key in places}
    with database.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        for key, pk, name_key, text in cursor.fetchall():
            found[key].append((pk, name_key, text))
    return found


def matching(within: Within, words: list[str], limit: int) -> list[Row]:
    """Return at most `limit` entries whose searched text contains each of the folded words, in no particular order."""
    telling = [word for word in words if word not in IN_UUIDS] or words
    query, parameters = BY_VENDOR[database.vendor].query(within, words, telling)
    with database.cursor() as cursor:
        cursor.execute(f"{query} LIMIT %s", [*parameters, limit])
        return cursor.fetchall()


def prepare(cursor: CursorWrapper, *, settles: bool) -> None:
    """Set up the current transaction to write many entries. A caller that `settles` runs settle() itself, so more may
    be pending."""
    own = BY_VENDOR[database.vendor]
    for statement in (*own.PREPARE, *(own.PREPARE_TO_SETTLE if settles else ())):
        cursor.execute(statement)


def settle() -> None:
    """Merge what is pending into the index. A transaction that writes entries does so itself if too much is pending,
    unless another database connection is doing it."""
    for statement in BY_VENDOR[database.vendor].SETTLE:
        with database.cursor() as cursor:
            cursor.execute(statement)


def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """For migrations: rebuild the index and its triggers, and index the existing entries."""
    remove(apps, schema_editor)
    for statement in BY_VENDOR[schema_editor.connection.vendor].INSTALL:
        schema_editor.execute(statement, params=None)


def tune(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """For migrations: give the existing index the settings that `install` gives a new one."""
    for statement in BY_VENDOR[schema_editor.connection.vendor].TUNING:
        schema_editor.execute(statement, params=None)


def remove(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in BY_VENDOR[schema_editor.connection.vendor].REMOVE:
        schema_editor.execute(statement, params=None)
