from django.db import migrations, models

from resources.directory.index import tune


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0006_heartbeat"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="entry",
            name="entry_by_owner",
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("owner_uuid", ""), _negated=True),
                fields=["connection", "owner_uuid", "resource", "name_key", "id"],
                name="entry_by_owner",
            ),
        ),
        migrations.RunPython(tune, migrations.RunPython.noop),
    ]
