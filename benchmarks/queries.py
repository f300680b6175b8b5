"""How long each tool takes over a million messages and model calls, for a member with a tenth of the messages and for
staff about everyone: `python -m benchmarks.queries DATABASE` prints the times as JSON. Runs inside Django.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import django

from benchmarks import million, processes
from benchmarks.processes import command

TIMES = 20
RANGES = ("today", "week", "month", "all")
REACH = 100  # ms, median
WANTED = {"search_session_messages": {"query": "deploys"}}


@dataclass(frozen=True, slots=True)
class ToolFigures:
    """Milliseconds of one question asked TIMES times. `range` is empty for a tool without one."""

    tool: str
    who: str
    range: str
    median: float
    worst: float


def measure() -> list[ToolFigures]:
    """Of the kept workspace of a million messages and calls, which is made where there is none."""
    database = million.cached()
    asked = processes.ask(command("-m", "benchmarks.queries", str(database)), million.environment(database))
    return [ToolFigures(**row) for row in asked]


def ask_all() -> list[ToolFigures]:
    """Every tool of AGENT_TOOLS, each time range, own and everyone's. Runs inside Django."""
    from sessions_app.models import User

    member, staff = User.objects.get(username=million.HEAVY), User.objects.get(username=million.STAFF)
    return [
        figures
        for who, person in (("member", member.pk), ("staff, everyone", staff.pk))
        for figures in asyncio.run(ask_as(who, person))
    ]


async def ask_as(who: str, person: int) -> list[ToolFigures]:
    from django.conf import settings

    from sessions_app.agent.tools import ToolContext, load_tools

    box = load_tools(settings.AGENT_TOOLS).bound(ToolContext(person))
    found = []
    for name, tool in box.tools.items():
        arguments = tool.arguments.model_fields
        scope = {"scope": "everyone"} if "scope" in arguments and who != "member" else {}
        for span in RANGES if "time_range" in arguments else ("",):
            given = {**WANTED.get(name, {}), **scope, **({"time_range": span} if span else {})}
            taken = [await timed(box, name, given) for _ in range(TIMES + 2)][2:]
            found.append(ToolFigures(name, who, span, statistics.median(taken), max(taken)))
    return found


async def timed(box: Any, name: str, given: dict[str, Any]) -> float:
    """Milliseconds of one call, its result as JSON included."""
    began = time.perf_counter()
    outcome = await box.call(name, given)
    taken = 1000 * (time.perf_counter() - began)
    if outcome.status != "success":
        raise processes.Failed(f"{name} {given}: {outcome.error}")
    return taken


if __name__ == "__main__":
    os.environ.update(million.environment(Path(sys.argv[1])))
    django.setup()
    print(json.dumps([asdict(each) for each in ask_all()]))
