"""G1: several processes that read and then write one SQLite file do not meet a locked database."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from tests.browser.site import with_tables
from tests.processes import Process

PROCESSES = 6
SECONDS = 3.0


def test_G1_no_write_meets_a_locked_database(tmp_path: Path):
    file = shutil.copy(with_tables(), tmp_path)
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{file}",
        "DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings",
    }
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO auth_group (id, name) VALUES (1, '0')")
    with contextlib.ExitStack() as stack:
        workers = [
            stack.enter_context(Process("tests.security.counting", str(SECONDS), environment=environment))
            for _ in range(PROCESSES)
        ]
        counts = [tuple(map(int, worker.stdout.read().split())) for worker in workers]
        assert all(worker.wait(30) == 0 for worker in workers)
    assert [locked for _, locked in counts] == [0] * PROCESSES
    assert all(done > 0 for done, _ in counts)
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT name FROM auth_group").fetchone() == (str(sum(done for done, _ in counts)),)
