"""The most referenced videos of a session and of the workspace, where there are videos at all: what reads them is loaded
then alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from analytics_app.dashboard.question import Question
    from analytics_app.queries.videos.referenced import Referenced
    from sessions_app.models import ChatSession


def of_session(chat: ChatSession, reader: Any) -> Sequence[Referenced] | None:
    """None where there are no videos in this workspace."""
    if not settings.KNOWLEDGE:
        return None
    from analytics_app.queries.videos import referenced

    return referenced.of_session(chat, reader)


def of_question(question: Question) -> Sequence[Referenced]:
    if not settings.KNOWLEDGE:
        return ()
    from analytics_app.queries.videos import referenced

    return referenced.of_answers(question.asker, question.span, question.person)
