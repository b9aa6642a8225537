"""Receivers for events elsewhere that affect what is known about an account."""

from typing import Any

from django.dispatch import receiver

from connections.models import Connection
from connections.signals import account_changing
from resources.sync import services as sync_services


@receiver(account_changing)
def on_account(sender: object, connection: Connection, **more: Any) -> None:
    sync_services.begin_anew(connection)
