"""Seal every API key with the newest of CREDENTIAL_KEYS, so that the older ones can be removed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from connections import sealing
from connections.models import Connection

BATCH = 100


class Command(BaseCommand):
    help = (
        "Seals every API key with the first of CREDENTIAL_KEYS. Put the new key first, run this, then remove the old "
        "one. It may be stopped and run again at any time: every key stays readable throughout."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sealed_anew, unreadable, after = 0, [], 0
        while batch := list(Connection.objects.filter(pk__gt=after).order_by("pk")[:BATCH]):
            after = batch[-1].pk
            with transaction.atomic():
                for connection in batch:
                    if sealing.is_current(connection.sealed_key):
                        continue
                    try:
                        sealed = sealing.rotate(connection.sealed_key)
                    except sealing.Unreadable:
                        unreadable.append(connection.name)
                        continue
                    # A key that somebody replaced since the batch was read is sealed with the newest already.
                    unchanged = Connection.objects.filter(pk=connection.pk, sealed_key=connection.sealed_key)
                    sealed_anew += unchanged.update(sealed_key=sealed)
        self.stdout.write(f"{sealed_anew} sealed anew.")
        if unreadable:
            raise CommandError(f"None of CREDENTIAL_KEYS reads the key of: {', '.join(map(repr, unreadable))}.")
