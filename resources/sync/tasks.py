"""The bell that wakes a worker; what there is to do stands in the rows (resources.sync.models)."""

from django_tasks import task

from resources.sync import services


@task()
def work_at(sync_id: int) -> None:
    services.work(sync_id)
