"""Whose videos figures are about, and the answers that had them at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from analytics_app.queries.periods import Period
from sessions_app.knowledge.models import Video, VideoAnswer
from sessions_app.models import User


@dataclass(frozen=True, slots=True)
class Known:
    """A video as figures name it. `title` is empty where it may not be shown, `opens` says whether its page may be
    opened, `there` is false for one that was deleted."""

    title: str
    length_ms: int | None = None
    language: str = ""
    opens: bool = False
    there: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """The videos of one creator, deleted ones too: their answers were given and paid for. `only` is one of them."""

    creator: int
    only: UUID | None = None

    @property
    def videos(self) -> QuerySet[Video]:
        rows = Video.objects.filter(creator=self.creator).order_by()
        return rows if self.only is None else rows.filter(pk=self.only)

    def answers(self, span: Period) -> QuerySet[VideoAnswer]:
        """A row for each answer of the period and each video it had at hand. Copies of answers have none."""
        rows = VideoAnswer.objects.order_by()
        if self.only is None:
            rows = rows.filter(video__in=self.videos.values("pk"))
        else:
            rows = rows.filter(video=self.only)
        return span.within(rows, "at")


def known(scope: Scope, reader: User) -> Mapping[UUID, Known]:
    """The videos by their keys. Their creator knows their titles; others those of videos they may see, and staff who may
    read what is others' all of them."""
    opens = Q(pk__in=Video.objects.for_user(reader).order_by().values("pk"))
    rows = scope.videos.values_list("pk", "title", "length_ms", "language", "deleted_at")
    shown = set(scope.videos.filter(opens).values_list("pk", flat=True))
    reads = scope.creator == reader.pk or reader.reads_others
    found = {}
    for key, title, length_ms, language, deleted_at in rows:
        there, opened = deleted_at is None, key in shown
        named = title if there and (reads or opened) else ""
        found[key] = Known(named, length_ms, language, opened, there)
    return found
