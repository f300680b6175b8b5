"""Rows into a table as fast as SQLite takes them: plain SQL, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

AT_ONCE = 20_000


def load(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows whose values, in the order of `names` (columns), are as SQLite keeps them.

    Columns that are not named get their fields' defaults, so that a later migration does not break this.
    """
    fields = [field for field in model._meta.concrete_fields if field.column not in names]
    others = [field for field in fields if not isinstance(field, models.AutoField | models.BigAutoField)]
    rest = tuple(field.get_db_prep_save(field.get_default(), connection) for field in others)
    columns = ", ".join(f'"{name}"' for name in [*names, *(field.column for field in others)])
    places = ", ".join("?" * (len(names) + len(rest)))
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places})'
    for batch in batches(tuple(row) + rest for row in rows):
        with transaction.atomic(), connection.cursor() as cursor:
            # The driver's own cursor: Django's would look for placeholders in each statement.
            cursor.cursor.connection.executemany(statement, batch)


def batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    source = iter(rows)
    while batch := list(islice(source, AT_ONCE)):
        yield batch


def stamp(seconds: float) -> str:
    """A moment as Django keeps it in SQLite."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S.%f}"


def key(seconds: float, number: int) -> str:
    """The 32 digits of a UUID of version 7 at this moment, the same for the same number."""
    return f"{int(seconds * 1000):012x}7{number >> 60 & 0xFFF:03x}8{number & 0xFFFFFFFFFFFFFFF:015x}"
