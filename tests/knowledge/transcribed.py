"""Videos with passages, as tests need them."""

from __future__ import annotations

from typing import Any

from sessions_app.knowledge import index
from sessions_app.knowledge.models import Passage, Transcript, Video
from sessions_app.models import User
from sessions_app.transactions import write

LASTS = 60_000
EVERY = 70_000  # so that none overlaps the next


def transcribed(creator: User, title: str, *texts: str, every: int = EVERY, **fields: Any) -> Video:
    """A video whose transcript is in use and indexed, one passage for each text."""
    with write():
        video = Video.objects.create(creator=creator, title=title, **fields)
        transcript = Transcript.objects.create(
            video=video, number=1, format="vtt", text="", current=True, status="ready"
        )
        rows = [
            Passage(
                video=video,
                transcript=transcript,
                number=number,
                start_ms=number * every,
                end_ms=number * every + LASTS,
                text=text,
            )
            for number, text in enumerate(texts)
        ]
        index.add(Passage.objects.bulk_create(rows))
    return video
