"""One session in figures: what it holds, what it cost, how long its answers took. Sums are those of its ledger rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Max, Q, QuerySet, Sum

from analytics_app.queries.tokens import CALLS, TokenSums
from sessions_app.models import ChatSession, Message, Reply, TokenUsage, ToolCall

COSTLIEST = 5
EXCERPT = 90


@dataclass(frozen=True, slots=True)
class Times:
    """In ms, exact; None where none was taken. `p95` is the smallest time that 95 % of them do not exceed."""

    count: int
    average: int | None = None
    median: int | None = None
    p95: int | None = None


@dataclass(frozen=True, slots=True)
class ToolUse:
    """Runs of one tool: how many, how many were done, and their times in ms."""

    name: str
    runs: int
    done: int
    average_ms: int | None
    longest_ms: int | None


@dataclass(frozen=True, slots=True)
class Costly:
    """One of the costliest answers: its key, the beginning of its question, what it came to."""

    message: UUID
    question: str
    cost: Decimal
    tokens: int
    calls: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """`sums` are those of the settled calls, `models` and `purposes` split them. `replies` are those that ran here,
    `not_shown` of them are versions beside the shown path, or deleted; `copied` messages count where they came from."""

    sums: TokenSums
    models: list[tuple[str, str, TokenSums]]
    purposes: list[tuple[str, TokenSums]]
    replies: int
    turns: int
    not_shown: int
    copied: int
    response: Times
    first_token: Times
    tools: list[ToolUse]
    failed_calls: list[tuple[str, int]]
    ended: dict[str, int]
    costliest: list[Costly]


def figures(chat: ChatSession) -> Figures:
    """Ten questions, whatever the session's length."""
    calls = TokenUsage.objects.filter(session_key=chat.pk, settled_at__isnull=False).order_by()
    groups = [
        (row["provider"], row["model"], row["purpose"], TokenSums.of(row))
        for row in calls.values("provider", "model", "purpose").annotate(**CALLS)
    ]
    ran = Reply.objects.ran().filter(session=chat).order_by()
    times = list(
        ran.values_list("status", "turns", "created_at", "first_token_at", "finished_at", "message__active")
    )
    failed = calls.filter(ok=False).values_list("error_type").annotate(count=Count("pk"))
    return Figures(
        sums=sum((sums for *_, sums in groups), TokenSums()),
        models=_by(groups, lambda row: (row[0], row[1])),
        purposes=[(purpose, sums) for purpose, sums in _by(groups, lambda row: (row[2],))],
        replies=len(times),
        turns=sum(row[1] for row in times),
        not_shown=sum(not row[5] for row in times),
        copied=Message.objects.filter(session=chat).copies().count(),
        response=_times([_ms(row[2], row[4]) for row in times if row[0] == Reply.Status.COMPLETE and row[4]]),
        first_token=_times([_ms(row[2], row[3]) for row in times if row[3]]),
        tools=_tools(chat),
        failed_calls=[(name or "failed", count) for name, count in failed.order_by("-count", "error_type")],
        ended=_ended(times),
        costliest=_costliest(calls),
    )


def _by(groups: Any, key: Any) -> list[Any]:
    """Totals by a part of their keys, the costliest first."""
    found: dict[Any, TokenSums] = defaultdict(TokenSums)
    for row in groups:
        found[key(row)] += row[3]
    return [
        (*name, sums)
        for name, sums in sorted(found.items(), key=lambda each: (-each[1].cost, -each[1].total, each[0]))
    ]


def _ended(times: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in times:
        found[row[0]] += 1
    return dict(sorted(found.items()))


def _ms(begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds() * 1000))


def _times(taken: list[int]) -> Times:
    if not taken:
        return Times(0)
    ordered = sorted(taken)
    p95 = ordered[-(-len(ordered) * 95 // 100) - 1]
    return Times(len(ordered), round(sum(ordered) / len(ordered)), round(median(ordered)), p95)


def _tools(chat: ChatSession) -> list[ToolUse]:
    rows = ToolCall.objects.filter(message__session=chat, message__reply__copied=False).order_by()
    found: QuerySet[Any, Any] = rows.values("tool_name").annotate(
        runs=Count("pk"),
        done=Count("pk", filter=Q(status=ToolCall.Status.SUCCESS)),
        average=Avg("duration_ms"),
        longest=Max("duration_ms"),
    )
    return [
        ToolUse(
            row["tool_name"],
            row["runs"],
            row["done"],
            None if row["average"] is None else round(row["average"]),
            row["longest"],
        )
        for row in found.order_by("-runs", "tool_name")
    ]


def _costliest(calls: QuerySet[TokenUsage]) -> list[Costly]:
    tokens = Sum("input") + Sum("cache_read") + Sum("cache_write_5m") + Sum("cache_write_1h") + Sum("output")
    rows: Any = calls.filter(message__isnull=False, cost__gt=0).values_list("message")
    rows = rows.annotate(spent=Sum("cost"), tokens=tokens, number=Count("pk")).order_by("-spent", "message")
    found = list(rows[:COSTLIEST])
    messages = Message.objects.select_related("parent").only("active", "parent__content")
    known = messages.in_bulk([key for key, *_ in found])
    return [
        Costly(key, excerpt(known[key]), cost, tokens, number, known[key].active)
        for key, cost, tokens, number in found
        if key in known
    ]


def excerpt(answer: Message) -> str:
    """The beginning of what was asked."""
    words = " ".join((answer.parent.content if answer.parent else "")[: 4 * EXCERPT].split())
    return words if len(words) <= EXCERPT else f"{words[: EXCERPT - 1]}…"
