"""When and how people talk to the assistant: `analyze_engagement`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .changes import changes
from .days import day_columns
from .looks import LOOKS
from .reading import number, rows, table_of, text, whole
from .tables import cell, table
from .views import Bar, Bars, Chart, Columns, Contents, Heat, Table, figures
from .words import counted, share

_DAYS = Columns("Messages by day", ("Messages",), noun="message", low=True)
_HOURS = tuple(f"{hour:02d}:00" for hour in range(24))
_MOODS = ("Positive", "Neutral", "Negative")


def contents(result: Mapping[str, Any]) -> Contents:
    found = rows(result, "rows")
    note = text(result.get("topics_note"), 300)
    return Contents(
        total=total(result),
        figures=figures(
            ("Active users", cell("count", result.get("active_users")).text),
            ("Messages a session", cell("count", result.get("messages_per_session")).text),
            ("Took several turns", share(result.get("multi_turn_share"))),
            ("Satisfied", _satisfied(table_of(result.get("satisfaction")))),
        ),
        charts=(
            *_hours(result),
            *_weekdays(result),
            *_sentiment(result),
            *day_columns(found, _DAYS, "messages"),
        ),
        tables=(*_topics(result), *_tools(result), *_days(found)),
        said=(
            *changes(result, {"messages": ("Messages", "count"), "active_users": ("Active users", "count")}),
            *((note,) if note else ()),
        ),
    )


def total(result: Mapping[str, Any]) -> str:
    if "messages" not in result:
        return ""
    words = counted(whole(result["messages"]), "message")
    hour = result.get("busiest_hour")
    return f"{words}, busiest at {hour:02d}:00" if type(hour) is int and 0 <= hour < 24 else words


def _satisfied(found: Mapping[str, Any]) -> str:
    rated = whole(found.get("ratings"))
    return f"{share(found.get('share'))} of {counted(rated, 'rating')}" if rated else ""


def _hours(result: Mapping[str, Any]) -> tuple[Chart, ...]:
    by_hour = {
        row.get("hour"): number(row.get("messages")) or 0.0
        for row in rows(result, "peak_hours")
        if type(row.get("hour")) is int
    }
    if not any(by_hour.values()):
        return ()
    values = tuple((by_hour.get(hour, 0.0),) for hour in range(24))
    return (Columns("Messages by hour", ("Messages",), _HOURS, values, noun="message"),)


def _weekdays(result: Mapping[str, Any]) -> tuple[Chart, ...]:
    found = [
        (text(row.get("weekday"), 20), number(row.get("messages")) or 0.0)
        for row in rows(result, "peak_weekdays")
    ]
    if not any(value for _, value in found):
        return ()
    names, values = zip(*found[:7], strict=True)
    return (Heat("Messages by weekday", ("",), names, (values,), "message"),)


def _sentiment(result: Mapping[str, Any]) -> tuple[Chart, ...]:
    found = table_of(result.get("sentiment"))
    counts = tuple(number(found.get(mood.lower())) or 0.0 for mood in _MOODS)
    if not sum(counts):
        return ()
    told = counted(int(sum(counts)), "message")
    parts = ", ".join(
        f"{share(count / sum(counts))} {mood.lower()}" for mood, count in zip(_MOODS, counts, strict=True)
    )
    bar = Bar("Sentiment", counts, told, name=f"Sentiment of {told}: {parts}")
    return (Bars("Sentiment", _MOODS, (bar,), "mood"),)


def _topics(result: Mapping[str, Any]) -> tuple[Table, ...]:
    columns = {"topic": ("Topic", "text"), "messages": ("Messages", "count")}
    return table("Topics", rows(result, "topics"), columns, beside=True)


def _tools(result: Mapping[str, Any]) -> tuple[Table, ...]:
    named = [
        {**row, "tool": LOOKS[name].label if (name := text(row.get("tool"))) in LOOKS else name}
        for row in rows(result, "tools")
    ]
    columns = {
        "tool": ("Tool", "text"),
        "calls": ("Calls", "count"),
        "success_share": ("Success", "share"),
        "average_ms": ("Average", "ms"),
    }
    return table("Tools", named, columns, beside=True)


def _days(found: list[Mapping[str, Any]]) -> tuple[Table, ...]:
    columns = {
        "day": ("Day", "day"),
        "messages": ("Messages", "count"),
        "sessions": ("Sessions", "count"),
        "active_users": ("Active users", "count"),
    }
    return table("Days", found, columns)
