"""Seals every API key and second factor with the newest of CREDENTIAL_KEYS, so that the older ones can be removed."""

from collections.abc import Callable
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model, QuerySet

from connections import sealing
from connections.models import Connection

BATCH = 100
Row = TypeVar("Row", bound=Model)
SECRET = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
"""The field with a second factor's secret. Passkeys have none: what is stored of them is public."""


class Command(BaseCommand):
    help = (
        "Seal all API keys and second factors with the first of CREDENTIAL_KEYS. Put the new key first, run this, "
        "then remove the old one. You can stop it and run it again at any time: all stay readable."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.unreadable: list[str] = []
        sealed_anew = self.each(Connection.objects.all(), self.seal_key)
        sealed_anew += self.each(Authenticator.objects.filter(type__in=SECRET), self.seal_factor)
        self.stdout.write(f"{sealed_anew} sealed with the new key.")
        if self.unreadable:
            raise CommandError(f"None of CREDENTIAL_KEYS can read the key of: {', '.join(self.unreadable)}.")

    def each(self, rows: QuerySet[Row], seal: Callable[[Row], int]) -> int:
        """Apply `seal` to all rows, in one transaction per batch. Return the number of rows that were sealed again."""
        sealed_anew = after = 0
        while batch := list(rows.filter(pk__gt=after).order_by("pk")[:BATCH]):
            after = batch[-1].pk
            with transaction.atomic():
                sealed_anew += sum(seal(row) for row in batch)
        return sealed_anew

    def newest(self, sealed: str, name: str) -> str:
        """Return the text sealed with the newest key; empty if it already is, or if no key can read it."""
        if sealing.is_current(sealed):
            return ""
        try:
            return sealing.rotate(sealed)
        except sealing.Unreadable:
            self.unreadable.append(name)
            return ""

    def seal_key(self, connection: Connection) -> int:
        sealed = self.newest(connection.sealed_key, repr(connection.name))
        # If somebody replaced the key since the batch was read, the new one is already sealed with the newest key.
        unchanged = Connection.objects.filter(pk=connection.pk, sealed_key=connection.sealed_key)
        return unchanged.update(sealed_key=sealed) if sealed else 0

    def seal_factor(self, found: Authenticator) -> int:
        # Read again under a lock, so that a recovery code that is used meanwhile stays used.
        factor = Authenticator.objects.select_for_update().select_related("user").filter(pk=found.pk).first()
        if factor is None:
            return 0
        place = SECRET[factor.type]
        sealed = self.newest(factor.data[place], f"the second factor of {factor.user.get_username()!r}")
        if sealed:
            factor.data[place] = sealed
            factor.save(update_fields=["data"])
        return 1 if sealed else 0
