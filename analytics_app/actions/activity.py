"""Judging new messages, and adding up what happened by day, when the day is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min, QuerySet
from django.utils import timezone

from analytics_app import moods, topics
from analytics_app.facts import EDITION, Facts
from analytics_app.models import DailyActivity, Judgement
from analytics_app.queries.happened import folded_by_owner
from analytics_app.queries.periods import DAY, day_of, midnight
from sessions_app.models import Message, User
from sessions_app.transactions import write

from .rollups import AT_ONCE, days_since, zones_in_use

BATCH = 200  # messages judged between two writes
LOT = 500  # messages in one statement
BATCHES = 10  # in one step of the running server

Scope = DailyActivity.Scope


def catch_up() -> bool:
    """Judge new messages, then add up days that are over, the newest first, in every zone in use. True: there is more
    to do."""
    used = zones_in_use()
    for zone in used:
        today = day_of(timezone.now(), zone)
        due = due_days(zone)
        if any(judge(day=day, zone=zone, batches=BATCHES) for day in (today, today - DAY, *due[:AT_ONCE])):
            return True
        for day in due[:AT_ONCE]:
            roll_up_day(zone=zone, day=day)
        if len(due) > AT_ONCE:
            return True
    forget_zones(keep=used)
    return False


def due_days(zone: tzinfo) -> list[date]:
    """Days from the first message to the last that is over and not added up, the newest first."""
    kept = DailyActivity.objects.everyones().whole().filter(zone=str(zone))
    rolled = set(kept.values_list("day", flat=True))
    return [day for day in days_over(zone) if day not in rolled]


def days_to_rebuild(zone: tzinfo) -> list[date]:
    """Days that are over, and any other that is added up for whatever reason, the newest first."""
    rolled = DailyActivity.objects.everyones().filter(zone=str(zone)).values_list("day", flat=True)
    return sorted({*days_over(zone), *rolled}, reverse=True)


def days_over(zone: tzinfo) -> Iterator[date]:
    """Days from the first message to the last that is over, the newest first."""
    return days_since(Message.objects.written().aggregate(first=Min("created_at"))["first"], zone)


# ------------------------------------------------------------ messages


def unjudged(day: date, zone: tzinfo) -> QuerySet[Message]:
    """People's messages of this day that have no judgement yet."""
    return (
        Message.objects.written()
        .filter(
            created_at__gte=midnight(day, zone),
            created_at__lt=midnight(day + DAY, zone),
            role=Message.Role.USER,
            judgement=None,
        )
        .order_by("created_at")
    )


def judge(*, day: date, zone: tzinfo, batches: int | None = None) -> bool:
    """Tell moods and topics of a day's new messages, a batch between two writes. True where some are left."""
    made = 0
    while batches is None or made < batches:
        waiting = list(unjudged(day, zone).values_list("pk", "content")[:BATCH])
        if not waiting:
            return False
        found = [
            Judgement(message_id=key, sentiment=moods.mood_of(text), topics=topics.terms_of(text))
            for key, text in waiting
        ]
        with write():
            there = set(
                Message.objects.filter(pk__in=[key for key, _ in waiting]).values_list("pk", flat=True)
            )
            kept = [each for each in found if each.message_id in there]
            Judgement.objects.bulk_create(kept, ignore_conflicts=True)
        made += 1
    return unjudged(day, zone).exists()


# ------------------------------------------------------------ days


def roll_up_day(*, zone: tzinfo, day: date, again: bool = False) -> bool:
    """Add up one day whose messages are judged. False where it is there already; `again` makes it anew."""
    judge(day=day, zone=zone)
    facts = folded_by_owner(day, zone)
    facts.setdefault(None, Facts())
    place = {"zone": str(zone), "day": day}
    with write():
        _alone()
        there = DailyActivity.objects.filter(scope__in=Scope.values, **place)
        if not again and there.whole().exists():
            return False
        there.delete()
        people = set(User.objects.filter(pk__in=[key for key in facts if key]).values_list("pk", flat=True))
        DailyActivity.objects.bulk_create(
            [_row(key, each, place) for key, each in facts.items() if key is None or key in people],
            batch_size=500,
        )
    return True


def _row(owner: int | None, facts: Facts, place: dict[str, object]) -> DailyActivity:
    return DailyActivity(
        **place,
        scope=Scope.EVERYONE if owner is None else Scope.PERSON,
        user_id=owner,
        edition=EDITION,
        sessions=facts.sessions,
        facts=facts.as_json(),
        authors=facts.authors,
        terms=facts.terms,
    )


def forget_days(*, moments: Iterable[datetime]) -> int:
    """Take the days of these moments out of the roll-ups, where messages of them were deleted or rewritten: the rows
    answer for them until they are made again. Returns how many rows there were."""
    known, gone = list(moments), 0
    with write():
        _alone()
        for name in DailyActivity.objects.everyones().order_by().values_list("zone", flat=True).distinct():
            days = {day_of(moment, ZoneInfo(name)) for moment in known}
            gone += DailyActivity.objects.filter(scope__in=Scope.values, zone=name, day__in=days).delete()[0]
    return gone


def messages_changed(*, messages: Sequence[UUID], rewritten: bool) -> None:
    """Within the transaction that rewrote, deleted or brought back these messages: their days are added up anew, and
    other words are judged anew."""
    moments: set[datetime] = set()
    for first in range(0, len(messages), LOT):
        keys = messages[first : first + LOT]
        moments |= set(Message.objects.filter(pk__in=keys).values_list("created_at", flat=True))
        if rewritten:
            Judgement.objects.filter(message__in=keys).delete()
    forget_days(moments=moments)


def forget_zones(*, keep: Iterable[tzinfo]) -> int:
    """Forget the days of zones nobody uses any more. Returns how many there were."""
    unused = DailyActivity.objects.everyones().exclude(zone__in=[str(zone) for zone in keep]).order_by("pk")
    days = list(unused.values_list("zone", "day"))
    for zone, day in days:
        with write():
            DailyActivity.objects.filter(scope__in=Scope.values, zone=zone, day=day).delete()
    return len(days)


def _alone() -> None:
    """Of two processes that add up the same day one waits; on SQLite a write transaction is alone anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {DailyActivity._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
