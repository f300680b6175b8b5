"""Sessions and messages of a period: `analyze_session_metrics`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .changes import changes
from .days import day_columns
from .reading import rows, table_of, whole
from .tables import cell, sums, table
from .views import Columns, Contents, figures
from .words import counted, share, span

_MESSAGES = Columns("Messages by day", ("Questions", "Answers"), noun="message")
_SESSIONS = Columns("Sessions by day", ("Sessions",), noun="session", low=True)


def contents(result: Mapping[str, Any]) -> Contents:
    found = rows(result, "rows")
    return Contents(
        total=total(result),
        figures=figures(
            ("Replies", cell("count", result.get("replies")).text),
            ("Messages a session", cell("count", result.get("messages_per_session")).text),
            ("Took several turns", share(result.get("multi_turn_share"))),
            ("Response, median", span(table_of(result.get("response_ms")).get("median"))),
            ("95 % within", span(table_of(result.get("response_ms")).get("p95"))),
            ("Failed", cell("count", result.get("failed")).text if whole(result.get("failed")) else ""),
        ),
        charts=(
            *day_columns(found, _MESSAGES, "questions", "answers"),
            *day_columns(found, _SESSIONS, "sessions"),
        ),
        tables=table(
            "Days",
            found,
            {
                "day": ("Day", "day"),
                "sessions": ("Sessions", "count"),
                "messages": ("Messages", "count"),
                "questions": ("Questions", "count"),
                "answers": ("Answers", "count"),
            },
        ),
        said=changes(
            result,
            {
                "messages": ("Messages", "count"),
                "active_sessions": ("Active sessions", "count"),
            },
        ),
    )


def total(result: Mapping[str, Any]) -> str:
    if "messages" not in result:
        return sums(result)
    sessions = counted(whole(result.get("active_sessions")), "active session")
    return f"{sessions}, {counted(whole(result.get('messages')), 'message')}"
