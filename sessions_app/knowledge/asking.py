"""Passages for a question, asked for on the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sessions_app.agent.passages import Passage
from sessions_app.reading import read

from .retrieval import MOST, retrieve


async def find(
    *,
    user_id: int,
    question: str,
    videos: Sequence[UUID | str] | None = None,
    limit: int = MOST,
    chat_id: UUID | None = None,
    message_id: UUID | None = None,
    token: UUID | None = None,
) -> list[Passage]:
    return await read(lambda: retrieve(user_id=user_id, question=question, videos=videos, limit=limit))
