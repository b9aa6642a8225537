"""Reads an account in a separate process, to be killed or measured: `python -m tests.sync_worker SYNC_ID LEASE`.

Prints `ready`, and at the end its peak memory in MB.
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
    # A worker that is killed leaves a lease and a permit for a parallel call; tests should not wait for either.
    services.LEASE = timedelta(seconds=lease)
    if lease < 1:
        budget = Budget(parallel=80, background_parallel=40)
        services.ChartMogulClient = SimpleNamespace(of=partial(ChartMogulClient.of, budget=budget))
    print("ready", flush=True)  # noqa: T201  who starts it waits for this
    services.work(sync_id)
    while Sync.objects.get(pk=sync_id).state == State.WAITING:
        services.work(sync_id)
    # Not getrusage: that includes the memory of the process from which this one was forked.
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(int(peak[1]) // 1024 if peak else 0, flush=True)  # noqa: T201  what it measured
