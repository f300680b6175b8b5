"""How many sessions, questions and people a creator's videos had: in all, for each video, each person, each hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

from django.db.models import Count, Func, IntegerField, Q, QuerySet, Sum

from sessions_app.knowledge.models import VideoAnswer

QUARTER = 900  # seconds: the offsets of all time zones are whole quarters of an hour


@dataclass(frozen=True, slots=True)
class Counts:
    """`questions` are answers that had the videos at hand: one that is made again was asked again. `answered` of them cite
    a passage, `references` are the passages they cite. `students` are those who asked, without the creator."""

    sessions: int = 0
    questions: int = 0
    students: int = 0
    references: int = 0
    answered: int = 0

    @property
    def answered_share(self) -> float | None:
        return round(self.answered / self.questions, 4) if self.questions else None


class Quarter(Func):
    """The quarter of an hour of a moment, counted from 1970. Within the database: 100,000 moments are grouped in it."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / {QUARTER}"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / {QUARTER}) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def _sums(creator: int, what: str) -> dict[str, Any]:
    """`what` counts questions: rows, or messages where several rows may be of one."""
    whole = what == "message"
    return {
        "sessions": Count("session", distinct=True),
        "questions": Count(what, distinct=whole),
        "students": Count("asker", distinct=True, filter=~Q(asker=creator)),
        "references": Sum("cited", default=0),
        "answered": Count(what, distinct=whole, filter=Q(cited__gt=0)),
    }


def totals(answers: QuerySet[VideoAnswer], creator: int) -> Counts:
    """Of all videos: an answer that had two of them at hand counts once."""
    return Counts(**answers.aggregate(**_sums(creator, "message")))


def by_video(answers: QuerySet[VideoAnswer], creator: int) -> dict[UUID, Counts]:
    """Of each video: an answer that had two of them at hand counts for both."""
    rows: QuerySet[Any, Any] = answers.values("video").annotate(**_sums(creator, "pk"))
    return {row.pop("video"): Counts(**row) for row in rows}


def by_asker(answers: QuerySet[VideoAnswer]) -> dict[int | None, Counts]:
    """Of each person who asked; None: of deleted accounts."""
    sums = {name: each for name, each in _sums(0, "message").items() if name != "students"}
    rows: QuerySet[Any, Any] = answers.values("asker").annotate(**sums)
    return {row.pop("asker"): Counts(students=1, **row) for row in rows}


def quarters(answers: QuerySet[VideoAnswer]) -> list[tuple[int, int]]:
    """Questions by the quarters of an hour in which they were answered."""
    rows: QuerySet[Any, Any] = answers.values(quarter=Quarter("at")).annotate(
        n=Count("message", distinct=True)
    )
    return list(rows.values_list("quarter", "n"))


def weekday_hours(rows: Iterable[tuple[int, int]], zone: tzinfo) -> list[list[int]]:
    """By hour of the day in this zone, for each day of the week from Monday."""
    found = [[0] * 24 for _ in range(7)]
    for quarter, count in rows:
        at = datetime.fromtimestamp(quarter * QUARTER, UTC).astimezone(zone)
        found[at.weekday()][at.hour] += count
    return found
