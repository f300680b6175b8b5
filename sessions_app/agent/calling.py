"""Running the tool calls of one turn: all at once, each within its time, told of as it ends. Pure."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from sessions_app.agent.events import Limits, ToolEnded
from sessions_app.agent.tools import Outcome, Toolbox
from sessions_app.providers.base import ToolCallRequested

GRACE = 0.5  # seconds a cancelled tool has to let go; Stop may take one second in all


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the loop gets its time and chance from; seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


async def run_allowed(
    turn: int, calls: Sequence[ToolCallRequested], tools: Toolbox, limits: Limits, clock: Clock | None = None
) -> AsyncGenerator[ToolEnded, None]:
    """Run the calls of a turn that a person has allowed, all at once."""
    jobs = {call.id: timed(tools, call, limits, clock or Clock(), allowed=True) for call in calls}
    async with aclosing(as_they_end(turn, calls, jobs)) as ended:
        async for event in ended:
            yield event


async def as_they_end(
    turn: int, calls: Sequence[ToolCallRequested], jobs: Mapping[str, Awaitable[tuple[Outcome, int]]]
) -> AsyncGenerator[ToolEnded, None]:
    """The end of each call as it comes; whatever still runs when this is closed is let go."""
    tasks = {asyncio.ensure_future(jobs[call.id]): call for call in calls}
    try:
        pending = set(tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task, call in tasks.items():
                if task in done:
                    outcome, took = task.result()
                    yield ToolEnded(
                        turn, call.id, call.name, outcome.status, outcome.result, outcome.error, took,
                        kept=outcome.kept,
                    )  # fmt: skip
    finally:
        await _let_go(tasks)


async def timed(
    tools: Toolbox,
    call: ToolCallRequested,
    limits: Limits,
    clock: Clock,
    problem: str = "",
    *,
    allowed: bool = False,
) -> tuple[Outcome, int]:
    """What became of a call, and the milliseconds it took."""
    began = clock.now()
    if problem:
        return Outcome("error", None, problem), 0
    outcome = await tools.call(call.name, call.input or {}, limits.tool_timeout, allowed=allowed)
    return outcome, milliseconds(clock.now() - began)


async def _let_go(tasks: Mapping[asyncio.Task[Any], ToolCallRequested]) -> None:
    """Cancel what still runs and wait a moment for it: a tool that clings to life cannot hold up Stop."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=GRACE)


def milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
