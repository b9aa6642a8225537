"""Creates what a first run needs: a user to sign in as, and a connection to the sandbox."""

import secrets

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from connections.models import Connection, Kind


class Command(BaseCommand):
    help = (
        "Where nobody can sign in yet: create the user admin, with a password that is printed once, and the connection "
        "Sandbox, if there is none."
    )

    def handle(self, *args: object, **options: object) -> None:
        users = get_user_model().objects
        if not users.exists():
            password = secrets.token_urlsafe(15)
            users.create_superuser("admin", password=password)
            self.stdout.write(
                "\n  Sign in as admin with the password below. It is shown only this once and stored nowhere."
            )
            self.stdout.write(f"\n      {password}\n")
            # Only on the first run: if somebody deletes the connection later, they meant it.
            if not Connection.objects.exists():
                sandbox = Connection(name="Sandbox", kind=Kind.SANDBOX)
                sandbox.set_credential("sandbox")
                sandbox.save()
