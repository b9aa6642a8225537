from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0010_sources_of_a_merged_record"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            # As in 0010: Django would lose the triggers of the search index on SQLite.
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE resources_entry ADD COLUMN told_apart_by text NOT NULL DEFAULT ''",
                    "ALTER TABLE resources_entry DROP COLUMN told_apart_by",
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name="entry",
                    name="told_apart_by",
                    field=models.TextField(blank=True),
                ),
            ],
        ),
    ]
