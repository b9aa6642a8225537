"""I4: what is installed is what was chosen, byte for byte; nobody else's files lie among ours; and `make audit` is strict.

Whether there are known holes today only `make audit` says, which asks the package index.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)", re.IGNORECASE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
OWN = ("css", "js", "svg")


def requirements(name: str) -> list[str]:
    """Each requirement of a file with all of its lines."""
    text = (ROOT / name).read_text()
    lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text)).splitlines()
    return [line.strip() for line in lines if line.strip()]


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=~!; ]", requirement)[0].lower()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_I4_every_pin_has_its_hashes(lock: str):
    pins = requirements(lock)
    assert len(pins) > 20
    for pin in pins:
        assert PIN.match(pin), pin[:80]
        assert HASH.search(pin), pin[:80]
    direct = {name_of(line) for line in requirements(lock.replace(".txt", ".in")) if not line.startswith("-r")}
    assert direct <= {name_of(pin) for pin in pins}


def test_I4_what_runs_is_in_both():
    first, both = (
        dict(PIN.match(pin).groups() for pin in requirements(lock))
        for lock in ("requirements.txt", "requirements-dev.txt")
    )
    assert first.items() <= both.items()


def test_I4_nothing_is_installed_or_audited_without_hashes():
    recipes = (ROOT / "Makefile").read_text()
    for line in recipes.splitlines():
        if "pip install" in line:
            assert "--require-hashes" in line
    (audit,) = [line for line in recipes.splitlines() if "/pip-audit " in line]
    assert {"--strict", "--require-hashes"} <= set(audit.split())


def test_I4_no_file_of_somebody_else_is_among_ours():
    files = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.suffix[1:] in OWN, path
        assert ".min." not in path.name, path
        text = path.read_text()
        assert not re.search(r"copyright|@license|@preserve|\bMIT License\b", text, re.IGNORECASE), path
        assert max(map(len, text.splitlines())) < 1_000, path
    for path in (ROOT / "templates").rglob("*.html"):
        # Nor is any loaded from elsewhere.
        assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"']?(https?:)?//", path.read_text()), path
