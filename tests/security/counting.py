"""Counts in the database in a separate process: `python -m tests.security.counting SECONDS`, for test_G1_sqlite.py.

Prints how often it counted, and how often the database was locked.
"""

import sys
import time

import django

django.setup()

from django.contrib.auth.models import Group  # noqa: E402
from django.db import OperationalError, connection, transaction  # noqa: E402

if __name__ == "__main__":
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (1,)
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20000,)
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
    done = locked = 0
    end = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < end:
        # Read, then write in the same transaction: with SQLite's deferred transactions this fails at once.
        try:
            with transaction.atomic():
                group = Group.objects.get(pk=1)
                group.name = str(int(group.name) + 1)
                group.save()
            done += 1
        except OperationalError:
            locked += 1
    print(done, locked)  # noqa: T201  what it measured
