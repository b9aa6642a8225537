from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0003_second_person"),
    ]

    operations = [
        migrations.AlterField(
            model_name="write",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("prepared", "Not sent yet"),
                    ("sending", "Being sent"),
                    ("accepted", "Accepted"),
                    ("refused", "Refused"),
                    ("unknown", "Outcome unknown"),
                    ("discarded", "Discarded, not sent"),
                ],
                default="prepared",
                max_length=10,
            ),
        ),
    ]
