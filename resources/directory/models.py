"""What is known locally of the records at ChartMogul: a cache, fed by answers, that can be emptied at any time."""

from django.db import models

from connections.models import Connection


class Entry(models.Model):
    """One record as pickers show and find it. Always belongs to one connection: nothing is shared between accounts."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="entries")
    resource = models.CharField(max_length=50)
    uuid = models.CharField(max_length=255)
    name = models.TextField(blank=True)
    external_id = models.TextField(blank=True)
    email = models.TextField(blank=True)
    company = models.TextField(blank=True)
    data_source_uuid = models.CharField(max_length=255, blank=True)
    owner_uuid = models.CharField(max_length=255, blank=True)
    """Of the record that this one belongs to: a subscription's customer."""
    system = models.TextField(blank=True)
    status = models.TextField(blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("connection", "resource", "uuid"), name="one_entry_a_record"),)
        indexes = (models.Index(fields=("connection", "resource", "-seen_at")),)

    def __str__(self) -> str:
        return self.name or self.external_id or self.uuid
