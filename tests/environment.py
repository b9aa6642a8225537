"""Settings for the test run, given before Django is loaded (`-p tests.environment` in pyproject.toml).

They win over a `.env` that lies about, so a run on a developer's machine and one in CI are the same.
"""

import gc
import os
import secrets
import sys
from collections.abc import Generator

import pytest
from cryptography.fernet import Fernet

os.environ.update(
    SECRET_KEY=secrets.token_urlsafe(50),
    CREDENTIAL_KEYS=Fernet.generate_key().decode(),
    DEBUG="False",
    HTTPS="False",
    TRUSTED_PROXIES="0",
    # In the process of a test Django adds the name that its client asks for.
    ALLOWED_HOSTS="localhost,127.0.0.1",
    HOST="127.0.0.1",
    CHARTMOGUL_API_URL="https://api.chartmogul.com",
    SANDBOX_URL="http://127.0.0.1:8001",
    CACHE_URL="locmemcache://",
)
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
# Playwright's event loop runs in the thread of the test, which Django would take for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Kept, compiled modules serve the other workers and the many processes that tests start, each of which would otherwise
# compile the product anew where the machine is told to keep none.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What is alive in a run stays alive; looking through all of it again and again takes a part of the time.
gc.set_threshold(50_000, 20, 50)

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
"""Where everything that tests need has been installed, a test that is skipped has not been run: it fails."""


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: while one test waits, for a time-out or a process that starts, others go on."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests of an `xdist_group` run on one worker.

    pytest-xdist 3.8 puts the group at the end of `_nodeid`, which pytest 9.2 does not look at any more: without this
    each worker starts servers and browsers of its own.
    """
    for item in items:
        named = getattr(item, "_nodeid", item.nodeid)
        if named != item.nodeid:
            item._id = type(item._id).parse(named)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _not_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _not_skipped((yield))


def _not_skipped(report):
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1 allows no skip. {reason}"
    return report
