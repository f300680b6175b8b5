"""Videos with passages, made by rows: for tests about what is done with them."""

from __future__ import annotations

from typing import Any

from sessions_app.agent.passages import key_of
from sessions_app.knowledge import index
from sessions_app.knowledge.models import Passage, Transcript, Video
from sessions_app.models import User
from sessions_app.transactions import write


def make_video(creator: User, title: str = "Knots", *, words: tuple[str, ...] = (), **values: Any) -> Video:
    """For everyone unless said otherwise; each of `words` becomes a passage of ten seconds."""
    given = {"visibility": Video.Visibility.EVERYONE, "length_ms": 600_000, "url": "https://example.org/v"}
    video = Video.objects.create(creator=creator, title=title, **{**given, **values})
    if words:
        transcript = Transcript.objects.create(
            video=video,
            number=1,
            format="vtt",
            text="WEBVTT",
            current=True,
            status="ready",
            cues=[[at * 10_000, (at + 1) * 10_000, "", text] for at, text in enumerate(words)],
        )
        for number, text in enumerate(words):
            start = number * 10_000
            Passage.objects.create(
                video=video,
                transcript=transcript,
                number=number,
                start_ms=start,
                end_ms=start + 10_000,
                text=text,
            )
        with write():
            index.add(list(video.passages.all()))
    return video


def keys_of(video: Video) -> list[str]:
    """Of its passages, in their order."""
    return [key_of(each.pk) for each in video.passages.order_by("number")]
