"""Whether roll-ups and the counters of budgets hold what the ledger holds; `manage.py doctor` runs both through
DOCTOR_CHECKS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from analytics_app.actions.rollups import FIGURES, SPLIT, Scope, calls_of
from analytics_app.models import Budget, BudgetSpan, DailyUsage, Reservation, RolledDay
from analytics_app.queries.budgets import spent_in, used_of
from analytics_app.spans import Span
from sessions_app.doctor import Finding, Findings, FurtherCheck
from sessions_app.models import Reply

NAME = "roll-ups are sums of the ledger"
BUDGET_NAME = "budgets count what the ledger holds"
WRONG = {"calls": "is not what its calls add up to", "requests": "counts fewer than were sent"}
Key = tuple[Any, ...]
Rows = dict[Key, tuple[Any, ...]]


def examine(chat: UUID | None) -> Findings:
    """Every rolled day of every zone. A chat alone has no roll-ups."""
    if chat is not None:
        return
    for row in RolledDay.objects.order_by("zone", "day").iterator(500):
        wrong = _differing(row.zone, row.day)
        # A live server may have forgotten the day, or made it again, between the two reads.
        if wrong and RolledDay.objects.filter(pk=row.pk).exists():
            yield Finding(NAME, f"rolledday {row}", f"is not what its calls add up to: {', '.join(wrong)}")
    marked = RolledDay.objects.filter(zone=OuterRef("zone"), day=OuterRef("day"))
    stray = DailyUsage.objects.filter(~Exists(marked)).order_by().values_list("zone", "day").distinct()
    for zone, day in stray:
        yield Finding(NAME, f"dailyusage {day} {zone}", "has rows, but is not marked as rolled up")


CHECK = FurtherCheck(NAME, examine)


def examine_budgets(chat: UUID | None) -> Findings:
    """Every counter, and what is reserved. A chat alone is not looked at: its counters may be anyone's."""
    if chat is not None:
        return
    for row in BudgetSpan.objects.order_by("pk").iterator(500):
        # A live server may settle a call, or forget the counter, between the two reads.
        if not any(_agrees(row.pk) for _ in range(3)):
            yield Finding(BUDGET_NAME, f"budgetspan {row.pk}", f"{row} {WRONG[row.kind]}")
    for reservation in Reservation.objects.filter(usage__settled_at__isnull=False).order_by("pk"):
        yield Finding(BUDGET_NAME, f"reservation {reservation.pk}", "is of a call that is settled")


BUDGETS = FurtherCheck(BUDGET_NAME, examine_budgets)


def _agrees(key: int) -> bool:
    row = BudgetSpan.objects.filter(pk=key).first()
    if row is None or row.period == Budget.Period.MINUTE:
        return True
    span = Span(row.begins, row.ends)
    if row.kind == BudgetSpan.Kind.REQUESTS:
        return _asked(row.scope, span) <= row.requests
    return spent_in(row.scope, span) == used_of(row)


def _asked(scope: str, span: Span) -> int:
    """Replies that must have been counted in this span. A counter may know of more: of messages that still wait or
    were taken back, and of what was deleted for ever since. Those that waited may have been counted the day before."""
    rows = Reply.objects.ran().filter(created_at__gte=span.begins, created_at__lt=span.ends)
    rows = rows.exclude(model_config__has_key="waited").order_by()
    name, _, key = scope.partition(":")
    wanted = {"user": "message__parent__author", "session": "session", "token": "api_token"}
    return (rows.filter(**{wanted[name]: key}) if name in wanted else rows).count()


def _differing(zone: str, day: date) -> list[str]:
    """The scopes whose rows are not the ledger's sums."""
    calls = calls_of(ZoneInfo(zone), day)
    open_calls = calls.filter(settled_at__isnull=True).exists()
    people = _by(calls.values("user", *SPLIT).annotate(**{f"sum_{n}": f for n, f in FIGURES.items()}), "sum_")
    rows = DailyUsage.objects.filter(zone=zone, day=day).order_by()
    expected = {
        Scope.PERSON: people,
        Scope.EVERYONE: _folded(people, lambda key: (None, *key[1:])),
        Scope.PEOPLE: _folded(people, lambda key: (key[0], "", "", "")),
    }
    wrong = [str(scope) for scope, sums in expected.items() if _by(rows.filter(scope=scope).values()) != sums]
    return [*wrong, "a call is open"] if open_calls else wrong


def _by(rows: QuerySet[Any, Any], prefix: str = "") -> Rows:
    """Sums by person, provider, model and purpose: rows of deleted people may be several."""
    found: Rows = {}
    for row in rows:
        key = (row.get("user_id", row.get("user")), *(row[name] for name in SPLIT))
        found[key] = _plus(found.get(key), tuple(row[prefix + name] for name in FIGURES))
    return found


def _folded(rows: Rows, to: Callable[[Key], Key]) -> Rows:
    found: Rows = {}
    for key, sums in rows.items():
        found[to(key)] = _plus(found.get(to(key)), sums)
    return found


def _plus(first: tuple[Any, ...] | None, second: tuple[Any, ...]) -> tuple[Any, ...]:
    return second if first is None else tuple(a + b for a, b in zip(first, second, strict=True))
