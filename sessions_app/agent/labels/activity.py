"""Sessions in which something happens: `get_active_sessions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .reading import own_path, rows, text, whole
from .tables import cell, sums
from .tokens import group_name
from .views import Cell, Contents, Event, Table, figures
from .words import counted, money

_HEAD = ("Session", "Last active", "Owner", "Messages", "Tokens", "Cost", "Model")


def contents(result: Mapping[str, Any]) -> Contents:
    found = rows(result, "sessions")
    table = Table("Sessions", _HEAD, tuple(_row(row) for row in found), frozenset({3, 4, 5}))
    return Contents(
        total=total(result),
        figures=figures(
            ("Running now", cell("count", result.get("running_replies")).text),
            ("Online", cell("count", result.get("online_users")).text),
            ("Active in 24 hours", cell("count", result.get("active_last_24_hours")).text),
            ("Tokens, cost", sums(result)),
        ),
        tables=(table,) if found else (),
        timeline=tuple(_event(row) for row in found),
    )


def total(result: Mapping[str, Any]) -> str:
    if "active_sessions" not in result:
        return ""
    running = whole(result.get("running_replies"))
    words = counted(whole(result["active_sessions"]), "active session")
    return f"{words}, {running:,} running" if running else words


def _title(row: Mapping[str, Any]) -> str:
    """A title that may not be read by the asker is none."""
    return text(row.get("session")) or "Title not shown"


def _row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(_title(row), own_path(row.get("link")), state="running" if row.get("running") is True else ""),
        Cell(text(row.get("last_active"))),
        Cell(text(row.get("owner"))),
        cell("count", row.get("messages")),
        cell("count", row.get("total_tokens")),
        cell("money", row.get("total_cost")),
        Cell(group_name("model", {"name": row.get("model")})),
    )


def _event(row: Mapping[str, Any]) -> Event:
    running = row.get("running") is True
    parts = [
        text(row.get("owner")),
        counted(whole(row.get("messages")), "message"),
        money(row.get("total_cost")),
    ]
    return Event(
        when=text(row.get("last_active")),
        title=_title(row),
        detail=", ".join(part for part in parts if part),
        link=own_path(row.get("link")),
        state="running" if running else "",
        word="running" if running else "",
    )
