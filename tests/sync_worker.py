"""A process of its own that reads an account: `python -m tests.sync_worker SYNC_ID LEASE`, to be killed or measured.

Says `ready`, and at its end the most memory that it held, in MB.
"""

import logging
import re
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import django

django.setup()

from connections.budget import Budget  # noqa: E402
from connections.client import ChartMogulClient  # noqa: E402
from resources.sync import services  # noqa: E402
from resources.sync.models import State, Sync  # noqa: E402

if __name__ == "__main__":
    sync_id, lease = int(sys.argv[1]), float(sys.argv[2])
    logging.disable(logging.INFO)
    # Who is killed here leaves a lease and a place among the parallel calls that nobody wants to wait for.
    services.LEASE = timedelta(seconds=lease)
    if lease < 1:
        budget = Budget(parallel=80, background_parallel=40)
        services.ChartMogulClient = SimpleNamespace(of=partial(ChartMogulClient.of, budget=budget))
    print("ready", flush=True)  # noqa: T201  who starts it waits for this
    services.work(sync_id)
    while Sync.objects.get(pk=sync_id).state == State.WAITING:
        services.work(sync_id)
    # Not getrusage: that counts what the process held that this one was started from.
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(int(peak[1]) // 1024 if peak else 0, flush=True)  # noqa: T201  what it measured
