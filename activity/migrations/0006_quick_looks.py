from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0005_owner"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="write",
            index=models.Index(condition=models.Q(("outcome", "sending")), fields=["sent_at"], name="write_sending"),
        ),
        migrations.AddIndex(
            model_name="write",
            index=models.Index(
                condition=models.Q(("method", "DELETE"), ("outcome", "accepted")),
                fields=["connection", "finished_at"],
                name="write_accepted_delete",
            ),
        ),
    ]
