"""Run before the server of the browser tests starts: creates the tables, a user and a connection.

With the argument `tables` it does not create the connection: adding it to a copy of such a database takes no time.
"""

import sys

import django
from django.core.management import call_command
from django.db import connections as databases

USERNAME = "ada"
PASSWORD = "correct horse battery staple"


def main(*, connect: bool) -> None:
    django.setup()

    from django.contrib.auth import get_user_model

    from connections import services
    from connections.client import ChartMogulClient
    from connections.models import Connection

    call_command("migrate", verbosity=0)
    people = get_user_model().objects
    if not people.filter(username=USERNAME).exists():
        people.create_superuser(USERNAME, password=PASSWORD)
    if connect:
        connection = Connection(name="Main", kind="sandbox")
        connection.set_credential("sandbox")
        services.record(connection, services.check(ChartMogulClient.of(connection)))
        connection.save()
    # An SQLite file is complete only when it is closed.
    databases.close_all()


if __name__ == "__main__":
    main(connect=sys.argv[1:] != ["tables"])
