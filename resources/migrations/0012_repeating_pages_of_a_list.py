from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0011_what_tells_records_apart"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncedlist",
            name="repeats",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
