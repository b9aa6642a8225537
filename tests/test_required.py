"""REQUIRE_ALL=1 turns every skip into a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST = """
import pytest

def test_skips():
    pytest.skip("no Chromium here")

@pytest.mark.xfail
def test_expected_to_fail():
    assert False
"""


@pytest.mark.parametrize(("value", "said"), [("1", "1 failed, 1 xfailed"), ("0", "1 skipped, 1 xfailed")])
def test_a_skip_fails_only_where_everything_is_required(tmp_path, value, said):
    (tmp_path / "test_it.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.environment", "test_it.py"]
    run = subprocess.run(  # noqa: S603
        [*command, "--rootdir", str(tmp_path), "-c", "/dev/null", "-p", "no:django"],
        cwd=tmp_path,
        env=os.environ | {"REQUIRE_ALL": value, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert said in run.stdout
    if value == "1":
        assert "no Chromium here" in run.stdout
