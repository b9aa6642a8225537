"""D15: Django's own checklist for a deployment finds nothing to say of the settings as they are shipped."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


# What tests are run with and nobody else.
OF_TESTS = {"DEBUG", "HTTPS", "TRUSTED_PROXIES", "DJANGO_ALLOW_ASYNC_UNSAFE"}


def check(**settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in OF_TESTS}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment
        | {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": "sqlite:///:memory:",
            "ALLOWED_HOSTS": "admin.example",
            # As by default, whatever a .env beside manage.py says.
            "DEBUG": "False",
            "HTTPS": "True",
        }
        | settings,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_D15_the_checklist_has_nothing_to_say(proxies: str):
    done = check(TRUSTED_PROXIES=proxies)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_D15_it_would_say_what_is_wrong():
    done = check(DEBUG="True", HTTPS="False", ALLOWED_HOSTS="localhost")
    assert done.returncode == 1
    assert {"security.W004", "security.W008", "security.W012", "security.W018"} <= set(
        done.stderr.replace(")", " ").replace("(", " ").split()
    )


@pytest.mark.parametrize("proxies", ["-1", "10", "one", "1.5", "١"])
def test_D15_a_bad_number_of_proxies_stops_the_start_with_one_line(proxies: str):
    done = check(TRUSTED_PROXIES=proxies)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Configuration error: TRUSTED_PROXIES must be a number between 0 and 9")
