from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0008_pieces_in_less_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncedlist",
            name="notice",
            field=models.TextField(blank=True),
        ),
    ]
