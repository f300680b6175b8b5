"""The column of pgvector beside the stored values, where PostgreSQL has that extension: it then searches by itself.

The values themselves stay: without the extension, or with a dump of them elsewhere, all is as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import BooleanField, FloatField
from django.db.models.expressions import RawSQL

from sessions_app.knowledge.models import PassageVector

from . import unpacked

TABLE = "knowledge_passagevector"
THERE = """
SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('knowledge_passagevector') AND attname = 'embedding' AND NOT attisdropped
"""


@cache
def there() -> bool:
    """Whether passages have it; asked once a process."""
    return is_there(connection)


def is_there(database: Any) -> bool:
    if database.vendor != "postgresql":
        return False
    with database.cursor() as cursor:
        cursor.execute(THERE)
        return cursor.fetchone() is not None


def make(database: Any) -> bool:
    """Make the column where it can be; whether it was made. An extension that may not be created by us is as none."""
    if database.vendor != "postgresql" or is_there(database):
        return False
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        if cursor.fetchone() is None:
            return False
        try:
            with transaction.atomic(using=database.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
                cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS embedding vector")
        except DatabaseError:
            return False
    there.cache_clear()
    return True


def written(values: Sequence[float]) -> str:
    """As pgvector reads it."""
    return "[" + ",".join(map(repr, values)) + "]"


def nearest(model: str, values: Sequence[float], videos: Any, limit: int) -> list[tuple[int, float]]:
    """Passages and their cosines, by PostgreSQL itself. Vectors of another length are left out: they cannot be compared."""
    far = RawSQL(
        "CASE WHEN vector_dims(embedding) = %s THEN embedding <=> %s::vector END",
        [len(values), written(values)],
        output_field=FloatField(),
    )
    rows = PassageVector.objects.filter(model=model, video__in=videos).annotate(far=far)
    found = rows.filter(far__isnull=False).order_by("far", "passage").values_list("passage", "far")
    return [(passage, 1 - gap) for passage, gap in found[:limit]]


def fill(keys: Sequence[tuple[int, str, bytes]]) -> None:
    """Write the column of these rows (passage, model, values as stored), within the caller's transaction."""
    if not there():
        return
    rows = [(written(unpacked(values)), passage, model) for passage, model, values in keys]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {TABLE} SET embedding = %s::vector WHERE passage_id = %s AND model = %s",  # noqa: S608 (a constant)
            rows,
        )


def unfilled(most: int) -> list[tuple[int, str, bytes]]:
    """Rows that were stored before the column was there."""
    if not there():
        return []
    rows = PassageVector.objects.filter(RawSQL("embedding IS NULL", [], output_field=BooleanField()))
    found = rows.order_by("pk").values_list("passage", "model", "values")[:most]
    return [(passage, model, bytes(values)) for passage, model, values in found]
