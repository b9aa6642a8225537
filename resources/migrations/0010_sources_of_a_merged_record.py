from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resources", "0009_notice_of_a_list"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            # Not by Django, which would copy the table on SQLite, and lose the triggers of the search index.
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE resources_entry ADD COLUMN data_source_uuids text NOT NULL DEFAULT ''",
                    "ALTER TABLE resources_entry DROP COLUMN data_source_uuids",
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name="entry",
                    name="data_source_uuids",
                    field=models.TextField(blank=True),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("data_source_uuids", ""), _negated=True),
                fields=["connection", "resource", "name_key", "id"],
                name="entry_in_several",
            ),
        ),
    ]
