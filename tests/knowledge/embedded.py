"""Videos whose passages have vectors made by hand, and a server that makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sessions_app.knowledge import index
from sessions_app.knowledge.models import Passage, Transcript, Video
from sessions_app.knowledge.vectors.memory import MEMORY
from sessions_app.models import User
from sessions_app.realtime import connections
from sessions_app.transactions import write
from tests.upstream import Upstream
from tests.upstream.compatible import Completions

MODEL = "den/tiny"
# Directions of a plane: how near two texts are is the cosine of the angle between them.
EAST, NORTH, BETWEEN, WEST = [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 0.0]


def make_video(creator: User, *texts: str, **values: Any) -> Video:
    """With a transcript that has one passage for each text."""
    video = Video.objects.create(creator=creator, **{"title": "A video", **values})
    add_transcript(video, *texts)
    return video


def add_transcript(video: Video, *texts: str) -> list[Passage]:
    number = video.transcripts.count() + 1
    video.transcripts.update(current=False)
    video.passages.update(current=False)
    transcript = Transcript.objects.create(
        video=video, number=number, format="vtt", text="", status="ready", current=True
    )
    made = Passage.objects.bulk_create(
        Passage(
            video=video,
            transcript=transcript,
            number=at,
            start_ms=at * 1000,
            end_ms=at * 1000 + 900,
            text=text,
        )
        for at, text in enumerate(texts)
    )
    with write():
        index.forget(list(video.passages.filter(current=False)))
        index.add(made)
    return made


@contextmanager
def server(settings: Any) -> Iterator[Upstream]:
    """A compatible server that embeds by MODEL."""
    with Upstream("", dialect=Completions()) as upstream:
        settings.COMPATIBLE_SERVERS = {"den": {"url": f"{upstream.url}/v1", "key": "", "label": "Den"}}
        settings.EMBEDDING_MODEL = MODEL
        connections._made.pop("den", None)
        MEMORY.clear()
        yield upstream
        connections._made.pop("den", None)
        MEMORY.clear()
