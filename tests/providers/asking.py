"""Short ways to ask a provider and to look at what came."""

from __future__ import annotations

from typing import Any

from sessions_app.providers.base import (
    Event,
    Part,
    Provider,
    ProviderError,
    Raw,
    Request,
    Text,
    TextDelta,
    ThinkingDone,
    ToolCallRequested,
    ToolResult,
    ToolSpec,
    ToolUse,
    Turn,
)

MODEL = "claude-sonnet-5-5"
CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {"zone": {"type": "string"}}})
CALENDAR = ToolSpec("calendar", "Tells the day.", {"type": "object", "properties": {}})


def user(*parts: Part | str) -> Turn:
    return Turn("user", tuple(Text(part) if isinstance(part, str) else part for part in parts))


def assistant(*parts: Part | str) -> Turn:
    return Turn("assistant", tuple(Text(part) if isinstance(part, str) else part for part in parts))


def ask(*turns: Turn, model: str = MODEL, **fields: Any) -> Request:
    return Request(model=model, turns=turns or (user("Hello"),), **fields)


async def events_of(provider: Provider, request: Request) -> list[Event]:
    return [event async for event in provider.stream(request)]


async def failure_of(provider: Provider, request: Request) -> tuple[list[Event], ProviderError]:
    """The events before the failure, and the failure."""
    events: list[Event] = []
    try:
        async for event in provider.stream(request):
            events.append(event)
    except ProviderError as error:
        return events, error
    raise AssertionError("it did not fail")


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def parts_of(events: list[Event]) -> list[Part]:
    """The assistant's turn as it goes back in the next call."""
    parts: list[Part] = [Text(text_of(events))]
    raws: list[Raw] = [event.raw for event in events if isinstance(event, ThinkingDone) and event.raw]
    calls = [event for event in events if isinstance(event, ToolCallRequested)]
    return [*raws, *parts, *(ToolUse(call.id, call.name, call.input or {}) for call in calls)]


def results_of(events: list[Event]) -> list[Part]:
    calls = [event for event in events if isinstance(event, ToolCallRequested)]
    return [ToolResult(call.id, call.problem or "noon", is_error=call.input is None) for call in calls]
