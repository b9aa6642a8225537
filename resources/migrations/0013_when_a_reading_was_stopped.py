from django.db import migrations, models


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
    ]
