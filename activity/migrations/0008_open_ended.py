from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0007_waiting"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="write",
            index=models.Index(
                condition=models.Q(("outcome__in", ("unknown", "sending"))),
                fields=["connection"],
                name="write_open_ended",
            ),
        ),
    ]
