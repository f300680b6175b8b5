"""Rows as a file, read and sent piece by piece: never more of them in memory than one piece has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, tzinfo

from sessions_app.reading import consult
from sessions_app.spreadsheets import lines

from .kind import Column, Kind, Value
from .names import names, opened
from .paging import Piece, piece
from .telling import exactly
from .wish import Wish

PIECE = 1_000
MOST = 100_000


async def csv_of(kind: Kind, asked: Wish, columns: Sequence[Column]) -> AsyncIterator[str]:
    """The first MOST rows of a wish, in its order."""
    yield lines([[column.key for column in columns] + ["session_id"]])
    after, sent = "", 0
    while sent < MOST:
        found, text = await consult(_lines, kind, asked, columns, after)
        yield text
        sent, after = sent + len(found.rows), found.after
        if not after:
            break


def _lines(kind: Kind, asked: Wish, columns: Sequence[Column], after: str) -> tuple[Piece, str]:
    found = piece(kind, asked, after, PIECE)
    called = names(asked, {row.session for row in found.rows})
    zone = asked.question.zone
    table = []
    for row in opened(asked, columns, found.rows):
        values: dict[str, Value] = {name: _local(value, zone) for name, value in row.values.items()}
        values["session"] = called[row.session].words
        cells = [exactly(values[column.key], column.kind) for column in columns]
        table.append([*cells, str(row.session or "")])
    return found, lines(table)


def _local(value: Value, zone: tzinfo) -> Value:
    return value.astimezone(zone) if isinstance(value, datetime) else value
