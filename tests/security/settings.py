"""The settings of the server in tests/security/production.py: those of production, but with a view that fails, with
everything logged, and with a shorter wait for a locked database."""

from chartmogul_admin.settings import LOGGING
from tests.browser.settings import *  # noqa: F403
from tests.browser.settings import DATABASES

ROOT_URLCONF = "tests.security.urls"
LOGGING["root"]["level"] = "DEBUG"
DATABASES["default"].get("OPTIONS", {}).update(timeout=1)
