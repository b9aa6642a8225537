"""Runs benchmarks, each on each of its databases, in separate processes. Exits with 1 if a target was missed."""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import tests.environment  # noqa: F401  the settings of a test run
from tests.databases import postgresql, postgresql_programs

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def database(vendor: str) -> Iterator[str | None]:
    """Yield the URL of a new database, None if this kind is not installed."""
    if vendor == "postgresql":
        programs = postgresql_programs()
        with postgresql(programs) if programs else contextlib.nullcontext() as address:
            yield address
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"


def run(name: str, vendor: str, largest: int) -> bool:
    with database(vendor) as address:
        if address is None:
            print(f"{vendor}: {name} | not installed here | - | MISSED")  # noqa: T201
            return False
        command = [sys.executable, "-m", "tests.bench.one", name, vendor, str(largest)]
        return subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": address}).returncode == 0  # noqa: S603


def main() -> int:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "chartmogul_admin.settings"
    django.setup()
    from tests.bench.registry import BENCHES

    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(bench.name for bench in BENCHES))
    parser.add_argument("--largest", type=int, default=1_000_000, help="entries of the largest directory")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="this one only")
    asked = parser.parse_args()
    if unknown := set(asked.names) - {bench.name for bench in BENCHES}:
        parser.error(f"There is no {', '.join(sorted(unknown))}.")
    met = [
        run(bench.name, vendor, asked.largest)
        for bench in BENCHES
        for vendor in bench.databases
        if (not asked.names or bench.name in asked.names) and asked.database in (None, vendor)
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
