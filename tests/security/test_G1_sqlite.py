"""G1: several processes that read and then write one SQLite file do not meet a locked database."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROCESSES = 6
SECONDS = 3.0
# Read, then write in the same transaction: with SQLite's deferred transactions this is what fails at once.
WORKER = f"""
import time
import django
django.setup()
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction
with connection.cursor() as cursor:
    assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert cursor.execute("PRAGMA synchronous").fetchone() == (1,)
    assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20000,)
    assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
done = locked = 0
end = time.monotonic() + {SECONDS}
while time.monotonic() < end:
    try:
        with transaction.atomic():
            group = Group.objects.get(pk=1)
            group.name = str(int(group.name) + 1)
            group.save()
        done += 1
    except OperationalError:
        locked += 1
print(done, locked)
"""


def test_G1_no_write_meets_a_locked_database(tmp_path: Path):
    file = tmp_path / "site.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{file}",
        "DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings",
    }
    setup = (
        "import django; django.setup(); from django.core.management import call_command as c; c('migrate', verbosity=0)"
    )
    subprocess.run([sys.executable, "-c", setup], cwd=ROOT, env=environment, check=True)  # noqa: S603
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO auth_group (id, name) VALUES (1, '0')")
    command = [sys.executable, "-c", WORKER]
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(PROCESSES)
    ]
    counts = [tuple(map(int, worker.communicate(timeout=120)[0].split())) for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    assert [locked for _, locked in counts] == [0] * PROCESSES
    assert all(done > 0 for done, _ in counts)
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT name FROM auth_group").fetchone() == (str(sum(done for done, _ in counts)),)
