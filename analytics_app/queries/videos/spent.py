"""Tokens and cost of answers about a creator's videos: sums over their rows of the ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from analytics_app.queries.periods import Period
from analytics_app.queries.tokens import CALLS, TokenSums
from sessions_app.knowledge.models import VideoAnswer
from sessions_app.models import TokenUsage
from sessions_app.models.usage import TOKEN_KINDS

WAY = "message__usage"


def by_asker(answers: QuerySet[VideoAnswer]) -> dict[int | None, TokenSums]:
    """The settled calls of these answers by whom they were made for; each call once, however many videos were at hand."""
    calls = TokenUsage.objects.filter(settled_at__isnull=False, message__in=answers.values("message"))
    rows: QuerySet[Any, Any] = calls.order_by().values("user").annotate(**CALLS)
    return {row["user"]: TokenSums.of(row) for row in rows}


def total(answers: QuerySet[VideoAnswer]) -> TokenSums:
    calls = TokenUsage.objects.filter(settled_at__isnull=False, message__in=answers.values("message"))
    return TokenSums.of(calls.order_by().aggregate(**CALLS))


def by_video(answers: QuerySet[VideoAnswer]) -> dict[UUID, TokenSums]:
    """For each video those of all answers that had it at hand: of two videos both."""
    sums: dict[str, Any] = {
        **{f"n_{kind}": Sum(f"{WAY}__{kind}", default=0) for kind in TOKEN_KINDS},
        "n_calls": Count("*"),
        "n_cost": Sum(f"{WAY}__cost"),
        "n_unpriced": Count("*") - Count(f"{WAY}__cost"),
    }
    rows: QuerySet[Any, Any] = answers.filter(**{f"{WAY}__settled_at__isnull": False}).values("video")
    return {row["video"]: TokenSums.of(row) for row in rows.annotate(**sums)}


def indexing(creator: int, span: Period) -> TokenSums:
    """What embedding the creator's transcripts took: their calls of this purpose that are of no session."""
    calls = TokenUsage.objects.filter(
        user=creator,
        purpose=TokenUsage.Purpose.EMBEDDING,
        session__isnull=True,
        message__isnull=True,
        settled_at__isnull=False,
    )
    return TokenSums.of(span.within(calls, "at").order_by().aggregate(**CALLS))
