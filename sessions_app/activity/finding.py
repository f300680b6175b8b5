"""Events that a person may see: the newest, the gravest, how many of each severity, and where they come from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.query import QuerySet

from sessions_app.models import ActivityEvent

from .digests import Seen
from .values import WORDS

RECENT = 2_000  # of each walk: whose sources and kinds are offered
OFFERED, LISTED = 100, 1_000  # names to choose from; sources that are told of
TELLING = 400  # events a digest is made of at the most
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(-?[0-9]{1,17})-([0-9a-f]{32})", re.ASCII)
Rows = QuerySet[ActivityEvent]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; what is empty asks for everything. `severity` is the least."""

    source: str = ""
    kind: str = ""
    severity: int = 0
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a row of the list, by when it was and its key."""

    at: datetime
    key: UUID

    @classmethod
    def of(cls, text: str) -> Place | None:
        """From an address; None for what is none."""
        found = _PLACE.fullmatch(text)
        try:
            return cls(EPOCH + timedelta(microseconds=int(found[1])), UUID(found[2])) if found else None
        except OverflowError:
            return None

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.key.hex}"


def walks(user: Any, filters: Filters) -> list[Rows]:
    """What is asked for, in parts that share no row. One that asks for some severities walks each of them."""
    rows = like(user, filters)
    if not filters.severity:
        return rows
    return [walk.filter(severity=each) for walk in rows for each in WORDS if each >= filters.severity]


def like(user: Any, filters: Filters) -> list[Rows]:
    """The walks of a person, narrowed by all but severity."""
    asked = asdict(filters)
    del asked["severity"]
    return [walk.like(**asked) for walk in ActivityEvent.objects.walks(user)]


def newest(user: Any, filters: Filters, limit: int, after: Place | None = None) -> list[ActivityEvent]:
    """The newest first, those behind a place."""
    rows = [
        row for walk in walks(user, filters) for row in behind(walk, after).order_by("-at", "-pk")[:limit]
    ]
    rows.sort(key=lambda row: (row.at, row.pk), reverse=True)
    return rows[:limit]


def behind(walk: Rows, place: Place | None) -> Rows:
    if place is None:
        return walk
    return walk.filter(at__lte=place.at).filter(Q(at__lt=place.at) | Q(pk__lt=place.key))


def gravest(user: Any, filters: Filters, limit: int = TELLING) -> list[Seen]:
    """The most severe, of each severity the newest: what a digest is made of."""
    found: list[Seen] = []
    narrowed = like(user, filters)
    for severity in sorted(WORDS, reverse=True):
        if severity < filters.severity or len(found) >= limit:
            break
        rows = [each for walk in narrowed for each in _seen(walk.filter(severity=severity), limit)]
        rows.sort(key=lambda each: (each.at, each.key), reverse=True)
        found += rows[: limit - len(found)]
    return found


def _seen(rows: Rows, limit: int) -> Iterator[Seen]:
    names = ("pk", "source", "kind", "severity", "title", "body", "count", "at")
    for key, *rest in rows.order_by("-at", "-pk").values_list(*names)[:limit]:
        yield Seen(str(key), *rest)


def counts(user: Any, filters: Filters) -> dict[int, int]:
    """How many times something happened, by severity."""
    found: Counter[int] = Counter()
    for walk in like(user, filters):
        for severity in WORDS:
            if severity >= filters.severity:
                found[severity] += walk.filter(severity=severity).aggregate(sum=Sum("count"))["sum"] or 0
    return +found


def is_any(user: Any, filters: Filters) -> bool:
    return any(walk.exists() for walk in walks(user, filters))


def recent_names(user: Any) -> tuple[list[str], list[str]]:
    """Sources and kinds of the newest events."""
    pairs = {
        pair
        for walk in ActivityEvent.objects.walks(user)
        for pair in walk.order_by("-at", "-pk").values_list("source", "kind")[:RECENT]
    }
    return sorted({source for source, _ in pairs})[:OFFERED], sorted({kind for _, kind in pairs})[:OFFERED]


@dataclass(frozen=True, slots=True)
class Source:
    """Where events come from: how many rows there are of it, how often they happened, of which kinds."""

    name: str
    kinds: tuple[str, ...]
    events: int
    count: int
    severity: int
    first: datetime
    last: datetime


def sources(user: Any) -> list[Source]:
    """The first of them by their names: whoever makes up a name for each event does not get them all."""
    found: dict[str, list[Source]] = {}
    for walk in ActivityEvent.objects.walks(user):
        rows = walk.order_by().values_list("source", "kind")
        sums = {
            "rows": Count("pk"),
            "sum": Sum("count"),
            "most": Max("severity"),
            "began": Min("first_at"),
            "ended": Max("at"),
        }
        for source, kind, *rest in rows.annotate(**sums):
            found.setdefault(source, []).append(Source(source, (kind,), *rest))
    return [_together(found[name]) for name in sorted(found)[:LISTED]]


def _together(parts: list[Source]) -> Source:
    return Source(
        parts[0].name,
        tuple(sorted({kind for part in parts for kind in part.kinds})),
        sum(part.events for part in parts),
        sum(part.count for part in parts),
        max(part.severity for part in parts),
        min(part.first for part in parts),
        max(part.last for part in parts),
    )
