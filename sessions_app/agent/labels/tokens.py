"""Tokens and their cost by group: `analyze_token_usage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessions_app.providers import catalog

from .changes import changes
from .days import day_columns
from .reading import number, rows, text
from .tables import sums, table
from .views import Bar, Bars, Chart, Columns, Contents
from .words import money

_KINDS = ("Input", "Cached", "Output")
_BY_DAY = Columns("Tokens by day", _KINDS, noun="token", palette="tokens")


def contents(result: Mapping[str, Any]) -> Contents:
    group = text(result.get("group_by"), 20) or "model"
    found = [{**row, "name": group_name(group, row)} for row in rows(result, "rows")]
    return Contents(
        total=sums(result),
        charts=_by_day(found) if group == "day" else _bars(found),
        tables=table(
            f"Tokens by {group}",
            found,
            {
                "name": (group.capitalize(), "day" if group == "day" else "text"),
                "input_tokens": ("Input", "count"),
                "cache_read_tokens": ("Cache read", "count"),
                "cache_write_tokens": ("Cache written", "count"),
                "output_tokens": ("Output", "count"),
                "total_tokens": ("Tokens", "count"),
                "calls": ("Calls", "count"),
                "total_cost": ("Cost", "money"),
            },
        ),
        said=changes(result, {"total_tokens": ("Tokens", "count"), "total_cost": ("Cost", "money")}),
    )


def group_name(group: str, row: Mapping[str, Any]) -> str:
    """A group's name; a model of the catalog has one for people."""
    name = text(row.get("name"))
    if group != "model":
        return name
    try:
        return catalog.model(name).label
    except KeyError:
        return name


def _kinds(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Input, cached and output: what was written to the cache was paid as input."""
    each = {
        name: number(row.get(f"{name}_tokens")) or 0.0
        for name in ("input", "cache_write", "cache_read", "output")
    }
    return each["input"] + each["cache_write"], each["cache_read"], each["output"]


def _bars(found: list[dict[str, Any]]) -> tuple[Chart, ...]:
    bars = [
        Bar(
            label=row["name"],
            parts=_kinds(row),
            told=f"{number(row.get('total_tokens')) or 0:,.0f}",
            cost=money(row.get("total_cost")),
            name="{}: {:,.0f} tokens in, {:,.0f} cached, {:,.0f} out".format(row["name"], *_kinds(row)),
        )
        for row in found
    ]
    return (Bars("Tokens", _KINDS, tuple(bars), "tokens"),) if bars else ()


def _by_day(found: list[dict[str, Any]]) -> tuple[Chart, ...]:
    dated = [{"day": row["name"], **dict(zip(_KINDS, _kinds(row), strict=True))} for row in found]
    return day_columns(dated, _BY_DAY, *_KINDS)
