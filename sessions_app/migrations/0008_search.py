from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion

# No triggers keep the index: table rebuilds on SQLite would drop them. FTS5 keeps no text (content=''), so words are
# taken out by an explicit 'delete' with what was put in. Words come folded already; beginnings of three letters have
# an index of their own.
SQLITE = """
CREATE VIRTUAL TABLE sessions_app_searchwords USING fts5(
    marks, words, tools, content='', tokenize='unicode61 remove_diacritics 0', prefix='3'
)
"""
POSTGRESQL = [
    "ALTER TABLE sessions_app_searchentry ADD COLUMN words tsvector",
    "CREATE INDEX search_words ON sessions_app_searchentry USING gin (words)",
]


def make_index(apps, schema_editor):
    for statement in [SQLITE] if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE sessions_app_searchwords")


class Migration(migrations.Migration):

    dependencies = [
        ("sessions_app", "0007_mcp_client"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=10)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("at", models.DateTimeField()),
                ("told", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("message", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="search_entry", to="sessions_app.message")),
                ("owner", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="search_entries", to=settings.AUTH_USER_MODEL)),
                ("session", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="search_entries", to="sessions_app.chatsession")),
            ],
            options={
                "verbose_name_plural": "search entries",
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
