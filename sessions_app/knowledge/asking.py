"""Passages for a question: by its words, and by its meaning where an embedding model is set up."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from uuid import UUID

from django.conf import settings

from sessions_app.agent.passages import Passage
from sessions_app.reading import consult

from . import embedding
from .models import Video
from .retrieval import MOST, keys_of, retrieve


async def find(
    *,
    user_id: int,
    question: str,
    videos: Sequence[UUID | str] | None = None,
    limit: int = MOST,
    chat_id: UUID | str | None = None,
    message_id: UUID | str | None = None,
    token: UUID | None = None,
) -> list[Passage]:
    """The best passages of videos that this person may see, best first, with their words; of `videos` alone where they
    are named. `chat_id` and the reply `message_id` are where it is asked, and who pays for its embedding is the person."""
    vector = None
    if settings.EMBEDDING_MODEL != "" and await consult(anything_in, user_id, videos):
        vector = await embedding.of_question(
            question, user_id=user_id, chat_id=chat_id, message_id=message_id, token=token
        )
    return await consult(
        lambda: retrieve(user_id=user_id, question=question, videos=videos, limit=limit, vector=vector)
    )


def anything_in(user_id: int, videos: Sequence[UUID | str] | None) -> bool:
    """Whether anything can be found in these videos by this person; where not, no question is embedded for it."""
    if videos is None:
        return True
    seen = Video.objects.for_user(SimpleNamespace(pk=user_id)).filter(pk__in=keys_of(videos))
    return seen.filter(passages__current=True).exists()
