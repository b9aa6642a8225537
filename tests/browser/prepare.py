"""Run once before the server of the browser tests starts: tables, somebody to sign in, a connection."""

import django
from django.core.management import call_command

USERNAME = "ada"
PASSWORD = "correct horse battery staple"


def main() -> None:
    django.setup()

    from django.contrib.auth import get_user_model

    from connections import services
    from connections.client import ChartMogulClient
    from connections.models import Connection

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser(USERNAME, password=PASSWORD)
    connection = Connection(name="Main", kind="sandbox")
    connection.set_credential("sandbox")
    services.record(connection, services.check(ChartMogulClient.of(connection)))
    connection.save()


if __name__ == "__main__":
    main()
