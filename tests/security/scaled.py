"""The product with a rate limit SCALED times as high as ChartMogul's, but with the usual share of one person. It makes
the test of a long sync a short one.

`gunicorn tests.security.scaled` serves it, and `python -m tests.security.scaled` reads the whole account.
"""

import logging
import os
from functools import partial

from chartmogul_admin.wsgi import application
from connections import client
from connections.budget import Budget
from connections.models import Connection
from resources.sync import services
from resources.sync.models import State, Sync

__all__ = ["application"]

TIMES = int(os.environ["SCALED"])
BUDGET = Budget()

client.Budget = partial(  # type: ignore[misc]  # called and nothing else
    Budget,
    most=TIMES * BUDGET.most,
    background_most=TIMES * BUDGET.background_most,
    apart=BUDGET.apart / TIMES,
)

if __name__ == "__main__":
    logging.disable(logging.INFO)
    sync = services.ask(Connection.objects.get())
    while Sync.objects.get(pk=sync.pk).is_active:
        services.work(sync.pk)
    done = Sync.objects.get(pk=sync.pk)
    print(State(done.state).label, done.problem, done.lists.get(resource="customers").count, sep="|")  # noqa: T201
