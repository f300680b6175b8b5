"""What the first page of the admin site says: today beside yesterday, the last 14 days, the last errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from analytics_app.facts import Facts
from analytics_app.queries.activity import Activity
from analytics_app.queries.ledger import Ledger
from analytics_app.queries.periods import DAY, Period, between
from analytics_app.queries.tokens import TokenSums
from sessions_app.actions.processes import DEAD_AFTER
from sessions_app.agent.labels.views import Columns, Unit
from sessions_app.agent.labels.words import money
from sessions_app.models import Reply, RunnerProcess, TokenUsage, User
from sessions_app.rendering.charts import chart_html

DAYS = 14
MOST_ERRORS = 6


@dataclass(frozen=True, slots=True)
class Counter:
    """A figure of today, beside yesterday's where there is one."""

    key: str
    name: str
    value: str
    before: str = ""
    href: str = ""
    note: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    sessions: int
    messages: int
    tokens: int
    cost: Decimal | None  # None: there were calls, and the price of none of them is known
    errors: int


@dataclass(frozen=True, slots=True)
class Error:
    """A reply or a call that failed."""

    at: datetime
    what: str
    kind: str
    href: str


def overview(user: User) -> dict[str, Any]:
    """Days are those of whoever looks. From the roll-ups where a day has one, else from its rows: the figures of a long
    ledger are not added up for this page."""
    zone, now = user.zone, timezone.now()
    today = now.astimezone(zone).date()
    span = between(today - (DAYS - 1) * DAY, today, zone)
    ledger, activity = Ledger.all_for_staff(user, zone), Activity.all_for_staff(user, zone)
    sums = {date.fromisoformat(name): each for name, each in ledger.sums_by(span, "day")}
    facts = activity.days(span, "messages", "replies")
    days = [_day(day, sums.get(day, TokenSums()), facts.get(day, Facts())) for day in span.days]
    return {
        "counters": [
            *_now(),
            *_today(days[-1], days[-2], sums.get(today, TokenSums())),
            _calls(between(today, today, zone)),
        ],
        "charts": _charts(days),
        "days": [_told(day) for day in reversed(days)],
        "errors": _errors(span),
    }


def _day(day: date, sums: TokenSums, facts: Facts) -> Day:
    failed = facts.number("replies", "failed") + facts.number("replies", "interrupted")
    return Day(day, facts.sessions, facts.messages, sums.total, sums.known_cost, failed)


def _now() -> list[Counter]:
    """What goes on at this moment."""
    replies = reverse("admin:sessions_app_reply_changelist")
    calls = reverse("admin:sessions_app_tokenusage_changelist")
    running = Reply.objects.filter(status=Reply.Status.RUNNING).count()
    queued = Reply.objects.filter(status=Reply.Status.QUEUED).count()
    dead = RunnerProcess.objects.filter(
        ended_at__isnull=True, beat_at__lt=timezone.now() - DEAD_AFTER
    ).count()
    told = [
        Counter("running", "Running replies", f"{running:,}", href=f"{replies}?status__exact=running"),
        Counter("queued", "Queued replies", f"{queued:,}", href=f"{replies}?status__exact=queued"),
        Counter(
            "open",
            "Open calls",
            f"{TokenUsage.objects.open().count():,}",
            href=f"{calls}?settled_at__isempty=1",
        ),
    ]
    processes = reverse("admin:sessions_app_runnerprocess_changelist")
    return [*told, Counter("dead", "Dead processes", f"{dead:,}", href=processes, bad=dead > 0)]


def _today(now: Day, before: Day, sums: TokenSums) -> list[Counter]:
    chats, calls = (
        reverse("admin:sessions_app_chatsession_changelist"),
        reverse("admin:sessions_app_reply_changelist"),
    )
    unpriced = sums.unpriced_calls
    note = f"and {unpriced:,} {'call' if unpriced == 1 else 'calls'} of unknown price" if unpriced else ""
    return [
        Counter("sessions", "Sessions active", f"{now.sessions:,}", f"{before.sessions:,}", chats),
        Counter("messages", "Messages", f"{now.messages:,}", f"{before.messages:,}"),
        Counter("tokens", "Tokens", f"{now.tokens:,}", f"{before.tokens:,}"),
        Counter("cost", "Cost", money(now.cost), money(before.cost), note=note),
        Counter(
            "failed", "Failed replies", f"{now.errors:,}", f"{before.errors:,}", f"{calls}?status__exact=failed",
            bad=now.errors > 0,
        ),
    ]  # fmt: skip


def _calls(today: Period) -> Counter:
    """Of all calls of today those that failed by the provider's doing: what a person stopped has not."""
    rows = today.within(TokenUsage.objects.filter(settled_at__isnull=False), "at")
    failed = rows.filter(ok=False).exclude(error_type="stopped").count()
    href = f"{reverse('admin:sessions_app_tokenusage_changelist')}?ok__exact=0"
    return Counter("calls", "Failed calls", f"{failed:,} of {rows.count():,}", href=href, bad=failed > 0)


def _charts(days: list[Day]) -> list[str]:
    wanted: tuple[tuple[str, Callable[[Day], float], Unit, str], ...] = (
        ("Messages", lambda day: day.messages, "", "message"),
        ("Tokens", lambda day: day.tokens, "", "token"),
        ("Cost", lambda day: float(day.cost or 0), "$", ""),
        ("Failed replies", lambda day: day.errors, "", ""),
    )
    labels = tuple(f"{day.day.day} {day.day:%B}" for day in days)
    return [
        chart_html(
            Columns(
                title, (title,), labels, tuple((float(value(day)),) for day in days),
                unit=unit, noun=noun, palette="series", low=True,
                missing=frozenset(at for at, day in enumerate(days) if unit == "$" and day.cost is None),
            )
        )
        for title, value, unit, noun in wanted
    ]  # fmt: skip


def _told(day: Day) -> dict[str, str]:
    return {
        "day": f"{day.day.day} {day.day:%B}",
        "sessions": f"{day.sessions:,}",
        "messages": f"{day.messages:,}",
        "tokens": f"{day.tokens:,}",
        "cost": money(day.cost),
        "errors": f"{day.errors:,}",
    }


def _errors(span: Period) -> list[Error]:
    """The last of these days, replies and calls in one list. Calls a person stopped have not failed."""
    replies = Reply.objects.filter(status=Reply.Status.FAILED, copied=False).select_related("message")
    replies = replies.only("status", "error_type", "created_at", "finished_at", "message__model")
    found = [
        Error(
            row.finished_at or row.created_at, row.message.model, row.error_type or "failed",
            reverse("admin:sessions_app_reply_change", args=[row.pk]),
        )
        for row in span.within(replies, "created_at").order_by("-created_at")[:MOST_ERRORS]
    ]  # fmt: skip
    calls = TokenUsage.objects.filter(ok=False, settled_at__isnull=False, purpose=TokenUsage.Purpose.TITLE)
    found += [
        Error(
            row.at, f"{row.model}, {row.get_purpose_display().lower()}", row.error_type or "failed",
            reverse("admin:sessions_app_tokenusage_change", args=[row.pk]),
        )
        for row in span.within(calls, "at").exclude(error_type="stopped").order_by("-at")[:MOST_ERRORS]
    ]  # fmt: skip
    return sorted(found, key=lambda error: error.at, reverse=True)[:MOST_ERRORS]
