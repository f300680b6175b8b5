"""Plain text with times: before the words, alone on a line above them, or behind the name of who speaks. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .cues import NAME, Found
from .problems import Problems, Unreadable
from .times import TIME, NoTime, ms_of

_BEFORE = re.compile(
    rf"\s*[\[(]?\s*({TIME})(?![\d:])\s*(?:(?:--?>|-|–|—|to\b)\s*({TIME})(?![\d:]))?\s*[\])]?(?=\W|$)\s*[-–—:|]?\s*(.*)",
    re.ASCII | re.DOTALL,
)
_BEHIND = re.compile(rf"\s*({NAME}):?\s+[\[(]?\s*({TIME})\s*[\])]?\s*:?\s*")
_WITHIN = re.compile(rf"\s*({NAME}):?\s+[\[(]\s*({TIME})\s*[\])]\s*:?\s+(\S.*)", re.DOTALL)
_SAID = re.compile(r"\s*(?:\d{1,4} (?:hours?|minutes?|seconds?)(?:, | |$)){1,3}\s*")
NO_TIME = "No time was found. Times stand before the words, such as 1:23 or [00:01:23]."


@dataclass
class _Open:
    """A cue whose words are still coming."""

    line: int
    start_ms: int
    end_ms: int | None
    speaker: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def found(self) -> Found:
        return Found(self.line, self.start_ms, self.end_ms, tuple(self.lines), self.speaker)


def found_in(lines: Sequence[str], problems: Problems) -> list[Found]:
    """Cues in their order. Raises Unreadable where there is no time at all."""
    cues: list[_Open] = []
    above = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            cue = _begun(number, line)
        except NoTime as problem:
            problems.note(number, f"{problem} The line was taken for words.")
            cue = None
        if cue is not None:
            cues.append(cue)
        elif not cues:
            above = above or number
        elif cues[-1].lines or not _SAID.fullmatch(line):  # "5 seconds" below "0:05": said, not shown
            cues[-1].lines.append(line)
    if not cues:
        raise Unreadable(*(problems.first or (above or 1, NO_TIME)))
    if above:
        problems.note(above, "There is no time before this; what stands above the first time was left out.")
    return [cue.found for cue in cues]


def _begun(number: int, line: str) -> _Open | None:
    """The cue that this line begins, None where it has no time. Raises NoTime."""
    if before := _BEFORE.match(line):
        end = ms_of(before[2]) if before[2] else None
        return _Open(number, ms_of(before[1]), end, lines=[before[3]] if before[3] else [])
    if len(line) > 20_000:
        return None
    if behind := _BEHIND.fullmatch(line):
        return _Open(number, ms_of(behind[2]), None, behind[1])
    if within := _WITHIN.match(line):
        return _Open(number, ms_of(within[2]), None, within[1], [within[3]])
    return None
