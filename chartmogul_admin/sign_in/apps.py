"""Sign-in as a Django app: its signal receivers must be connected before the first request."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "chartmogul_admin.sign_in"
    label = "sign_in"

    def ready(self) -> None:
        from chartmogul_admin.sign_in import sessions  # noqa: F401  # connects its receivers
        from connections import reauthentication  # noqa: F401  # as above
        from connections.people import preferences  # noqa: F401  # as above
