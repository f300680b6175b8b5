"""What happened in sessions, by day: from the roll-ups where a day has one, from the rows for the rest.

Messages of deleted sessions and replaced versions count too: they were written. A reply and its tool calls count on
the day the reply ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, tzinfo

from django.db.models import Min, QuerySet
from django.utils import timezone

from analytics_app.facts import Facts
from analytics_app.models import DailyActivity
from sessions_app.models import Message, User

from .happened import PARTS, Part, folded
from .periods import DAY, Period, day_of

Stretch = tuple[date, date]  # first and last day


class Activity:
    """The sessions one person owns, or all, in days of one time zone."""

    def __init__(self, zone: tzinfo, rows: QuerySet[DailyActivity], owner: int | None) -> None:
        self.zone = zone
        self._owner = owner
        self._rows = rows.filter(zone=str(zone)).order_by("day")
        self._rolled = DailyActivity.objects.everyones().whole().filter(zone=str(zone)).order_by("day")

    @classmethod
    def for_user(cls, user: User, zone: tzinfo) -> Activity:
        return cls(zone, DailyActivity.objects.for_user(user), user.pk)

    @classmethod
    def all_for_staff(cls, user: User, zone: tzinfo) -> Activity:
        """Raises PermissionDenied for others than staff."""
        return cls(zone, DailyActivity.objects.all_for_staff(user), None)

    def days(self, span: Period, *wanted: Part) -> dict[date, Facts]:
        """Facts of every day of the span on which anything happened, oldest first: all, or at least the `wanted`."""
        parts = wanted or PARTS
        ends = self._ends(span)
        if ends is None:
            return {}
        rolled = set(self._on(self._rolled, ends).values_list("day", flat=True))
        days = {day: facts for day, facts in self._kept(ends, parts) if day in rolled}
        for first, last in _stretches(ends, rolled):
            days.update(folded(first, last, self.zone, parts=parts, owner=self._owner))
        return {day: days[day] for day in sorted(days)}

    def _ends(self, span: Period) -> Stretch | None:
        """First and last day that can have anything; all time begins with the first message."""
        today = day_of(timezone.now(), self.zone)
        if span.days:
            return (span.days[0], min(span.days[-1], today)) if span.days[0] <= today else None
        begun = Message.objects.written().aggregate(first=Min("created_at"))["first"]
        return None if begun is None else (min(day_of(begun, self.zone), today), today)

    def _kept(self, ends: Stretch, parts: Collection[Part]) -> Iterator[tuple[date, Facts]]:
        """Days that are rolled up. The long columns are read only where they are asked for."""
        long = [name for name, part in (("authors", "messages"), ("terms", "moods")) if part in parts]
        for row in self._on(self._rows, ends).values("day", "sessions", "facts", *long):
            yield row.pop("day"), Facts.of(row.pop("facts"), **row)

    def _on(self, rows: QuerySet[DailyActivity], ends: Stretch) -> QuerySet[DailyActivity]:
        return rows.filter(day__gte=ends[0], day__lte=ends[1])


def _stretches(ends: Stretch, rolled: Collection[date]) -> Iterator[Stretch]:
    """Days that are not rolled up, as few stretches as there are."""
    first: date | None = None
    day, after = ends[0], ends[1] + DAY
    while day <= after:
        if day < after and day not in rolled:
            first = first or day
        elif first is not None:
            yield first, day - DAY
            first = None
        day += DAY
