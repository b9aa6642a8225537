from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ResourcesConfig(AppConfig):
    name = "resources"

    def ready(self) -> None:
        from resources import signals  # noqa: F401  connects the receivers
        from resources.directory.index import sqlite

        connection_created.connect(sqlite.add_functions, dispatch_uid="directory")
