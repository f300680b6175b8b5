"""The transcripts and questions of the corpus, and how they are cut."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "tests" / "knowledge" / "corpus"
SECONDS, CHARACTERS = 60, 900  # of a passage
OVERLAP = 0.15  # of a passage, repeated by the next one
_TIMES = re.compile(r"(\d+):(\d+):(\d+)\.(\d+) --> (\d+):(\d+):(\d+)\.(\d+)")

Cue = tuple[int, int, str, str]  # start and end in ms, speaker, text
Cut = tuple[int, int, str]  # start and end in ms, text


@dataclass(frozen=True, slots=True)
class Question:
    """`start` and `end` in seconds are those of its answer in the video of this name."""

    video: str
    start: float
    end: float
    question: str


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.vtt"))


def title(name: str) -> str:
    return (FOLDER / f"{name}.vtt").read_text().partition("\n")[0].partition(" - ")[2]


def cues(name: str) -> list[Cue]:
    blocks = (FOLDER / f"{name}.vtt").read_text().split("\n\n")[1:]
    return [_cue(*block.strip().split("\n")) for block in blocks if block.strip()]


def _cue(times: str, *lines: str) -> Cue:
    found = _TIMES.match(times)
    assert found, times
    numbers = [int(each) for each in found.groups()]
    start, end = (
        ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
        for hours, minutes, seconds, ms in (numbers[:4], numbers[4:])
    )
    return start, end, "", " ".join(lines)


def questions(name: str = "questions") -> list[Question]:
    """Those that are measured; `held_out` are the others."""
    return [Question(**each) for each in json.loads((FOLDER / f"{name}.json").read_text())]


def cut(found: Sequence[Cue]) -> list[Cut]:
    """As the product cuts transcripts."""
    try:
        chunking = import_module("sessions_app.knowledge.chunking")
    except ModuleNotFoundError:
        return list(windows(found))
    made = (getattr(chunking, "passages_of", None) or chunking.cut)(
        found, seconds=SECONDS, characters=CHARACTERS
    )
    return [(each.start_ms, each.end_ms, each.text) for each in made]


def windows(found: Sequence[Cue]) -> Iterator[Cut]:
    """About a minute each, ended at the end of a sentence."""
    first = 0
    while first < len(found):
        last = first
        while last + 1 < len(found) and found[last][1] - found[first][0] < SECONDS * 1000:
            last += 1
        while last + 1 < len(found) and not found[last][3].endswith((".", "?", "!")):
            last += 1
        yield found[first][0], found[last][1], " ".join(cue[3] for cue in found[first : last + 1])
        if last + 1 == len(found):
            return
        following = last + 1
        while following > first + 1 and found[last][1] - found[following - 1][0] < OVERLAP * SECONDS * 1000:
            following -= 1
        first = following
