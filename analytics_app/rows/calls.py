"""Model calls: rows of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, F, QuerySet
from django.db.models import Value as Fixed
from django.db.models.functions import Coalesce

from analytics_app.queries.places import moment
from analytics_app.queries.tokens import CALLS, TokenSums, added
from sessions_app import offering
from sessions_app.models import TokenUsage

from .kind import Column, Kind, Row, Sort, Value, number
from .telling import sums_words
from .wish import ANY, Wish, purpose_word

SORTED = 100_000  # the newest calls that are put in another order than that of time: 0.3 s


def rows(asked: Wish) -> QuerySet[TokenUsage]:
    question = asked.question
    calls = TokenUsage.objects
    found: QuerySet[TokenUsage] = (
        calls.all_for_staff(question.asker) if question.person is None else calls.for_user(question.person)
    )
    found = question.span.within(found.filter(settled_at__isnull=False), "at").order_by()
    equal = {
        "model": question.model,
        "provider": question.provider,
        "purpose": asked.purpose,
        "session_key": asked.session,
    }
    found = found.filter(**{name: value for name, value in equal.items() if value})
    if asked.error:
        found = found.filter(ok=False)
        found = found if asked.error == ANY else found.filter(error_type=asked.error)
    return found.filter(cost__isnull=True) if asked.unpriced else found


def sums(asked: Wish) -> TokenSums:
    """What the rows come to. The roll-ups answer where they can."""
    if asked.error or asked.unpriced or asked.session:
        return TokenSums.of(rows(asked).aggregate(**CALLS))
    question = asked.question
    if not (question.model or question.provider or asked.purpose):
        return question.ledger().sums(question.span)
    wanted = (question.provider, question.model, asked.purpose)
    groups = question.ledger().split(question.span, "provider", "model", "purpose")
    return added(
        ("", each)
        for key, each in groups.items()
        if all(want in ("", have) for want, have in zip(wanted, key, strict=True))
    )


def total(asked: Wish) -> Sequence[str]:
    return sums_words(sums(asked))


def tell(_asked: Wish, found: Sequence[TokenUsage]) -> list[Row]:
    return [_row(call) for call in found]


def _row(call: TokenUsage) -> Row:
    values: dict[str, Value] = {
        "at": call.at,
        "model": offering.label(call.model, call.provider),
        "purpose": purpose_word(call.purpose),
        "input": call.input,
        "cache_read": call.cache_read,
        "cache_write": call.cache_write_5m + call.cache_write_1h,
        "output": call.output,
        "cost": call.cost,
        "price_source": call.price_source,
        "outcome": "ok" if call.ok else call.error_type or "failed",
        "duration_ms": call.duration_ms,
        "first_token_ms": call.first_token_ms,
        "user": call.user.username if call.user else None,
    }
    return Row(
        values,
        call.session_key,
        states={"outcome": "well" if call.ok else "failing"},
        titles={"model": call.model},
    )


def _known(name: str) -> Any:
    """The column as a number that is there for every row: what is not known comes last."""
    return Coalesce(F(name), Fixed(-1), output_field=BigIntegerField())


KIND = Kind(
    key="calls",
    title="Model calls",
    about="One row for each call of a model that has ended: answers in all their turns, titles, failed and stopped ones.",
    noun="call",
    at="at",
    filters=("purpose", "error", "unpriced", "session"),
    sorts={
        "at": Sort("at", moment),
        "cost": Sort(_known("cost"), number, SORTED),
        "duration": Sort(_known("duration_ms"), number, SORTED),
        "first_token": Sort(_known("first_token_ms"), number, SORTED),
    },
    columns=(
        Column("at", "When", "moment"),
        Column("user", "Who", staff=True),
        Column("model", "Model"),
        Column("purpose", "For"),
        Column("input", "Input", "count"),
        Column("cache_read", "Cached", "count"),
        Column("cache_write", "Written to cache", "count"),
        Column("output", "Output", "count"),
        Column("cost", "Cost", "money"),
        Column("price_source", "Price from"),
        Column("outcome", "Outcome"),
        Column("duration_ms", "Duration", "ms"),
        Column("first_token_ms", "First token", "ms"),
        Column("session", "Session"),
    ),
    rows=lambda asked: rows(asked).select_related("user"),
    total=total,
    tell=tell,
)
