"""A tool nobody here knows: its lists of flat objects as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .reading import MOST, number
from .views import Cell, Contents, Table

MOST_COLUMNS = 8
MOST_TABLES = 3
_FLAT = str | int | float | bool | None


def contents(result: Any) -> Contents:
    tables = [table for name, found in _lists(result) if (table := _table(name, found))]
    return Contents(tables=tuple(tables[:MOST_TABLES]))


def _lists(result: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(result, list):
        yield "Result", result
    elif isinstance(result, Mapping):
        yield from ((str(key)[:60], value) for key, value in result.items() if isinstance(value, list))


def _table(name: str, found: list[Any]) -> Table | None:
    """None where an entry is no object, or holds another."""
    kept = found[:MOST]
    if not kept or not all(isinstance(row, Mapping) and _is_flat(row) for row in kept):
        return None
    keys = list(dict.fromkeys(key for row in kept for key in row))[:MOST_COLUMNS]
    if not keys:
        return None
    numbers = {at for at, key in enumerate(keys) if at and all(_is_figure(row.get(key)) for row in kept)}
    return Table(
        title=name.replace("_", " ").capitalize(),
        head=tuple(str(key).replace("_", " ").capitalize()[:40] for key in keys),
        rows=tuple(tuple(Cell(_words(row.get(key))) for key in keys) for row in kept),
        numbers=frozenset(numbers),
    )


def _is_flat(row: Mapping[str, Any]) -> bool:
    return all(isinstance(value, _FLAT) for value in row.values())


def _is_figure(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and number(value) is not None and value >= 0:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
    return str(value)[:300]
