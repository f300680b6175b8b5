"""The most referenced videos of one session, of one person, of the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from analytics_app.queries.periods import Period
from sessions_app.knowledge.models import Reference, Video, VideoAnswer
from sessions_app.models import ChatSession, User

MOST = 10


@dataclass(frozen=True, slots=True)
class Referenced:
    """`video` is None for what the reader may not see (any more); of a session its title stays, as it stays beneath the
    answers."""

    video: UUID | None
    title: str
    references: int

    @property
    def path(self) -> str:
        return f"/videos/{self.video}/" if self.video else ""


def of_session(chat: ChatSession, reader: User | Any) -> list[Referenced]:
    """By the citations of its shown messages, copied ones too: they stand in it."""
    shown = Reference.objects.filter(
        message__session=chat, message__active=True, message__deleted_at__isnull=True
    )
    rows: QuerySet[Any, Any] = shown.order_by().values_list("video", "title").annotate(n=Count("pk"))
    found: dict[Any, tuple[str, int]] = {}
    for video, title, count in rows.order_by("video", "title"):
        found[video or title] = (title, found.get(video or title, ("", 0))[1] + count)
    seen = _seen(reader, [key for key in found if isinstance(key, UUID)])
    listed = [
        Referenced(key if key in seen else None, seen.get(key, title), count)
        for key, (title, count) in found.items()
    ]
    return sorted(listed, key=lambda each: (-each.references, each.title))[:MOST]


def of_answers(reader: User, span: Period, person: User | None) -> list[Referenced]:
    """By the citations of answers to this person, or to everyone (None). Titles only of videos the reader may see; all
    others are one row, without a title."""
    rows = span.within(VideoAnswer.objects.filter(cited__gt=0), "at").order_by()
    if person is not None:
        rows = rows.filter(asker=person)
    counted: QuerySet[Any, Any] = rows.values_list("video").annotate(n=Sum("cited")).order_by("-n", "video")
    found = list(counted)
    seen = _seen(reader, [video for video, _ in found])
    shown = [Referenced(video, seen[video], int(count)) for video, count in found if video in seen]
    rest = sum(int(count) for video, count in found if video not in seen)
    return [*shown, *([Referenced(None, "", rest)] if rest else [])]


def _seen(reader: User | Any, videos: list[UUID]) -> dict[UUID, str]:
    rows = Video.objects.for_user(reader).filter(pk__in=videos).order_by()
    return dict(rows.values_list("pk", "title"))
