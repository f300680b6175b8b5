from django.db import migrations

# The words of passages that can be found. FTS5 keeps no text (content=''): words are taken out by an explicit
# 'delete' with what was put in, hence the title and language as they were then (knowledge_indexedvideo). Marks that are
# written on letters belong to words. How many passages hold a word is kept beside them: FTS5 would walk its list.
SQLITE = [
    """CREATE VIRTUAL TABLE knowledge_passagewords USING fts5(
        marks, words, title, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
    )""",
    "CREATE TABLE knowledge_word (word text NOT NULL PRIMARY KEY, passages bigint NOT NULL) WITHOUT ROWID",
    """CREATE TABLE knowledge_indexedvideo (
        video_id char(32) NOT NULL PRIMARY KEY, title text NOT NULL, language text NOT NULL, passages bigint NOT NULL
    )""",
]
POSTGRESQL = [
    "CREATE TABLE knowledge_passagewords (id bigint NOT NULL PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX passage_words ON knowledge_passagewords USING gin (words)",
    'CREATE TABLE knowledge_word (word text COLLATE "C" NOT NULL PRIMARY KEY, passages bigint NOT NULL)',
    """CREATE TABLE knowledge_indexedvideo (
        video_id uuid NOT NULL PRIMARY KEY, title text NOT NULL, language text NOT NULL, passages bigint NOT NULL
    )""",
]
TABLES = ("knowledge_passagewords", "knowledge_word", "knowledge_indexedvideo")


def make_index(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    for table in TABLES:
        schema_editor.execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(make_index, drop_index),
    ]
