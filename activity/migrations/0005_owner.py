"""Each write knows the record that its own one belongs to: the customer of an invoice, the invoice of a refund."""

import re
from typing import Any
from urllib.parse import unquote

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

IN_PATH = re.compile(r"/v1/import/(?:customers/([^/]+)/invoices|invoices/([^/]+)/transactions)")
IN_RECORD = re.compile(r"/v1/(?:import/subscriptions|invoices)/[^/]+")


def owner_of(path: str, record: Any) -> str:
    """As far as the write says it: in its path, or in the record that was read before."""
    if match := IN_PATH.fullmatch(path):
        found = unquote(match[1] or match[2])
    elif IN_RECORD.fullmatch(path) and isinstance(record, dict):
        found = record.get("customer_uuid")
    else:
        return ""
    # Longer ones are none, and PostgreSQL takes no NUL.
    return found.replace("\0", "\ufffd")[:255] if isinstance(found, str) else ""


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    writes = apps.get_model("activity", "Write").objects.using(editor.connection.alias).order_by()
    likely = writes.filter(path__startswith="/v1/import/") | writes.filter(path__startswith="/v1/invoices/")
    # All of them before the first is changed, and only what is needed of each, for there may be many.
    read = likely.values_list("key", "path", "before").iterator(chunk_size=500)
    owners = [(key, owner) for key, path, before in read if (owner := owner_of(path, before))]
    for key, owner in owners:
        writes.filter(key=key).update(owner_uuid=owner)


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0004_discarded"),
    ]

    operations = [
        migrations.AddField(
            model_name="write",
            name="owner_name",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="write",
            name="owner_uuid",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddIndex(
            model_name="write",
            index=models.Index(fields=["connection", "owner_uuid", "-prepared_at"], name="write_by_owner"),
        ),
        # Last, for PostgreSQL alters no table of which a transaction has changed rows that are still to be checked.
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
