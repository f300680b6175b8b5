"""Facts of a creator's videos over a period: days that were added up where there are any, rows for the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db.models import QuerySet

from analytics_app.queries.periods import DAY, EARLIEST, LATEST, Period, midnight
from analytics_app.videos.facts import EDITION, Brief, Facts
from sessions_app.knowledge.models import CreatorDay
from sessions_app.knowledge.models.figures import ALL

from .folding import folded
from .scope import Scope

Gap = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Whole:
    """`total` is of all that was asked about, `videos` of each video, where that was wanted."""

    total: Facts
    videos: dict[UUID, Brief]


def whole(scope: Scope, span: Period) -> Whole:
    """Of the scope's videos together, and of each. Which days are added up is told by the rows that are read: one that is
    made or forgotten meanwhile is not counted twice, and not left out."""
    days = _days(scope, span)
    total = Facts()
    if scope.only is None:
        there = _add(total, days.filter(video=ALL))
        videos = _briefs(days.exclude(video=ALL), there)
    else:
        there = list(days.filter(video=ALL).order_by("day").values_list("day", flat=True))
        _add(total, days.filter(video=scope.only, day__in=there))
        videos = {}
    for gap in _gaps(span, there):
        for key, facts in folded(scope.creator, *gap, scope.only).items():
            if key == (scope.only or ALL):
                total.merge(facts)
            elif scope.only is None:
                videos.setdefault(key, Brief()).merge(facts.brief())
    if scope.only is not None:
        videos = {scope.only: total.brief()}
    return Whole(total, videos)


def briefly(scope: Scope, span: Period) -> Brief:
    """Of the scope's videos together, for comparison."""
    days = _days(scope, span)
    there = list(days.filter(video=ALL).order_by("day").values_list("day", flat=True))
    found = Brief()
    wanted = days.filter(video=scope.only or ALL, day__in=there)
    for numbers, people, sessions in wanted.order_by().values_list("brief", flat=True):
        found.add(numbers, people, sessions)
    for gap in _gaps(span, there):
        found.merge(folded(scope.creator, *gap, scope.only)[ALL].brief())
    return found


def _days(scope: Scope, span: Period) -> QuerySet[CreatorDay]:
    first, last = _whole_days(span)
    return CreatorDay.objects.filter(creator=scope.creator, edition=EDITION, day__gte=first, day__lte=last)


def _add(total: Facts, days: QuerySet[CreatorDay]) -> list[date]:
    rows = days.order_by("day").values_list("day", "askers", "sessions", "quarters", "moments")
    there = []
    for day, *parts in rows.iterator(100):
        there.append(day)
        total.add(*parts)
    return there


def _briefs(days: QuerySet[CreatorDay], there: Collection[date]) -> dict[UUID, Brief]:
    found: dict[UUID, Brief] = {}
    known = set(there)
    rows = days.order_by().values_list("day", "video", "brief", "moments")
    for day, video, (numbers, people, sessions), moments in rows.iterator(500):
        if day in known:
            found.setdefault(video, Brief()).add(numbers, people, sessions, moments)
    return found


def _whole_days(span: Period) -> tuple[date, date]:
    """The first and the last day in UTC that lie in it whole."""
    if span.start is None or span.end is None:
        return EARLIEST, LATEST
    start, end = span.start.astimezone(UTC), span.end.astimezone(UTC)
    first = start.date() if start == midnight(start.date(), UTC) else start.date() + DAY
    return first, end.date() - DAY


def _gaps(span: Period, days: list[date]) -> Iterator[Gap]:
    """What no day covers, as few stretches as there are."""
    begin, end = span.start, span.end
    for day in days:
        if begin is None or begin < midnight(day, UTC):
            yield begin, midnight(day, UTC)
        begin = midnight(day + DAY, UTC)
    if begin is None or end is None or begin < end:
        yield begin, end
