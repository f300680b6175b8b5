"""Sessions that were active in a period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import Cast

from analytics_app.queries import sessions
from analytics_app.queries.places import moment
from analytics_app.queries.tokens import TokenSums
from sessions_app import offering
from sessions_app.models import ChatSession, TokenUsage

from .kind import Column, Kind, Row, Sort, Value, number
from .telling import cost_words
from .wish import Wish

SORTED = 100_000  # the sessions last active that are put in another order


def rows(asked: Wish) -> QuerySet[ChatSession]:
    question = asked.question
    person = question.person
    chats = sessions.all_for_staff(question.asker) if person is None else sessions.owned_by(person)
    found = sessions.active(chats, question.span, question.now)
    named: dict[str, Any] = {"model": question.model, "provider": question.provider}
    named = {name: value for name, value in named.items() if value}
    if named:
        calls = TokenUsage.objects.filter(session=OuterRef("pk"), settled_at__isnull=False, **named)
        found = found.filter(Exists(question.span.within(calls, "at")))
    if asked.session:
        found = found.filter(pk=asked.session)
    return found.filter(unpriced_calls__gt=0) if asked.unpriced else found


def total(asked: Wish) -> Sequence[str]:
    """Sums of what the sessions hold in all: also from other days."""
    held = rows(asked).aggregate(
        n_calls=Count("pk"),
        messages=Sum("message_count", default=0),
        n_input=Sum("input_tokens", default=0),
        n_cache_read=Sum("cached_tokens", default=0),
        n_cache_write_5m=Sum("cache_write_tokens", default=0),
        n_output=Sum("output_tokens", default=0),
        n_cost=Sum("cost"),
        n_unpriced=Sum("unpriced_calls", default=0),
    )
    count = held["n_calls"]
    if not count:
        return ["0 sessions"]
    sums = TokenSums.of({**held, "n_cache_write_1h": 0})
    return [
        "1 session" if count == 1 else f"{count:,} sessions",
        f"{held['messages']:,} messages shown",
        f"{sums.total:,} tokens",
        *cost_words(sums.cost, sums.unpriced_calls),
    ]


def tell(found: Sequence[ChatSession]) -> list[Row]:
    return [_row(chat) for chat in found]


def _row(chat: ChatSession) -> Row:
    values: dict[str, Value] = {
        "at": chat.last_activity_at,
        "begun": chat.created_at,
        "user": chat.owner.username,
        "model": offering.label(chat.model, chat.provider),
        "messages": chat.message_count,
        "input": chat.input_tokens,
        "cache_read": chat.cached_tokens,
        "cache_write": chat.cache_write_tokens,
        "output": chat.output_tokens,
        "cost": None if chat.unpriced_calls and not chat.cost else chat.cost,
        "unpriced": chat.unpriced_calls,
    }
    return Row(values, chat.pk)


KIND = Kind(
    key="sessions",
    title="Sessions",
    about="One row for each session with a message in the period, those that are deleted left out. Messages, tokens and "
    "cost are what a session holds in all, from other days too.",
    noun="session",
    at="last_activity_at",
    filters=("unpriced", "session"),
    sorts={
        "at": Sort("last_activity_at", moment),
        "cost": Sort(Cast("cost", BigIntegerField()), number, SORTED),
    },
    columns=(
        Column("session", "Session"),
        Column("user", "Whose", staff=True),
        Column("at", "Last activity", "moment"),
        Column("begun", "Begun", "moment"),
        Column("model", "Model"),
        Column("messages", "Messages", "count"),
        Column("input", "Input", "count"),
        Column("cache_read", "Cached", "count"),
        Column("cache_write", "Written to cache", "count"),
        Column("output", "Output", "count"),
        Column("cost", "Cost", "money"),
        Column("unpriced", "Calls of unknown price", "count"),
    ),
    rows=lambda asked: rows(asked).select_related("owner"),
    total=total,
    tell=tell,
)
