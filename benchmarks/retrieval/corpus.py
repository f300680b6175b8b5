"""The transcripts and questions of the corpus, and how they are cut."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from sessions_app.knowledge import chunking
from sessions_app.knowledge.chunking import Piece

FOLDER = Path(__file__).resolve().parent.parent.parent / "tests" / "knowledge" / "corpus"
_TIMES = re.compile(r"(\d+):(\d+):(\d+)\.(\d+) --> (\d+):(\d+):(\d+)\.(\d+)")

Cue = tuple[int, int, str, str]  # start and end in ms, speaker, text


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


def cut(found: Sequence[Cue]) -> list[Piece]:
    """As the product cuts transcripts where nothing else is set."""
    return chunking.cut(found, seconds=settings.PASSAGE_SECONDS, characters=settings.PASSAGE_CHARACTERS)
