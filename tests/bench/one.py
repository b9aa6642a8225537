"""Runs one benchmark on the database of DATABASE_URL: `python -m tests.bench.one NAME LABEL LARGEST`."""

import logging
import os
import sys

import django

import tests.environment  # noqa: F401  the settings of a test run


def main(name: str, label: str, largest: str) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chartmogul_admin.settings"
    django.setup()
    from django.core.management import call_command

    from tests.bench.figures import Settings
    from tests.bench.registry import BENCHES

    call_command("migrate", verbosity=0)
    # Log lines would appear between the figures, and take time.
    logging.disable(logging.CRITICAL)
    met = True
    for bench in BENCHES:
        if bench.name == name:
            for figure in bench.run(Settings(largest=int(largest))):
                print(f"{label}: {figure}", flush=True)  # noqa: T201
                met = met and figure.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
