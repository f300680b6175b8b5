"""The passages that answer a question best, among videos this person may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import UUID

from django.db.models import QuerySet

from sessions_app.agent import passages as told
from sessions_app.agent.passages import key_of

from .models import Passage, Video
from .vectors import Vector
from .vectors.searching import with_nearby

MOST = 8


def retrieve(
    *,
    user_id: int,
    question: str,
    videos: Sequence[UUID | str] | None = None,
    limit: int = MOST,
    vector: Vector | None = None,
) -> list[told.Passage]:
    """The best passages, best first, with their words; of `videos` alone where they are named. Rights are asked here: what
    this person may not see is left out, whatever is named. With the `vector` of the question (`embedding.of_question`)
    those of like meaning are found too, and both rankings are fused."""
    seen = Video.objects.for_user(SimpleNamespace(pk=user_id))
    if videos is not None:
        seen = seen.filter(pk__in=videos)
    ranked = candidates(question, videos, seen, limit)
    if vector is not None:
        ranked = with_nearby(ranked, vector, seen, limit)
    near = dict(ranked)
    rows = Passage.objects.filter(pk__in=near, current=True, video__in=seen.values("pk")).select_related(
        "video"
    )
    rows_by_key = {row.pk: row for row in rows}
    found = [rows_by_key[key] for key, _ in ranked if key in rows_by_key][:limit]
    return [
        told.Passage(
            key_of(row.pk),
            str(row.video_id),
            row.video.title,
            row.start_ms,
            row.end_ms,
            near[row.pk],
            row.text,
        )
        for row in found
    ]


def candidates(
    question: str, videos: Sequence[UUID | str] | None, seen: QuerySet[Video], limit: int
) -> list[tuple[int, float]]:
    """Passages by their words, best first, with their similarity."""
    words = {word.lower() for word in re.findall(r"\w{3,}", question)}
    found = []
    for key, text in Passage.objects.filter(current=True, video__in=seen.values("pk")).values_list(
        "pk", "text"
    ):
        hits = len(words & {word.lower() for word in re.findall(r"\w{3,}", text)})
        if hits:
            found.append((key, hits / len(words)))
    return sorted(found, key=lambda each: -each[1])
