"""Spans of time that figures are asked for, in a person's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Model, QuerySet
from django.utils import timezone

from sessions_app.agent.labels import PERIOD_WORDS
from sessions_app.models import User

TimeRange = Literal["today", "week", "month", "all"]
Rows = TypeVar("Rows", bound=Model)


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open and aware: from `start`, before `end`. Both are None for all time. `words` fits a sentence."""

    name: TimeRange
    words: str
    start: datetime | None
    end: datetime | None

    def within(self, rows: QuerySet[Rows], field: str) -> QuerySet[Rows]:
        if self.start is None or self.end is None:
            return rows
        return rows.filter(**{f"{field}__gte": self.start, f"{field}__lt": self.end})


def period(name: TimeRange, now: datetime, zone: tzinfo) -> Period:
    """The span `name` at `now`, in whole days of `zone`, the last of which is today.

    week: today and the six days before it, so that it never begins empty on a Monday; month: the calendar month
    so far, as bills and budgets count it.
    """
    if name == "all":
        return Period(name, PERIOD_WORDS[name], None, None)
    today = now.astimezone(zone).date()
    first = {"today": today, "week": today - timedelta(days=6), "month": today.replace(day=1)}[name]
    midnight = [datetime.combine(day, time.min, zone) for day in (first, today + timedelta(days=1))]
    return Period(name, PERIOD_WORDS[name], midnight[0], midnight[1])


def zone_of(user: User) -> tzinfo:
    """The person's own time zone (preference `time_zone`, an IANA name), else the site's."""
    try:
        return ZoneInfo(user.preferences["time_zone"])
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError):
        return timezone.get_current_timezone()
