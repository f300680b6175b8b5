"""What WebVTT and SRT have in common: blocks of lines, in each a line of times and the words below. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .cues import Found
from .problems import Problems
from .times import TIME, NoTime, ms_of

TIMES = re.compile(rf"\s*({TIME})?\s*--?>\s*({TIME})?(?=\s|$)(.*)", re.ASCII)
NO_TIMES = "There are no times here."
ADDED = "There are no times here; the words were added to the cue before."


@dataclass
class Block:
    """Lines between two empty ones, and the number of the first."""

    line: int
    lines: list[str] = field(default_factory=list)


def blocks_of(lines: Sequence[str], first: int = 1, *, blank_is_empty: bool = False) -> Iterator[Block]:
    """Blocks in their order. Where `blank_is_empty`, lines of spaces are of a block: rolling captions have such."""
    block = Block(first)
    for number, line in enumerate(lines, first):
        if (not line) if blank_is_empty else not line.strip():
            if block.lines:
                yield block
            block = Block(number + 1)
        else:
            block.lines.append(line)
    if block.lines:
        yield block


class Cutter:
    """Cues of blocks, one after the other; words without times go to the cue before."""

    def __init__(self, problems: Problems) -> None:
        self._cues: list[tuple[int, int, int | None, list[str]]] = []  # as Found has them
        self._problems = problems

    @property
    def found(self) -> list[Found]:
        return [Found(line, start, end, tuple(words)) for line, start, end, words in self._cues]

    def take(self, block: Block) -> None:
        """A line of times begins a cue, also where no empty line stands before it. What is above the first one in its
        block is its name."""
        starts = [at for at, line in enumerate(block.lines) if "->" in line and _is_times(line)]
        if not starts:
            self._without_times(block)
            return
        if starts[0] > 1:
            self._problems.note(block.line, "There are no times above these lines; they were left out.")
        for at, following in zip(starts, [*starts[1:], len(block.lines)], strict=True):
            words = block.lines[at + 1 : following]
            if following < len(block.lines) and words and words[-1].strip().isdigit():
                words = words[:-1]  # the number of the next one
            self._cue(block.line + at, block.lines[at], words)

    def _without_times(self, block: Block) -> None:
        words = [line for line in block.lines if line.strip()]
        if not words:
            return
        if not self._cues or (len(words) == 1 and words[0].strip().isdigit()):
            self._problems.note(block.line, f"{NO_TIMES} It was left out.")
            return
        self._problems.note(block.line, ADDED)
        self._cues[-1][3].extend(words)

    def _cue(self, number: int, line: str, words: Sequence[str]) -> None:
        times = TIMES.match(line)
        try:
            if times is None or times[1] is None:
                raise NoTime(f"“{line.strip()[:60]}” has no time at which the cue begins.")
            start = ms_of(times[1])
        except NoTime as problem:
            self._problems.note(number, f"{problem} The cue was left out.")
            return
        end = None
        try:
            if times[2] is None:
                raise NoTime("There is no time at which this cue ends.")
            end = ms_of(times[2])
        except NoTime as problem:
            self._problems.note(number, f"{problem} It ends where the next one begins.")
        self._cues.append((number, start, end, list(words)))


def _is_times(line: str) -> bool:
    """`-->` and digits: it was meant to be a line of times, right or wrong."""
    return "-->" in line or TIMES.fullmatch(line) is not None
