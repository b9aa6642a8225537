"""Migrates the database of DATABASE_URL from the first migration of each app to the latest, back and up again, and
prints as JSON which of its data changed on the way: `python -m tests.migrating`.

Rows are compared by the columns that exist before and after: an added or removed column does not count as a change.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import django
from django.apps import apps as loaded

# A second setup would reset the levels of all loggers in a test that imports something from here.
if not loaded.ready:
    django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

APPS = ("connections", "activity", "resources")
CACHES = {"resources_entry"}
"""Tables that may be emptied: their data is in ChartMogul, and is read again."""

Rows = dict[str, list[dict[str, Any]]]


def executor() -> MigrationExecutor:
    made = MigrationExecutor(connection)
    made.loader.check_consistent_history(connection)
    return made


def first_of(app: str) -> tuple[str, str]:
    return app, min(name for label, name in executor().loader.graph.nodes if label == app)


def last() -> list[tuple[str, str]]:
    return executor().loader.graph.leaf_nodes()


def tables(targets: list[tuple[str, str]]) -> dict[str, type[models.Model]]:
    """Return the models of our apps at these migrations by table, each after the models that it refers to."""
    apps = executor().loader.project_state(targets).apps
    waiting = [model for model in apps.get_models() if model._meta.app_label in APPS]
    ordered: dict[str, type[models.Model]] = {}
    while waiting:
        for model in list(waiting):
            needs = {field.related_model._meta.db_table for field in model._meta.fields if field.is_relation}
            if not needs & {other._meta.db_table for other in waiting if other is not model}:
                ordered[model._meta.db_table] = model
                waiting.remove(model)
    return ordered


def value_of(field: models.Field, number: int, made: dict[str, models.Model]) -> Any:
    """Return a valid value for the field, a different one for each number if possible."""
    if field.is_relation:
        table = field.related_model._meta.db_table
        return made.get(f"{table} {number}") or User.objects.get(pk=number).pk
    if field.choices:
        return field.choices[number % len(field.choices)][0]
    for kind, value in (
        (models.UUIDField, UUID(int=number)),
        (models.JSONField, {"a": [number, "é \U0001f984", None]}),
        (models.BooleanField, number % 2 == 0),
        (models.DateTimeField, timezone.now()),
        (models.BinaryField, bytes(range(256)) * number),
        (models.FloatField, number / 3),
        (models.IntegerField, number),
        (models.EmailField, f"ada{number}@example.com"),
    ):
        if isinstance(field, kind):
            return value
    return f"{field.name} {number} é \U0001f984"[-(field.max_length or 1_000) :]


def fill(targets: list[tuple[str, str]]) -> None:
    """Create two rows, with a value in every column, in each table that is empty."""
    made: dict[str, models.Model] = {}
    for table, model in tables(targets).items():
        for number in (1, 2):
            values = {}
            for field in model._meta.fields:
                if isinstance(field, models.AutoField | models.BigAutoField):
                    continue
                value = value_of(field, number, made)
                values[field.attname if field.is_relation and not isinstance(value, models.Model) else field.name] = (
                    value
                )
            found = model._base_manager.order_by("pk")[number - 1 : number].first()
            made[f"{table} {number}"] = found or model._base_manager.create(**values)


def rows(targets: list[tuple[str, str]]) -> Rows:
    kept = {}
    for table in tables(targets):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 names of tables
            names = [column[0] for column in cursor.description]
            kept[table] = [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]
    return kept


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def changed(before: Rows, after: Rows) -> Iterator[str]:
    for table, were in before.items():
        if table in CACHES:
            continue
        now = after.get(table)
        if now is None or len(now) != len(were):
            yield f"{table}: {len(were)} rows became {None if now is None else len(now)}"
            continue
        common = set(were[0]) & set(now[0]) if were else set()
        for row in were:
            same = {name: row[name] for name in common}
            if not any(same == {name: other[name] for name in common} for other in now):
                yield f"{table}: {same} is not there any more"


def main() -> None:
    earliest = [first_of(app) for app in APPS]
    # The other apps stay at their latest migrations: they test their own.
    others = [(app, name) for app, name in last() if app not in APPS]
    executor().migrate([*others, *earliest])
    for number in (1, 2):
        User.objects.create_user(f"person {number}", password=None)
    fill(earliest)
    told: dict[str, Any] = {"filled": sum(map(len, rows(earliest).values())), "irreversible": []}
    was = rows(earliest)
    executor().migrate(last())
    now = last()
    told["upgraded"] = list(changed(was, rows(now)))
    fill(now)
    present = rows(now)
    told["present"] = {table: len(found) for table, found in present.items()}
    for target in reversed(earliest):
        try:
            executor().migrate([target])
        except IrreversibleError as error:
            told["irreversible"].append(str(error))
    told["down"] = list(changed({table: present[table] for table in was}, rows(earliest)))
    executor().migrate(last())
    again = rows(now)
    told["up again"] = list(changed({table: present[table] for table in was}, again))
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
