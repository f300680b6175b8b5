"""How many questions get their answer among the first five passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import corpus, distractors

FIRST = 5
DISTRACTORS = 300


@dataclass(frozen=True, slots=True)
class HitFigures:
    """What part of the questions had their answer among the first five, and the mean of one by its place there."""

    questions: int
    hits: float
    reciprocal: float
    missed: tuple[str, ...] = ()


def fill(creator: Any, number: int = DISTRACTORS) -> dict[str, Any]:
    """The corpus and so many distractors as videos of this person's for everyone; the corpus' by their names."""
    videos = {name: add(creator, corpus.title(name), corpus.cues(name)) for name in corpus.names()}
    for title, cues in distractors.transcripts(number):
        add(creator, title, cues)
    return videos


def add(creator: Any, title: str, cues: Sequence[corpus.Cue]) -> Any:
    from sessions_app.knowledge import index
    from sessions_app.knowledge.models import Passage, Transcript, Video
    from sessions_app.transactions import write

    with write():
        video = Video.objects.create(creator=creator, title=title, language="en", visibility="everyone")
        transcript = Transcript.objects.create(
            video=video, number=1, format="vtt", text="", current=True, status="ready"
        )
        rows = [
            Passage(
                video=video,
                transcript=transcript,
                number=number,
                start_ms=piece.start_ms,
                end_ms=piece.end_ms,
                text=piece.text,
            )
            for number, piece in enumerate(corpus.cut(cues))
        ]
        index.add(Passage.objects.bulk_create(rows))
    return video


def measure(user: Any, videos: dict[str, Any], questions: Sequence[corpus.Question]) -> HitFigures:
    """Asked over all videos, none of them named."""
    places = [place(user, videos, each) for each in questions]
    missed = [each.question for each, found in zip(questions, places, strict=True) if not found]
    hits = sum(1 for found in places if found) / len(places)
    return HitFigures(
        len(places), hits, sum(1 / found for found in places if found) / len(places), tuple(missed)
    )


def place(user: Any, videos: dict[str, Any], asked: corpus.Question) -> int:
    """Where among the first five the first passage stands that overlaps the answer; 0 if none does."""
    from sessions_app.knowledge.retrieval import retrieve

    right = str(videos[asked.video].pk)
    for number, found in enumerate(retrieve(user_id=user.pk, question=asked.question, limit=FIRST), 1):
        overlaps = found.start_ms < 1000 * asked.end and found.end_ms > 1000 * asked.start
        if found.video == right and overlaps:
            return number
    return 0
