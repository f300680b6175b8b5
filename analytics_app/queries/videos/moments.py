"""Where answers refer to: passages by how often they are cited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from analytics_app.queries.periods import Period
from sessions_app.knowledge.models import Reference, VideoAnswer

from .scope import Scope

MOST = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a video that answers cite, and how often."""

    video: UUID
    start_ms: int
    end_ms: int
    references: int


def moments(scope: Scope, span: Period, limit: int | None = MOST) -> list[Moment]:
    """The most cited ones first, of videos that are there. Those of copied answers are left out: only an answer that was
    given here has a row of its own."""
    videos = scope.videos.filter(deleted_at__isnull=True).values("pk")
    given = VideoAnswer.objects.filter(message=OuterRef("message"), video=OuterRef("video"))
    rows = span.within(Reference.objects.filter(Exists(given), video__in=videos), "at").order_by()
    counted: QuerySet[Any, Any] = rows.values_list("video", "start_ms", "end_ms").annotate(n=Count("pk"))
    ordered = counted.order_by("-n", "video", "start_ms", "end_ms")
    return [Moment(*row) for row in (ordered if limit is None else ordered[:limit])]
