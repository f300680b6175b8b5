"""The ledger as figures read it: roll-ups where a day has them, its own rows for the rest.

Every question may be asked of either; what it says is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import date, datetime, tzinfo
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, F, Max, Min, QuerySet
from django.db.models.functions import Coalesce

from analytics_app.models import DailyUsage, RolledDay
from sessions_app.models import TokenUsage, User

from .periods import DAY, Period, day_of, midnight
from .tokens import CALLS, DAYS, KEPT, SUMMED, GroupBy, Named, TokenSums, grouped

R = TypeVar("R")
DayKey = tuple[date, str, str, str]  # day, provider, model, purpose
Gap = tuple[datetime | None, datetime | None]  # half-open; None: from the first call, to the last
Summed = tuple[tuple[Any, ...], TokenSums]
WHOLE = ("day", "provider", "model", "purpose")
DELETED = "deleted accounts"
AT_ONCE = 2_000  # rows fetched
TRIES = 5  # of a question whose days were rolled up or forgotten meanwhile


class Ledger:
    """The settled calls of one person or of everyone, in days of one time zone. A call that still runs has no figures
    yet."""

    def __init__(
        self,
        zone: tzinfo,
        calls: QuerySet[TokenUsage],
        days: QuerySet[DailyUsage],
        people: QuerySet[DailyUsage],
        persons: QuerySet[DailyUsage],
    ) -> None:
        self.zone = zone
        self._calls = calls.filter(settled_at__isnull=False).order_by()
        self._days, self._people, self._persons = (
            rows.filter(zone=str(zone)).order_by() for rows in (days, people, persons)
        )
        self._rolled = RolledDay.objects.filter(zone=str(zone)).order_by("day")
        self._person: int | None = None
        self._only: dict[str, str] = {}

    @classmethod
    def for_user(cls, user: User, zone: tzinfo) -> Ledger:
        """The calls this person caused."""
        days = DailyUsage.objects.for_user(user)
        ledger = cls(zone, TokenUsage.objects.for_user(user), days, days, days)
        ledger._person = user.pk
        return ledger

    @classmethod
    def all_for_staff(cls, user: User, zone: tzinfo) -> Ledger:
        """Everyone's calls; raises PermissionDenied for others than staff."""
        days = DailyUsage.objects
        return cls(
            zone,
            TokenUsage.objects.all_for_staff(user),
            days.all_for_staff(user),
            days.people_for_staff(user),
            days.persons_for_staff(user),
        )

    def narrowed(self, *, model: str = "", provider: str = "") -> Ledger:
        """The calls of one model, of one provider, or of both. Of people only the split rows know models."""
        only = {name: value for name, value in (("model", model), ("provider", provider)) if value}
        if not only:
            return self
        other = copy(self)
        other._only = only
        other._calls, other._days = self._calls.filter(**only), self._days.filter(**only)
        other._persons = other._people = self._persons.filter(**only)
        return other

    # ------------------------------------------------------------ questions

    def sums(self, span: Period) -> TokenSums:
        """One total."""
        return self._grouped(span)[()]

    def sums_by(self, span: Period, group: GroupBy) -> list[Named]:
        """A total for each group by its name: days in their order (YYYY-MM-DD), others from most tokens down."""
        found = {key: sums for (key,), sums in self._grouped(span, group).items()}
        if group == "user":
            return ordered(_by_username(found), group)
        return ordered(((str(key), sums) for key, sums in found.items()), group)

    def kinds(self, span: Period) -> dict[tuple[str, str], TokenSums]:
        """Totals by model and purpose."""
        return self._grouped(span, "model", "purpose")

    def split(self, span: Period, *keys: str) -> dict[tuple[str, ...], TokenSums]:
        """Totals by any of day, provider, model, purpose together."""
        return self._grouped(span, *keys)

    def daily(self, span: Period) -> dict[DayKey, TokenSums]:
        """Totals by day, provider, model and purpose: what all other sums of a page can be folded from."""
        return self._grouped(span, *WHOLE)

    def calls(self, span: Period) -> QuerySet[TokenUsage]:
        """The ledger's own rows, for what no roll-up knows; for short periods."""
        return span.within(self._calls, "at")

    def by_session(self, span: Period, chats: Iterable[UUID]) -> dict[UUID, TokenSums]:
        """Totals of a few sessions, of those that have any calls.

        Whose calls count is chosen here and not in the query: asked for a person, SQLite reads all their calls instead
        of those of the sessions.
        """
        calls = TokenUsage.objects.filter(settled_at__isnull=False, session__in=chats, **self._only)
        rows: Any = span.within(calls, "at").order_by().values("session", "user").annotate(**CALLS)
        found: dict[UUID, TokenSums] = defaultdict(TokenSums)
        for row in rows:
            if self._person in (None, row["user"]):
                found[row["session"]] += TokenSums.of(row)
        return found

    # ------------------------------------------------------------ adding up

    def _grouped(self, span: Period, *keys: str) -> dict[Any, TokenSums]:
        return self._steady(lambda: self._added(span, keys))

    def _steady(self, read: Callable[[], R]) -> R:
        """Read again where days went into the roll-ups or out of them meanwhile: they would be missing, or there
        twice. Reads stand in no transaction."""
        for _ in range(TRIES):
            before, result = self._mark(), read()
            if self._mark() == before:
                break
        return result

    def _mark(self) -> dict[str, int]:
        return self._rolled.aggregate(days=Count("pk"), last=Max("pk"))

    def _added(self, span: Period, keys: tuple[str, ...]) -> dict[Any, TokenSums]:
        """The roll-ups of the span and the calls of its gaps."""
        gaps = list(self._gaps(span))
        days = _on_days(self._people if keys == ("user",) else self._days, span)
        parts = [_kept(days) if keys == WHOLE else _by(days, keys, DAYS, in_order=span.start is None)]
        for gap in self._by_day(gaps) if "day" in keys else gaps:
            parts.append(self._of_gap(gap, keys))
        groups: dict[Any, TokenSums] = {} if keys else {(): TokenSums()}
        groups |= grouped(chain.from_iterable(parts))
        return {key: sums for key, sums in groups.items() if sums.calls or not keys}

    def _of_gap(self, gap: Gap, keys: tuple[str, ...]) -> Iterator[Summed]:
        """From its calls; of `keys` the day, which the calls do not know, is that of its beginning."""
        rows = _in_gap(self._calls, gap)
        if "day" not in keys or gap[0] is None:
            return _by(rows, keys, CALLS)
        at, day = keys.index("day"), day_of(gap[0], self.zone)
        found = _by(rows, keys[:at] + keys[at + 1 :], CALLS)
        return (((*key[:at], day, *key[at:]), sums) for key, sums in found)

    def _gaps(self, span: Period) -> Iterator[Gap]:
        """What no roll-up covers, as few stretches as there are."""
        begin, after = span.start, None if span.end is None else span.end.date()
        for day in _on_days(self._rolled, span).values_list("day", flat=True):
            if begin is None or begin.date() < day:
                yield begin, midnight(day, self.zone)
            begin = midnight(day + DAY, self.zone)
        if begin is None or after is None or begin.date() < after:
            yield begin, span.end

    def _by_day(self, gaps: list[Gap]) -> Iterator[Gap]:
        """The same, day by day, without the days before the first call and after the last."""
        for gap in gaps:
            ends = _in_gap(self._calls, gap).aggregate(first=Min("at"), last=Max("at"))
            if ends["first"] is None:
                continue
            day, last = day_of(ends["first"], self.zone), day_of(ends["last"], self.zone)
            while day <= last:
                yield midnight(day, self.zone), midnight(day + DAY, self.zone)
                day += DAY


