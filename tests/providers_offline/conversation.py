"""Asking the offline assistant as the loop does: turns in, events out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sessions_app.providers.base import (
    Event,
    Request,
    Text,
    TextDelta,
    ToolCallRequested,
    ToolResult,
    ToolSpec,
    ToolUse,
    Turn,
)
from sessions_app.providers.offline import OfflineProvider

from .shapes import SEVEN

TODAY = date(2026, 11, 21)
SPECS = tuple(tool.spec for tool in SEVEN.values())


async def answer(*turns: Turn, tools: tuple[ToolSpec, ...] = SPECS, **values: Any) -> list[Event]:
    request = Request(model="offline", turns=turns, tools=tools, **values)
    return [event async for event in OfflineProvider(delay=0, today=lambda: TODAY).stream(request)]


def asked(question: str) -> Turn:
    return Turn("user", (Text(question),))


def words(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def wanted(events: list[Event]) -> list[tuple[str, Mapping[str, Any] | None]]:
    return [(event.name, event.input) for event in events if isinstance(event, ToolCallRequested)]


async def calls(question: str, **values: Any) -> list[tuple[str, Mapping[str, Any] | None]]:
    return wanted(await answer(asked(question), **values))


def returned(*results: tuple[str, Mapping[str, Any], Any]) -> tuple[Turn, Turn]:
    """The turns of calls that came back: (tool, input, result), where a text is an error."""
    uses = tuple(ToolUse(f"t{at}", tool, given) for at, (tool, given, _) in enumerate(results))
    back = tuple(
        ToolResult(
            f"t{at}", result if isinstance(result, str) else json.dumps(result), isinstance(result, str)
        )
        for at, (_, _, result) in enumerate(results)
    )
    return Turn("assistant", uses), Turn("user", back)


async def told(tool: str, result: Any, question: str = "Well?", **given: Any) -> str:
    """What is said when this came back from the tool."""
    return words(await answer(asked(question), *returned((tool, given, result))))
