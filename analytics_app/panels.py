"""The panels of the dashboard: the assistant's own tools, asked by the page, so that both tell the same figures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings

from sessions_app.agent.context import toolbox
from sessions_app.agent.tools import Outcome, Toolbox
from sessions_app.models import User
from sessions_app.rendering.cards import ToolCard, tool_card

RANGES = {"today": "Today", "week": "Week", "month": "Month", "all": "All"}
WIDE = ("analyze_token_usage", "analyze_session_metrics", "analyze_engagement")
PANELS = (
    "analyze_token_usage",
    "analyze_costs",
    "analyze_session_metrics",
    "get_active_sessions",
    "analyze_engagement",
    "check_system_health",
)


@dataclass(frozen=True, slots=True)
class Panel:
    """One tool's result as the page shows it; `anchor` is where links of results lead."""

    anchor: str
    card: ToolCard
    wide: bool


def panels(person: User, time_range: str, scope: str) -> list[Panel]:
    """Every panel for these arguments; one that fails says so in its place."""
    box = toolbox(person, "")
    names = [name for name in PANELS if name in box.tools]
    inputs = [_input(box, name, {"time_range": time_range, "scope": scope}) for name in names]
    outcomes = async_to_sync(_ask)(box, list(zip(names, inputs, strict=True)))
    return [
        _panel(name, given, outcome) for name, given, outcome in zip(names, inputs, outcomes, strict=True)
    ]


def _input(box: Toolbox, name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Those of the arguments that the tool takes."""
    tool = box.get(name)
    taken = tool.schema["properties"] if tool else {}
    return {key: value for key, value in wanted.items() if key in taken}


async def _ask(box: Toolbox, calls: list[tuple[str, dict[str, Any]]]) -> list[Outcome]:
    """A person who opens the page has asked for all of it: nothing here asks for an approval."""
    limit = float(settings.TOOL_TIMEOUT)
    return await asyncio.gather(*(box.call(name, given, limit, allowed=True) for name, given in calls))


def _panel(name: str, given: dict[str, Any], outcome: Outcome) -> Panel:
    data = {
        "id": name,
        "tool_id": name,
        "input": given,
        "status": outcome.status,
        "result": outcome.result,
        "error": outcome.error,
        "duration_ms": None,
    }
    anchor = name.rpartition("_")[2]
    return Panel(anchor, tool_card(f"panel-{anchor}", data), name in WIDE)