def ordered(rows: Iterable[Named], group: GroupBy) -> list[Named]:
    """Days in their order, others from most tokens down."""
    return sorted(rows, key=lambda row: row[0] if group == "day" else (-row[1].total, row[0]))


def _on_days(rows: QuerySet[Any], span: Period) -> QuerySet[Any]:
    if span.start is None or span.end is None:
        return rows
    return rows.filter(day__gte=span.start.date(), day__lt=span.end.date())


def _in_gap(calls: QuerySet[TokenUsage], gap: Gap) -> QuerySet[TokenUsage]:
    start, end = gap
    calls = calls.filter(at__gte=start) if start else calls
    return calls.filter(at__lt=end) if end else calls


def _by(
    rows: QuerySet[Any], keys: tuple[str, ...], sums: dict[str, Any], *, in_order: bool = False
) -> Iterator[Summed]:
    if not keys:
        yield (), TokenSums.of(rows.aggregate(**sums))
        return
    for row in _by_query(rows, keys, sums, in_order=in_order).iterator(AT_ONCE):
        yield row[: len(keys)], TokenSums.of_values(*row[len(keys) :])


def _by_query(
    rows: QuerySet[Any], keys: tuple[str, ...], sums: dict[str, Any], *, in_order: bool = False
) -> QuerySet[Any, Any]:
    """Rows by `keys`. A user is grouped as a number, 0 for none: by the column itself SQLite reads the whole index of
    users and times, `in_order` of users, rather than the few rows of a time. For all rows that is what is wanted."""
    plain = [key for key in keys if key != "user"]
    person = {"person": F("user_id") if in_order else Coalesce("user_id", 0)} if "user" in keys else {}
    names = ["person" if key == "user" else key for key in keys]
    split: QuerySet[Any, Any] = rows.values(*plain, **person).annotate(**sums)
    return split.values_list(*names, *SUMMED)


def _kept(rows: QuerySet[DailyUsage]) -> Iterator[Summed]:
    """Each row by itself, by all of WHOLE: one person, or everyone, has one row of a key, and nothing is added up."""
    found = rows.values_list(*WHOLE, *KEPT)
    for row in found.iterator(AT_ONCE):
        yield row[: len(WHOLE)], TokenSums.of_values(*row[len(WHOLE) :])


def _by_username(found: dict[Any, TokenSums]) -> list[Named]:
    """Totals of people by their names; those of deleted accounts are one."""
    names = dict(User.objects.filter(pk__in=[key for key in found if key]).values_list("pk", "username"))
    groups: dict[str, TokenSums] = defaultdict(TokenSums)
    for key, sums in found.items():
        groups[names.get(key, DELETED)] += sums
    return list(groups.items())
