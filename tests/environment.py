"""Environment variables for the test run, set before Django is loaded (`-p tests.environment` in pyproject.toml).

They take precedence over a `.env`, so that runs on a developer's machine and in CI are the same.
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
    # In the test process Django adds the host name that the test client uses.
    ALLOWED_HOSTS="localhost,127.0.0.1",
    HOST="127.0.0.1",
    CHARTMOGUL_API_URL="https://api.chartmogul.com",
    SANDBOX_URL="http://127.0.0.1:8001",
    CACHE_URL="locmemcache://",
)
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
# Playwright's event loop runs in the thread of the test, so Django would consider it asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Keep compiled modules: otherwise, on a machine with this variable set, each worker and each of the many processes that
# tests start would compile the product again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Most objects of a test run stay alive; frequent garbage collections of all of them would take time.
gc.set_threshold(50_000, 20, 50)

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
"""Set where everything that tests need is installed: a skipped test then counts as failed."""


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use one worker more than there are cores: while a test waits for a time-out or a process, others can run."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests of an `xdist_group` run on one worker.

    pytest-xdist 3.8 appends the group to `_nodeid`, which pytest 9.2 no longer uses: without this, each worker would
    start its own servers and browsers.
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
