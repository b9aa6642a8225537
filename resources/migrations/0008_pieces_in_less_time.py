from django.db import migrations

from resources.directory.index import tune


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0007_lighter_index"),
    ]

    operations = [
        migrations.RunPython(tune, migrations.RunPython.noop),
    ]
