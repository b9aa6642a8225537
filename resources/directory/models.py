"""What is known locally of ChartMogul's records: a cache, filled from answers, that can be emptied at any time."""

from collections.abc import Mapping

from django.db import models
from django.db.models.expressions import RawSQL

from connections.models import Connection
from resources.directory.folding import fields, fold

NAME_LENGTH = 100
"""Characters of a name that entries are sorted by; PostgreSQL's indexes take no long values."""


class NameKey(models.CharField):
    """The folded name, updated whenever an entry is saved, alone or in bulk."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = name_key(str(model_instance))
        setattr(model_instance, self.attname, value)
        return value


class SearchedText(models.TextField):
    """All text that an entry is found by, folded; updated as NameKey is."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = searched_text(vars(model_instance))
        setattr(model_instance, self.attname, value)
        return value


def name_key(name: str) -> str:
    return fold(name)[:NAME_LENGTH]


def shown_name(entry: Mapping[str, str]) -> str:
    """Return the name to show for an entry with these fields."""
    return entry["name"] or entry["external_id"] or entry["uuid"]


def searched_text(entry: Mapping[str, str]) -> str:
    # The UUID comes last: resources/directory/index/sqlite.py relies on that.
    found_by = (entry["name"], entry["company"], entry["email"], entry["external_id"])
    return fields(*found_by, *entry["external_ids"].split("\n"), entry["uuid"])


OWNED = "NOT (owner_uuid = '')"
"""Most entries have no owner, and the index of owners leaves those out. A query for an owner must repeat that
condition, in the words of the index, for SQLite to know that it may use it."""


def owned_by(uuid: str) -> models.Q:
    """Return the condition that an entry belongs to this record."""
    return models.Q(RawSQL(OWNED, (), models.BooleanField()), owner_uuid=uuid)  # noqa: S611  # nosec B611


IN_SEVERAL = "NOT (data_source_uuids = '')"
"""As OWNED, for the index of merged records, which are few."""


def further_source(uuid: str) -> models.Q:
    """Return the condition that a record is in this data source although it is not its first one."""
    return models.Q(RawSQL(IN_SEVERAL, (), models.BooleanField()), data_source_uuids__contains=uuid)  # noqa: S611  # nosec B611


class Entry(models.Model):
    """One record as pickers show and find it. Always belongs to one connection: nothing is shared between accounts.

    The search index (resources/directory/index/) follows this table by itself. On SQLite it does so by triggers, which
    Django drops when it alters the table: a migration that does must end with index.install().
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="entries", db_index=False)
    resource = models.CharField(max_length=50)
    uuid = models.CharField(max_length=255)
    name = models.TextField(blank=True)
    external_id = models.TextField(blank=True)
    external_ids = models.TextField(blank=True)
    """Further ones that a merge brought along, one per line."""
    email = models.TextField(blank=True)
    company = models.TextField(blank=True)
    data_source_uuid = models.CharField(max_length=255, blank=True)
    data_source_uuids = models.TextField(blank=True)
    """Further ones that a merge brought along, one per line."""
    owner_uuid = models.CharField(max_length=255, blank=True)
    """The UUID of the record that this one belongs to: a subscription's customer."""
    system = models.TextField(blank=True)
    status = models.TextField(blank=True)
    told_apart_by = models.TextField(blank=True)
    """What else pickers show of it: one per line, as the API gave it, in the order of Resource.told_apart_by."""
    seen_at = models.DateTimeField()
    name_key = NameKey(max_length=NAME_LENGTH, editable=False)
    text = SearchedText(editable=False)

    class Meta:
        # UUID before resource, because owners are looked up by UUID alone.
        constraints = (models.UniqueConstraint(fields=("connection", "uuid", "resource"), name="one_entry_a_record"),)
        indexes = (
            models.Index(fields=("connection", "resource", "name_key", "id"), name="entry_by_name"),
            models.Index(
                fields=("connection", "data_source_uuid", "resource", "name_key", "id"), name="entry_by_source"
            ),
            # Sorted too, though an owner has few: SQLite would rather scan all by name than sort. See owned_by.
            models.Index(
                fields=("connection", "owner_uuid", "resource", "name_key", "id"),
                name="entry_by_owner",
                condition=~models.Q(owner_uuid=""),
            ),
            models.Index(
                fields=("connection", "resource", "name_key", "id"),
                name="entry_in_several",
                condition=~models.Q(data_source_uuids=""),
            ),
        )

    def __str__(self) -> str:
        return shown_name(vars(self))
