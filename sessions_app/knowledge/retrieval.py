"""The passages that answer a question best, among videos this person may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import UUID

from sessions_app.agent import passages as told
from sessions_app.agent.passages import key_of

from .models import Passage, Video

MOST = 8


def retrieve(
    *, user_id: int, question: str, videos: Sequence[UUID | str] | None = None, limit: int = MOST
) -> list[told.Passage]:
    """The best passages, best first, with their words; of `videos` alone where they are named. Rights are asked here: what
    this person may not see is left out, whatever is named."""
    seen = Video.objects.for_user(SimpleNamespace(pk=user_id))
    if videos is not None:
        seen = seen.filter(pk__in=videos)
    words = {word.lower() for word in re.findall(r"\w{3,}", question)}
    found = []
    for row in Passage.objects.filter(current=True, video__in=seen.values("pk")).select_related("video"):
        hits = len(words & {word.lower() for word in re.findall(r"\w{3,}", row.text)})
        if hits:
            found.append((hits / len(words), row))
    found.sort(key=lambda each: -each[0])
    return [
        told.Passage(
            key_of(row.pk), str(row.video_id), row.video.title, row.start_ms, row.end_ms, near, row.text
        )
        for near, row in found[:limit]
    ]
