"""One reply in time: a row of parts, from the moment it was asked to its end. Pure: rows in, parts out.

Each part is what the reply was mainly doing. Calls and tools have times of their own; what lies between them is told as
waiting: in the queue before the first call, for a person where a tool asked for an approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Doing = Literal["queued", "waiting", "model", "tool", "approval"]
WORDS: dict[Doing, str] = {
    "queued": "Queued",
    "waiting": "Waiting for the first token",
    "model": "Model",
    "tool": "Tool",
    "approval": "Waiting for an approval",
}


@dataclass(frozen=True, slots=True)
class Part:
    """`begin` and `ms` are in ms after the question; `name` is the model or tool. `lane` is 1 for tools that ran
    beside another one, so that neither hides the other."""

    doing: Doing
    begin: int
    ms: int
    name: str = ""
    ok: bool = True
    lane: int = 0

    @property
    def end(self) -> int:
        return self.begin + self.ms

    @property
    def words(self) -> str:
        return f"{WORDS[self.doing]}{f': {self.name}' if self.name else ''}, {self.ms:,}\u00a0ms"


@dataclass(frozen=True, slots=True)
class Called:
    """A model call."""

    at: datetime
    model: str
    duration_ms: int | None
    first_token_ms: int | None
    ok: bool


@dataclass(frozen=True, slots=True)
class Used:
    """A tool call; `answered` is when a person allowed or refused it, `asks` that it still waits for one."""

    at: datetime
    tool: str
    duration_ms: int | None
    ok: bool
    answered: datetime | None = None
    asks: bool = False


def parts(
    asked: datetime, ended: datetime | None, calls: Sequence[Called], tools: Iterable[Used]
) -> list[Part]:
    """The parts of a reply, in the order they began. `ended` is None while it goes on: what has no end yet lasts no
    time then."""
    found: list[Part] = []
    begins = [call.at for call in calls]
    first = min(begins) if begins else ended
    if first is not None and (queued := _between(asked, first)):
        found.append(Part("queued", 0, queued))
    for call in calls:
        begin, whole = _between(asked, call.at), call.duration_ms or 0
        silent = min(call.first_token_ms if call.first_token_ms is not None else whole, whole)
        if silent:
            found.append(Part("waiting", begin, silent, call.model, call.ok))
        if whole - silent:
            found.append(Part("model", begin + silent, whole - silent, call.model, call.ok))
    for tool in tools:
        found += _of_tool(asked, ended, tool)
    return _in_lanes(sorted(found, key=lambda part: (part.begin, part.end)))


def _of_tool(asked: datetime, ended: datetime | None, tool: Used) -> list[Part]:
    begin, found = _between(asked, tool.at), []
    answered = tool.answered or (ended if tool.asks else None)
    if answered is not None:
        waited = max(0, _between(asked, answered) - begin)
        found.append(Part("approval", begin, waited, tool.tool))
        begin += waited
    if tool.duration_ms:
        found.append(Part("tool", begin, tool.duration_ms, tool.tool, tool.ok))
    return found


def _in_lanes(found: list[Part]) -> list[Part]:
    """A part that begins before the one in the first lane has ended goes into the second."""
    placed, end = [], 0
    for part in found:
        beside = part.begin < end and part.doing in ("tool", "approval")
        placed.append(Part(part.doing, part.begin, part.ms, part.name, part.ok, int(beside)))
        end = end if beside else max(end, part.end)
    return placed


def _between(begin: datetime, end: datetime) -> int:
    return max(0, (end - begin) // timedelta(milliseconds=1))


@dataclass(frozen=True, slots=True)
class Scale:
    """From ms to thousandths of the drawing. A wait for a person is drawn no longer than `longest` ms: hours of it
    would leave no room for anything else."""

    whole: int
    longest: int

    @classmethod
    def of(cls, rows: Iterable[Sequence[Part]]) -> Scale:
        """The longest row fills it."""
        lists = list(rows)
        active = max((_end(row) - _waited(row) for row in lists), default=0)
        longest = max(1, active // 4)
        cut = cls(1, longest)
        return cls(max((cut.length(row) for row in lists), default=0) or 1, longest)

    def length(self, row: Sequence[Part]) -> int:
        return max((end for _, end in self.places(row)), default=0)

    def places(self, row: Sequence[Part]) -> list[tuple[int, int]]:
        """Begin and end of each part in ms as drawn: what follows a long wait moves up."""
        cuts = [
            (part.end, part.ms - self.longest)
            for part in row
            if part.doing == "approval" and part.ms > self.longest
        ]
        found = []
        for part in row:
            begin = part.begin - sum(cut for end, cut in cuts if end <= part.begin)
            ms = min(part.ms, self.longest) if part.doing == "approval" else part.ms
            found.append((max(0, begin), max(0, begin) + ms))
        return found


def _end(row: Sequence[Part]) -> int:
    return max((part.end for part in row), default=0)


def _waited(row: Sequence[Part]) -> int:
    return sum(part.ms for part in row if part.doing == "approval")
