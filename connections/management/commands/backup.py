"""Copies the SQLite database while the application runs."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = (
        "Copy the SQLite database, as it is at one moment, into one file while the server and the worker keep running. "
        "The API keys in it stay encrypted: keep CREDENTIAL_KEYS elsewhere, because without them no one can ever read "
        "the API keys again. For PostgreSQL, use pg_dump."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("path", type=Path, help="the file to create; an existing file is never overwritten")

    def handle(self, *args: object, path: Path, **options: object) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("The database is PostgreSQL: back it up with pg_dump, see docs/deployment.md.")
        if path.exists():
            raise CommandError(f"{path} already exists.")
        # Under another name until it is complete, and readable by nobody else.
        unfinished = path.with_name(f"{path.name}.unfinished")
        try:
            os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise CommandError(f"{unfinished} cannot be created: {error.strerror}.") from error
        try:
            self.copy(unfinished)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(f"Backed up to {path}, {path.stat().st_size / 1024 / 1024:.1f} MB, and verified.")

    def copy(self, to: Path) -> None:
        connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(to)) as copy:
            # In one step: with several, each write of another process would restart the backup.
            connection.connection.backup(copy)
            # One file, without a separate write-ahead log.
            copy.execute("PRAGMA journal_mode=DELETE")
            problems = [row[0] for row in copy.execute("PRAGMA integrity_check")]
        if problems != ["ok"]:
            raise CommandError(f"The copy is damaged, so the database may be damaged too: {problems[0]}")
