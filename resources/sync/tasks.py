"""The task that wakes a worker. What there is to do is stored in rows (resources.sync.models)."""

from django.db import close_old_connections
from django_tasks import task

from resources.sync import services


@task()
def work_at(sync_id: int) -> None:
    # RQ's worker does not do this by itself.
    close_old_connections()
    services.work(sync_id)
