"""Spans of time that figures are asked for, in a person's time zone.

A day is the half-open span between two midnights there, as instants: 23 or 25 hours where the clocks change, and
where midnight comes twice or not at all the day begins with the first moment that is no longer the day before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, TypeVar

from django.db.models import Model, QuerySet

from sessions_app.agent.labels import PERIOD_WORDS

TimeRange = Literal["today", "week", "month", "all"]
SpanName = Literal["today", "week", "month", "all", "30d", "dates"]
Rows = TypeVar("Rows", bound=Model)
DAY = timedelta(days=1)
EARLIEST, LATEST = (
    date(1970, 1, 1),
    date(2999, 12, 31),
)  # all zones have midnights here that can be counted with


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open and aware: from `start`, before `end`, both midnights of the asker's zone. Both are None for all time.
    `words` fits a sentence."""

    name: SpanName
    words: str
    start: datetime | None
    end: datetime | None

    def within(self, rows: QuerySet[Rows], field: str) -> QuerySet[Rows]:
        if self.start is None or self.end is None:
            return rows
        return rows.filter(**{f"{field}__gte": self.start, f"{field}__lt": self.end})

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it, oldest first; none for all time, which has no ends."""
        if self.start is None or self.end is None:
            return ()
        first = self.start.date()
        return tuple(first + number * DAY for number in range((self.end.date() - first).days))


def period(name: TimeRange, now: datetime, zone: tzinfo) -> Period:
    """The span `name` at `now`, in whole days of `zone`, the last of which is today.

    week: today and the six days before it, so that it never begins empty on a Monday; month: the calendar month
    so far, as bills and budgets count it.
    """
    if name == "all":
        return Period(name, PERIOD_WORDS[name], None, None)
    today = now.astimezone(zone).date()
    first = {"today": today, "week": today - 6 * DAY, "month": today.replace(day=1)}[name]
    return _span(name, PERIOD_WORDS[name], first, today, zone)


def thirty_days(now: datetime, zone: tzinfo) -> Period:
    """Today and the 29 days before it."""
    today = now.astimezone(zone).date()
    return _span("30d", "the last 30 days", today - 29 * DAY, today, zone)


def between(first: date, last: date, zone: tzinfo) -> Period:
    """Both days and all between them. Raises ValueError where they are in the wrong order or out of all reason."""
    if not EARLIEST <= first <= last <= LATEST:
        raise ValueError(f"The days go from {first} to {last}.")
    words = f"{first}" if first == last else f"{first} to {last}"
    return _span("dates", words, first, last, zone)


def before(span: Period) -> Period | None:
    """What a period is compared with; None for all time.

    today: yesterday; month: as many days of the month before, at most that month; else as many days directly before.
    """
    if span.start is None:
        return None
    first, count = span.start.date(), len(span.days)
    zone = span.start.tzinfo
    assert zone is not None
    last = first - DAY
    if span.name == "month":
        month = last.replace(day=1)
        return _span(
            "dates", "the same days of last month", month, min(last, month + (count - 1) * DAY), zone
        )
    words = {"today": "yesterday", "week": "the 7 days before"}.get(span.name)
    words = words or ("the day before" if count == 1 else f"the {count} days before")
    return _span("dates", words, first - count * DAY, last, zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The moment at which `day` begins in `zone`."""
    return datetime.combine(day, time.min, zone)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day of `zone` this moment belongs to. Where midnight comes twice, the clock alone would not tell."""
    day = moment.astimezone(zone).date()
    if moment < midnight(day, zone).astimezone(UTC):
        return day - DAY
    return day if moment < midnight(day + DAY, zone).astimezone(UTC) else day + DAY


def _span(name: SpanName, words: str, first: date, last: date, zone: tzinfo) -> Period:
    return Period(name, words, midnight(first, zone), midnight(last + DAY, zone))
