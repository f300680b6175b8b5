"""A provider that plays back what a test wrote, one script a call, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from sessions_app.agent.loop import CallEnded, Clock, Limits, LoopEvent, TextAdded, ToolEnded, run
from sessions_app.agent.tools import Toolbox, ToolContext
from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    Event,
    Request,
    Text,
    TextDelta,
    ToolCallRequested,
    Turn,
)

Step = Event | Exception | asyncio.Event
ACCEPTED = Accepted(Counts(input=10), "req-1")
QUESTION = Request(model="m", turns=(Turn("user", (Text("Question"),)),))


class ScriptedProvider:
    """Raises the exceptions of a script, and waits for its asyncio events."""

    name = "scripted"

    def __init__(self, *scripts: Sequence[Step]) -> None:
        self.scripts = list(scripts)
        self.requests: list[Request] = []
        self.closed = 0

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        self.requests.append(request)
        script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.closed += 1

    async def aclose(self) -> None: ...


class StillClock:
    """Time that passes only by sleeping, and chance that is always the highest."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self.sleep, chance=lambda: 1.0)


def says(*texts: str, stop: str = "end", output: int = 5) -> list[Step]:
    return [ACCEPTED, *(TextDelta(text) for text in texts), End(stop, Counts(input=10, output=output))]


def asks(*calls: ToolCallRequested, text: str = "", stop: str = "tool_use") -> list[Step]:
    spoken: list[Step] = [TextDelta(text)] if text else []
    return [ACCEPTED, *spoken, *calls, End(stop, Counts(input=10, output=5))]


def call(name: str, id: str = "t1", problem: str = "", **input: object) -> ToolCallRequested:
    return ToolCallRequested(id, name, None if problem else input, problem)


async def play(
    provider: ScriptedProvider,
    tools: Toolbox | None = None,
    limits: Limits | None = None,
    request: Request = QUESTION,
    clock: Clock | None = None,
) -> list[LoopEvent]:
    box = (tools or Toolbox.of()).bound(ToolContext(1))
    made = run(request, provider, box, limits or Limits(), clock or StillClock().clock())
    return [event async for event in made]


def text_of(events: Sequence[LoopEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextAdded))


def calls_of(events: Sequence[LoopEvent]) -> list[CallEnded]:
    return [event for event in events if isinstance(event, CallEnded)]


def results_of(events: Sequence[LoopEvent]) -> dict[str, ToolEnded]:
    return {event.tool_use_id: event for event in events if isinstance(event, ToolEnded)}
