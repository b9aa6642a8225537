from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone


def stopped_now(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Those that somebody stopped are not read at once, but at the next time of their schedule."""
    stopped = apps.get_model("resources", "Sync").objects.using(editor.connection.alias).filter(state="stopped")
    stopped.exclude(asked_at=None).update(stopped_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0012_repeating_pages_of_a_list"),
    ]

    operations = [
        migrations.AddField(
            model_name="sync",
            name="stopped_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(stopped_now, migrations.RunPython.noop),
    ]
