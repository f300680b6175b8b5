"""Adding the ledger up by day: which days are due, one day at a time, and forgetting days whose calls changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from analytics_app.models import DailyUsage, RolledDay
from analytics_app.queries.periods import DAY, day_of, midnight
from sessions_app.models import TokenUsage, User
from sessions_app.transactions import write

AFTER = timedelta(hours=1)  # a day is over for so long before it is rolled up
AT_ONCE = 20  # days a step of the running server makes

Scope = DailyUsage.Scope
SPLIT = ("provider", "model", "purpose")
FIGURES: dict[str, Any] = {
    "calls": Count("pk"),
    "failed_calls": Count("pk", filter=Q(ok=False)),
    "unpriced_calls": Count("pk", filter=Q(cost__isnull=True)),
    **{
        kind: Sum(kind, default=0)
        for kind in ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    },
    "cost": Sum("cost", default=0),
    "duration_ms": Sum("duration_ms", default=0),
    "first_token_ms": Sum("first_token_ms", default=0),
    "first_tokens": Count("first_token_ms"),
}


def catch_up() -> bool:
    """Roll up days that are due, the newest first, in every zone in use; forget zones nobody uses. True: there is
    more to do."""
    used = zones_in_use()
    for zone in used:
        made = 0
        for day in due_days(zone):
            made += roll_up_day(zone=zone, day=day)
            if made == AT_ONCE:
                return True
    forget_zones(keep=used)
    return False


def zones_in_use() -> list[tzinfo]:
    """The site's time zone and those of people."""
    chosen = User.objects.filter(is_active=True).values_list(
        KeyTextTransform("time_zone", "preferences"), flat=True
    )
    people = [User(preferences={"time_zone": name}).zone for name in chosen.distinct() if name]
    zones = {str(zone): zone for zone in (ZoneInfo(settings.TIME_ZONE), *people)}
    return list(zones.values())


def days_over(zone: tzinfo) -> Iterator[date]:
    """Days from the first call to the last that is over, the newest first."""
    return days_since(TokenUsage.objects.aggregate(first=Min("at"))["first"], zone)


def days_since(begun: datetime | None, zone: tzinfo) -> Iterator[date]:
    """Days from that of `begun` to the last that is over, the newest first; none where nothing has begun."""
    if begun is None:
        return
    first, day = day_of(begun, zone), day_of(timezone.now() - AFTER, zone) - DAY
    while day >= first:
        yield day
        day -= DAY


def due_days(zone: tzinfo) -> list[date]:
    """Days that are over and not rolled up, the newest first."""
    rolled = set(RolledDay.objects.filter(zone=str(zone)).values_list("day", flat=True))
    return [day for day in days_over(zone) if day not in rolled]


def days_to_rebuild(zone: tzinfo) -> list[date]:
    """Days that are over, and any other that is rolled up for whatever reason, the newest first."""
    rolled = RolledDay.objects.filter(zone=str(zone)).values_list("day", flat=True)
    return sorted({*days_over(zone), *rolled}, reverse=True)


def calls_of(zone: tzinfo, day: date) -> QuerySet[TokenUsage]:
    """All calls that began on this day."""
    return TokenUsage.objects.filter(at__gte=midnight(day, zone), at__lt=midnight(day + DAY, zone)).order_by()


def roll_up_day(*, zone: tzinfo, day: date, again: bool = False) -> bool:
    """Add up one day in one short transaction; `again` replaces what is there. False where nothing was made: it is
    there already, or a call of that day still runs (then the ledger answers for it)."""
    with write():
        _alone()
        there = RolledDay.objects.filter(zone=str(zone), day=day)
        if not again and there.exists():
            return False
        _forget(str(zone), [day])
        calls = calls_of(zone, day)
        if calls.filter(settled_at__isnull=True).exists():
            return False
        place = {"zone": str(zone), "day": day}
        _insert(calls, ("user", *SPLIT), FIGURES, **place, scope=Scope.PERSON)
        whole = {name: Sum(name) for name in FIGURES}
        people = DailyUsage.objects.filter(**place, scope=Scope.PERSON).order_by()
        _insert(people, SPLIT, whole, **place, scope=Scope.EVERYONE, user=None)
        _insert(people, ("user",), whole, **place, scope=Scope.PEOPLE, provider="", model="", purpose="")
        RolledDay.objects.create(**place)
        return True


def forget_days(*, moments: Iterable[datetime]) -> int:
    """Take the days of calls that began at these moments out of the roll-ups: the ledger answers for them until they
    are made again. Belongs into the transaction that changes the calls. Returns how many days there were."""
    known = list(moments)
    forgotten = 0
    with write():
        _alone()
        for name in RolledDay.objects.order_by().values_list("zone", flat=True).distinct():
            zone = ZoneInfo(name)
            days = {day_of(moment, zone) for moment in known}
            forgotten += _forget(name, sorted(days))
    return forgotten


def forget_zones(*, keep: Iterable[tzinfo]) -> int:
    """Forget the roll-ups of zones nobody uses, a day at a time. Returns how many days there were."""
    unused = RolledDay.objects.exclude(zone__in=[str(zone) for zone in keep]).order_by("pk")
    forgotten = 0
    for zone, day in list(unused.values_list("zone", "day")):
        with write():
            _alone()
            forgotten += _forget(zone, [day])
    return forgotten


def _forget(zone: str, days: list[date]) -> int:
    """Both tables in the same transaction: a day without its mark is read from the ledger."""
    forgotten = 0
    for day in days:
        gone, _ = RolledDay.objects.filter(zone=zone, day=day).delete()
        if gone:
            DailyUsage.objects.filter(scope__in=Scope.values, zone=zone, day=day).delete()
        forgotten += gone
    return forgotten


def _alone() -> None:
    """Whoever makes or forgets days waits for the others to commit: a day is never made from calls that are being
    changed. Readers do not wait. On SQLite a write transaction is alone anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {RolledDay._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _insert(rows: QuerySet[Any], keys: tuple[str, ...], figures: dict[str, Any], **fixed: Any) -> None:
    """INSERT ... SELECT: sums of `rows` by `keys`, with `fixed` columns of DailyUsage."""
    field: Callable[[str], Any] = DailyUsage._meta.get_field
    values = {
        f"fixed_{name}": Value(value, output_field=_plain(field(name))) for name, value in fixed.items()
    }
    sums = {f"sum_{name}": figure for name, figure in figures.items()}
    select = rows.values(*keys).annotate(**sums, **values).values_list(*keys, *sums, *values)
    columns = ", ".join(field(name).column for name in (*keys, *figures, *fixed))
    sql, parameters = select.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {DailyUsage._meta.db_table} ({columns}) {sql}", parameters)


def _plain(field: Any) -> Any:
    """The type of a column's value: of a reference, that of what it refers to."""
    return field.target_field if field.is_relation else field
