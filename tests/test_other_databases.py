"""The product with PostgreSQL and with Redis: runs the same tests against other servers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import postgresql, postgresql_programs, redis

# Groups start first, the larger before the smaller: what takes longest must not be left to the end.
pytestmark = pytest.mark.xdist_group("other databases")

ROOT = Path(__file__).parent.parent
ON_POSTGRESQL = (
    "tests/activity",
    "tests/resources/directory",
    "tests/connections/on_postgresql.py",
    "tests/connections/test_upstream_status.py",
    "tests/connections/test_rate_limiter.py::test_the_slots_of_a_killed_process_come_back[background]",
    "tests/resources/test_other_account.py",
    "tests/resources/sync/test_sync.py::TestReading",
    "tests/resources/sync/test_sync.py::TestHolding",
    "tests/resources/sync/test_sync.py::test_killed_ten_times_it_ends_complete",
    "tests/security/test_B4_kept_places.py",
    "tests/security/test_D6_lockout.py::test_D6_nobody_else_is_locked_out_nor_the_person_elsewhere",
    "tests/security/test_D8_second_factors.py::test_B9_rotation_seals_second_factors_anew",
    "tests/security/test_E8_unknown.py::test_E8_a_module_sends_once_and_offers_to_look_it_up[plans.update]",
    "tests/security/test_E8_unknown.py::test_E8_a_call_of_ones_own_is_sent_once_and_says_where_to_look[POST]",
    "tests/security/test_F2_concurrent_edits.py",
    "tests/security/test_G2_locked_database.py::test_G2_the_shipped_patience_is_less_than_25_seconds",
    "tests/security/test_G2_locked_database.py::test_G2_a_lock_on_postgresql_too",
    "tests/security/test_G4_migrations.py",
    "tests/security/test_H1_every_route.py::test_H1_each_of_them_is_one_event_with_who_when_and_from_where",
    "tests/security/test_H1_every_route.py::test_H1_what_is_done_about_people_is_in_the_trail_too",
    "tests/security/test_H2_audit_first.py",
    "tests/security/test_invitations.py::test_it_works_once",
    "tests/security/test_invitations.py::test_it_opens_as_long_as_its_maker_may_make_it",
    "tests/security/test_single_sign_on.py::test_all_invitations_to_the_address_count",
)
"""What asks the database more than to keep and find a row; of what every module or address does alike, one of them."""
ALIKE_EVERYWHERE = ("tests/resources/directory/test_search.py::test_folding_twice_is_folding_once",)
"""What stands among those and asks no database."""

needs_postgresql = pytest.mark.skipif(postgresql_programs() is None, reason="PostgreSQL is not installed here")
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="Redis is not installed here")


def run(*command: str, **environment: str) -> str:
    result = subprocess.run(  # noqa: S603
        [sys.executable, *command],
        cwd=ROOT,
        # A run inside of a run must not take itself for a worker of the outer one.
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout[-4_000:] + result.stderr[-2_000:]
    return result.stdout


@needs_postgresql
def test_writes_the_trail_and_pages_work_on_postgresql() -> None:
    programs = postgresql_programs()
    assert programs is not None
    with postgresql(programs) as address:
        but = [f"--deselect={test}" for test in ALIKE_EVERYWHERE]
        out = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *ON_POSTGRESQL, *but, DATABASE_URL=address)
    assert " passed" in out
    assert "failed" not in out


@needs_redis
def test_the_cache_works_on_redis() -> None:
    said = "from django.core.cache import cache; cache.set('a', {'b': 1}); print(cache.get('a'))"
    with redis(shutil.which("redis-server") or "") as address:
        # The settings of a test run, but for the cache, which tests/environment.py keeps in the process.
        out = run(
            "-c",
            f"import tests.environment, os; os.environ['CACHE_URL'] = '{address}'\n"
            "os.environ['DJANGO_SETTINGS_MODULE'] = 'chartmogul_admin.settings'\n"
            f"import django; django.setup()\n{said}",
        )
    assert out.strip() == "{'b': 1}"
