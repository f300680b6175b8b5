"""Calls that failed, and calls whose price is unknown."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Sum

from analytics_app.dashboard.panel import Column, Contents, Sheet
from analytics_app.dashboard.question import Question
from analytics_app.dashboard.reads import Reads
from analytics_app.queries.health.calls import STOPPED
from analytics_app.queries.tokens import CALLS as SUMS
from analytics_app.queries.tokens import TokenSums, added
from sessions_app.agent.labels.words import counted

from .sheets import CALLS, TOKENS, nothing, rows_address

KINDS = (
    Column("error", "Kind"),
    Column("provider", "Provider"),
    CALLS,
    Column("tokens", "Tokens wasted", "count"),
    Column("cost", "Cost wasted", "money"),
    Column("last", "Last", "moment"),
)
UNPRICED = (Column("model", "Model"), Column("provider", "Provider"), CALLS, TOKENS)


def errors(question: Question, reads: Reads) -> Contents:
    """Failed calls by kind; what a person stopped did not fail."""
    failed = reads.ledger.calls(question.span).filter(ok=False).exclude(error_type=STOPPED).order_by()
    split: Any = failed.values("error_type", "provider").annotate(**SUMS, last=Max("at"))
    found: list[dict[str, Any]] = sorted(
        split,
        key=lambda row: (-row["n_calls"], row["error_type"], row["provider"]),
    )
    if not found:
        return nothing(KINDS, "No call failed in this period.")
    sums = [TokenSums.of(row) for row in found]
    rows = tuple(
        (
            row["error_type"] or "unknown",
            row["provider"],
            each.calls,
            each.total,
            each.known_cost,
            row["last"].astimezone(question.zone),
        )
        for row, each in zip(found, sums, strict=True)
    )
    whole = added(("", each) for each in sums)
    return Contents(
        Sheet(
            KINDS,
            rows,
            {
                at: rows_address("calls", question, error=row["error_type"], provider=row["provider"])
                for at, row in enumerate(found)
                if row["error_type"]
            },
            total=("All", None, whole.calls, whole.total, whole.known_cost, None),
        ),
        total=counted(whole.calls, "call"),
        said=("Calls that a person stopped are not among them.",),
    )


def unpriced(question: Question, reads: Reads) -> Contents:
    if not reads.sums.unpriced_calls:
        return nothing(UNPRICED, "The price of every call of this period is known.")
    calls = reads.ledger.calls(question.span).filter(cost__isnull=True).order_by()
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    split: Any = calls.values("model", "provider").annotate(
        n=Count("*"), **{f"n_{kind}": Sum(kind) for kind in kinds}
    )
    found: list[dict[str, Any]] = sorted(split, key=lambda row: (-row["n"], row["model"], row["provider"]))
    rows = tuple(
        (row["model"], row["provider"], row["n"], sum(int(row[f"n_{kind}"]) for kind in kinds))
        for row in found
    )
    return Contents(
        Sheet(
            UNPRICED,
            rows,
            {
                at: rows_address(
                    "calls", question, unpriced="1", model=row["model"], provider=row["provider"]
                )
                for at, row in enumerate(found)
            },
            total=("All", None, sum(row[2] for row in rows), sum(row[3] for row in rows)),
        ),
        total=counted(reads.sums.unpriced_calls, "call"),
        href=rows_address("calls", question, unpriced="1"),
    )
