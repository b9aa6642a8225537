"""A process of its own that reads an account: `python -m tests.sync_worker SYNC_ID`, to be killed by tests."""

import logging
import sys
from datetime import timedelta

import django

django.setup()

from resources.sync import services  # noqa: E402

if __name__ == "__main__":
    logging.disable(logging.INFO)
    # Who is killed here leaves a lease that nobody wants to wait for.
    services.LEASE = timedelta(seconds=float(sys.argv[2]))
    print("ready", flush=True)  # noqa: T201  who starts it waits for this
    services.work(int(sys.argv[1]))
