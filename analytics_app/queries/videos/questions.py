"""What was asked about a creator's videos, in words: of whoever lets creators read it, and of nothing that was deleted.

Nothing else of a session is read: no answer, no other message. Whoever asked is not told with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Left

from sessions_app.knowledge.models import VideoAnswer
from sessions_app.models import Message, User

NEWEST = 1_000  # answers whose questions are read
LONGEST = 500  # characters of one


@dataclass(frozen=True, slots=True)
class Question:
    """One message of somebody, with what its answers had at hand: `given` passages, the nearest at `best`, `cited` of
    them. `asker` is for counting, and for names where the workspace shows them."""

    key: UUID
    text: str
    at: datetime
    asker: int
    session: UUID
    videos: tuple[UUID, ...]
    given: int
    cited: int
    best: float


@dataclass(slots=True)
class _Made:
    given: int = 0
    cited: int = 0
    best: float = 0.0


def newest(answers: QuerySet[VideoAnswer]) -> list[Question]:
    """The newest first. Two steps: which answers, then their words: messages are wide, and most are not wanted."""
    kept = answers.filter(video__deleted_at__isnull=True, asker__isnull=False)
    rows = list(
        kept.order_by("-at", "-pk").values_list("message", "video", "given", "cited", "best")[:NEWEST]
    )
    asked = _asked({row[0] for row in rows})
    made: dict[UUID, _Made] = {}
    videos: dict[UUID, dict[UUID, None]] = {}
    order: dict[UUID, tuple[UUID, str, datetime, int, UUID]] = {}
    for message, video, given, cited, best in rows:
        if message not in asked:
            continue
        question = asked[message]
        order.setdefault(question[0], question)
        videos.setdefault(question[0], {})[video] = None
        sums = made.setdefault(question[0], _Made())
        sums.given, sums.cited = max(sums.given, given), max(sums.cited, cited)
        sums.best = max(sums.best, best)
    return [
        Question(*order[key], tuple(videos[key]), made[key].given, made[key].cited, made[key].best)
        for key in order
    ]


def _asked(answers: Iterable[UUID]) -> dict[UUID, tuple[UUID, str, datetime, int, UUID]]:
    """By the key of its answer: key, beginning, moment, writer and session of each question that may be read."""
    silent = User.objects.filter(preferences__video_questions=False).values("pk")
    rows = (
        Message.objects.filter(
            pk__in=list(answers),
            deleted_at__isnull=True,
            session__deleted_at__isnull=True,
            parent__role=Message.Role.USER,
            parent__deleted_at__isnull=True,
            parent__author__isnull=False,
        )
        .exclude(parent__author__in=silent)
        .order_by()
        .annotate(words=Left("parent__content", LONGEST))
        .values_list("pk", "parent", "words", "parent__created_at", "parent__author", "session")
    )
    found: dict[UUID, tuple[UUID, str, datetime, int, UUID]] = {}
    for answer, *question in rows:
        found[answer] = tuple(question)  # type: ignore[assignment]  # every answer here has a question
    return found
