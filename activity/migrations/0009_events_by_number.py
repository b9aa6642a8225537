from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0008_open_ended"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="event",
            name="activity_ev_connect_fca101_idx",
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["connection", "-id"], name="activity_ev_connect_06efc3_idx"),
        ),
    ]
