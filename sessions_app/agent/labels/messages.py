"""Found messages: `search_session_messages`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .days import day_columns
from .reading import own_path, rows, text, whole
from .views import Cell, Columns, Contents, Table
from .words import counted, day

FEW = 5
"""Up to as many hits, their days are no news."""
_BY_DAY = Columns("Messages found by day", ("Messages",), noun="message", low=True)


def contents(result: Mapping[str, Any]) -> Contents:
    found = rows(result, "messages")
    head = ("Session", "Text", "When", "By")
    tables = (Table("Messages found", head, tuple(_row(hit) for hit in found)),) if found else ()
    return Contents(total=total(result), tables=tables, charts=_by_day(found), begins="table")


def total(result: Mapping[str, Any]) -> str:
    return counted(whole(result.get("total_found")), "message")


def _row(hit: Mapping[str, Any]) -> tuple[Cell, ...]:
    by = text(hit.get("by"))
    if hit.get("in") == "tool result":
        by = f"{by}, tool result"
    snippet = text(hit.get("snippet"), 1_000)
    return (
        Cell(text(hit.get("session")) or "Untitled", own_path(hit.get("link"))),
        Cell(snippet, marks=marks(hit.get("highlights"), len(snippet))),
        Cell(text(hit.get("when"))),
        Cell(by),
    )


def marks(found: Any, length: int) -> tuple[tuple[int, int], ...]:
    """Ranges within `length` characters, in order, none over another."""
    pairs = [tuple(pair) for pair in found if isinstance(pair, list)] if isinstance(found, list) else []
    kept: list[tuple[int, int]] = []
    for pair in sorted(pair for pair in pairs if len(pair) == 2 and all(type(at) is int for at in pair)):
        start, end = max(pair[0], kept[-1][1] if kept else 0), min(pair[1], length)
        if start < end:
            kept.append((start, end))
    return tuple(kept)


def _by_day(found: list[Mapping[str, Any]]) -> tuple[Columns, ...]:
    if len(found) <= FEW:
        return ()
    days = Counter(at.isoformat() for hit in found if (at := day(hit.get("when"))))
    return day_columns([{"day": at, "hits": count} for at, count in days.items()], _BY_DAY, "hits")
