"""The product's settings for the server that the browser tests talk to, with static files in a place of its own."""

import os
from pathlib import Path

from chartmogul_admin.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["BROWSER_STATIC_ROOT"])
