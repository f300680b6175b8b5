"""Rows of days as a series without holes, and long series made short enough to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from .reading import number
from .views import Columns
from .words import day, day_words

MOST_COLUMNS = 62
LONGEST = 1_100
"""Days of a series; where the first and the last lie farther apart, the days without rows are left out."""

Row = Mapping[str, Any]


def by_day(found: Sequence[Row]) -> tuple[tuple[str, ...], list[Row | None]]:
    """Names of days and their rows, oldest first; a day between two others without a row is None."""
    dated = {at: row for row in found if (at := day(row.get("day")))}
    if not dated:
        return (), []
    first, last = min(dated), max(dated)
    length = (last - first).days + 1
    kept = [first + timedelta(days=step) for step in range(length)] if length <= LONGEST else sorted(dated)
    return tuple(day_words(at.isoformat()) for at in kept), [dated.get(at) for at in kept]


def day_columns(found: Sequence[Row], drawn: Columns, *keys: str) -> tuple[Columns, ...]:
    """`drawn` with a column for each day of the rows, a value for each of `keys`; none where no row has a day."""
    labels, days = by_day(found)
    if not labels:
        return ()
    values = tuple(tuple(number((row or {}).get(key)) or 0.0 for key in keys) for row in days)
    missing = frozenset(at for at, row in enumerate(days) if row is None)
    return (thinned(replace(drawn, labels=labels, values=values, missing=missing)),)


def thinned(columns: Columns) -> Columns:
    """As many days in one column as needed to draw it; their values are added up."""
    count = len(columns.labels)
    size = -(-count // MOST_COLUMNS)
    if size <= 1:
        return columns
    spans = [range(at, min(at + size, count)) for at in range(0, count, size)]
    return replace(
        columns,
        title=f"{columns.title}, {size} days in a column",
        labels=tuple(f"{columns.labels[span[0]]} to {columns.labels[span[-1]]}" for span in spans),
        values=tuple(
            tuple(map(sum, zip(*(columns.values[at] for at in span), strict=True))) for span in spans
        ),
        notes={at // size: words for at, words in columns.notes.items()},
        until=columns.until // size,
        missing=frozenset(at for at, span in enumerate(spans) if columns.missing.issuperset(span)),
    )
