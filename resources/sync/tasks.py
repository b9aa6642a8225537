"""The bell that wakes a worker; what there is to do stands in the rows (resources.sync.models)."""

from django.db import close_old_connections
from django_tasks import task

from resources.sync import services


@task()
def work_at(sync_id: int) -> None:
    # A worker of RQ does not do so by itself.
    close_old_connections()
    services.work(sync_id)
