"""G4: no migration loses anything, from the first state of each app to the present one, down and up, on both databases.

There is no release yet; the first migrations stand for the oldest installation that there can be.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.databases import fresh_database
from tests.migrating import changed

ROOT = Path(__file__).parents[2]


def test_G4_no_migration_loses_anything_down_or_up(tmp_path: Path):
    database = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    if connection.vendor == "postgresql":
        found = connection.settings_dict
        cluster = f"postgres://{found['USER']}@{found['HOST']}:{found['PORT']}/postgres"
        database = fresh_database(cluster, "migrated")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.migrating"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "chartmogul_admin.settings", "DATABASE_URL": database},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    told = json.loads(done.stdout)
    # Every table of ours had rows, in every column.
    assert told["filled"] >= 8
    assert all(count >= 1 for count in told["present"].values()), told["present"]
    assert {"connections_connection", "activity_write", "activity_event"} <= set(told["present"])
    assert told["upgraded"] == []
    assert told["irreversible"] == []
    assert told["down"] == []
    assert told["up again"] == []


@pytest.mark.parametrize(
    ("after", "losses"),
    [
        ({"t": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}, 0),
        ({"t": [{"b": 4, "c": 0}, {"b": 2, "c": 0}]}, 0),
        ({"t": [{"a": 1, "b": 2}, {"a": 3, "b": 5}]}, 1),
        ({"t": [{"a": 1, "b": 2}]}, 1),
        ({}, 1),
    ],
)
def test_G4_a_loss_is_seen(after: dict, losses: int):
    assert len(list(changed({"t": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}, after))) == losses
