from django.db import migrations, models

# pgvector's own column, only where PostgreSQL has that extension. As `vectors.column` makes it later, where the extension
# comes after this.


def make_column(apps, schema_editor):
    from sessions_app.knowledge.vectors import column

    column.make(schema_editor.connection)


def drop_column(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE knowledge_passagevector DROP COLUMN IF EXISTS embedding")


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0002_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmbeddingRun",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("owner", models.UUIDField(blank=True, null=True)),
                ("beat_at", models.DateTimeField(blank=True, null=True)),
                ("ready", models.CharField(blank=True, max_length=120)),
                ("stamp", models.PositiveBigIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.AddField(
            model_name="passagevector",
            name="code",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddIndex(
            model_name="passagevector",
            index=models.Index(fields=["model", "video", "passage", "code"], name="vectors_of_video"),
        ),
        migrations.RunPython(make_column, drop_column),
    ]
