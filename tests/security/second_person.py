"""Run with the settings of a site: creates a second user, who may view its connection."""

import django

from tests.browser.prepare import PASSWORD

USERNAME = "bob"


def main() -> None:
    django.setup()

    from django.contrib.auth.models import User

    from connections.models import Access, Connection
    from connections.roles import Role

    bob = User.objects.create_user(USERNAME, password=PASSWORD)
    Access.objects.create(user=bob, connection=Connection.objects.get(), role=Role.VIEWER)


if __name__ == "__main__":
    main()
