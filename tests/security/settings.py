"""The settings of the server in tests/security/production.py: those of production, but one view fails, everything is
logged, and a database that somebody else holds is given up sooner."""

from chartmogul_admin.settings import LOGGING
from tests.browser.settings import *  # noqa: F403
from tests.browser.settings import DATABASES

ROOT_URLCONF = "tests.security.urls"
LOGGING["root"]["level"] = "DEBUG"
DATABASES["default"].get("OPTIONS", {}).update(timeout=1)
