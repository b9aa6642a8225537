from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0006_quick_looks"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="write",
            index=models.Index(
                condition=models.Q(("asked_at__isnull", False), ("outcome", "prepared")),
                fields=["connection"],
                name="write_waiting",
            ),
        ),
    ]
