"""The product's settings for the server of the browser tests, with a separate folder for static files."""

import os
from pathlib import Path

from chartmogul_admin.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["BROWSER_STATIC_ROOT"])
