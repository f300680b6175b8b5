"""Replies that ended, on the day they ended; copies never ran."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models import Value as Fixed
from django.db.models.functions import Coalesce

from analytics_app.facts import total as facts_of_all
from analytics_app.queries.places import moment
from sessions_app import offering
from sessions_app.models import Reply, TokenUsage

from .kind import Column, Kind, Row, Sort, Value, microseconds, number
from .narrowing import narrowed
from .wish import ANY, Wish

SORTED = 20_000  # the newest replies that are put in another order than that of time
SUMMED = 5_000  # those whose calls are added up for it
READ = (
    "status", "turns", "model_config", "created_at", "first_token_at", "finished_at", "error_type", "message__model",
    "session__owner__username",
)  # fmt: skip
STATES = {"complete": "well", "failed": "failing", "interrupted": "failing", "stopped": "waiting"}
ENDED = Q(finished_at__isnull=False)


def rows(asked: Wish) -> QuerySet[Reply]:
    ended = asked.question.span.within(Reply.objects.ran().filter(ENDED), "finished_at").order_by()
    found = narrowed(
        ended, asked, session="session", model="message__model", provider="model_config__provider"
    )
    if asked.error:
        found = found.exclude(error_type="")
        found = found if asked.error == ANY else found.filter(error_type=asked.error)
    return found


def total(asked: Wish) -> Sequence[str]:
    """From the facts of days where nothing is left out that they count."""
    if asked.narrowed or asked.question.narrowed:
        states = rows(asked).values_list("status").annotate(count=Count("pk")).order_by("status")
        by_status = dict(states)
    else:
        question = asked.question
        facts = facts_of_all(question.activity().days(question.span, "replies").values(), "replies")
        by_status = dict(sorted(facts.groups["replies"].items()))
    count = sum(by_status.values())
    return [
        "1 reply" if count == 1 else f"{count:,} replies",
        *(f"{number:,} {Reply.Status(status).label.lower()}" for status, number in by_status.items()),
    ]


def tell(_asked: Wish, found: Sequence[Reply]) -> list[Row]:
    costs = _costs([reply.pk for reply in found])
    return [_row(reply, costs.get(reply.pk, Decimal(0))) for reply in found]


def _costs(keys: list[UUID]) -> dict[UUID | None, Decimal | None]:
    """What those that called a model came to; None where one of the calls has no price."""
    calls = TokenUsage.objects.filter(message__in=keys, settled_at__isnull=False).order_by()
    sums: Any = calls.values("message").annotate(
        summed=Sum("cost"), unpriced=Count("pk", filter=Q(cost__isnull=True))
    )
    return {row["message"]: None if row["unpriced"] else row["summed"] for row in sums}


def _row(reply: Reply, cost: Decimal | None) -> Row:
    values: dict[str, Value] = {
        "at": reply.finished_at,
        "asked": reply.created_at,
        "user": reply.session.owner.username,
        "model": offering.label(reply.message.model, reply.model_config.get("provider", "")),
        "status": str(Reply.Status(reply.status).label),
        "error": reply.error_type or None,
        "turns": reply.turns,
        "response_ms": _ms(reply.created_at, reply.finished_at),
        "first_token_ms": _ms(reply.created_at, reply.first_token_at),
        "cost": cost,
    }
    return Row(
        values,
        reply.session_id,
        states={"status": STATES.get(reply.status, "")},
        titles={"model": reply.message.model},
    )


def _ms(begin: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, round((end - begin).total_seconds() * 1000))


def _lasted(end: Any) -> Any:
    return ExpressionWrapper(end - F("created_at"), output_field=DurationField())


_cost = Coalesce(
    Subquery(
        TokenUsage.objects.filter(message=OuterRef("pk"), settled_at__isnull=False)
        .order_by()
        .values("message")
        .annotate(summed=Sum("cost", output_field=BigIntegerField()))
        .values("summed")
    ),
    Fixed(-1),
    output_field=BigIntegerField(),
)

KIND = Kind(
    key="replies",
    title="Replies",
    about="One row for each answer that has ended, on the day it ended. Response time is from sending to the end, with "
    "the queue and approvals; copies of branches never ran and are not here.",
    noun="reply",
    at="finished_at",
    filters=("error", "session"),
    sorts={
        "at": Sort("finished_at", moment),
        "cost": Sort(_cost, number, SUMMED),
        "duration": Sort(_lasted(F("finished_at")), microseconds, SORTED),
        "first_token": Sort(_lasted(Coalesce("first_token_at", "created_at")), microseconds, SORTED),
    },
    columns=(
        Column("at", "Ended", "moment"),
        Column("asked", "Asked", "moment"),
        Column("user", "Whose session", staff=True),
        Column("model", "Model"),
        Column("status", "Status"),
        Column("error", "Error"),
        Column("turns", "Turns", "count"),
        Column("response_ms", "Response time", "ms"),
        Column("first_token_ms", "First token", "ms"),
        Column("cost", "Cost", "money"),
        Column("session", "Session"),
    ),
    rows=lambda asked: rows(asked).select_related("message", "session__owner").only(*READ),
    total=total,
    tell=tell,
)
