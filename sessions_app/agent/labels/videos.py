"""Passages of videos that were found: where they stand, never what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessions_app.agent.passages import kept_in

from .views import Cell, Contents, Entry, Table
from .web import said
from .words import counted


def found(result: Mapping[str, Any]) -> Contents:
    passages = kept_in(result)
    entries = tuple(Entry(each.title, each.path, each.times) for each in passages)
    table = Table(
        "Passages found",
        ("Video", "Time"),
        tuple((Cell(each.title, each.path), Cell(each.times)) for each in passages),
    )
    return Contents(
        total=counted(len(passages), "passage"),
        entries=entries,
        tables=(table,) if entries else (),
        said=said(result),
        begins="list",
    )
