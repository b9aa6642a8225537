from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0005_account_since"),
    ]

    operations = [
        # Made anew: what is lost with it costs a second of waiting.
        migrations.DeleteModel(
            name="Traffic",
        ),
        migrations.CreateModel(
            name="Traffic",
            fields=[
                ("budget_key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("state", models.JSONField(default=dict)),
            ],
        ),
    ]
