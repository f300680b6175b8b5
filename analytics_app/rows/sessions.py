"""Sessions that were active in a period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models import Value as Fixed
from django.db.models.functions import Coalesce

from analytics_app.queries import sessions
from analytics_app.queries.places import moment
from analytics_app.queries.tokens import CALLS, TokenSums
from sessions_app import offering
from sessions_app.models import ChatSession, Message, TokenUsage

from .kind import Column, Kind, Row, Sort, Value, number
from .telling import cost_words
from .wish import Wish

SUMMED = 5_000  # the sessions last active whose calls are added up to put them in another order


def rows(asked: Wish) -> QuerySet[ChatSession]:
    question = asked.question
    person = question.person
    chats = sessions.all_for_staff(question.asker) if person is None else sessions.owned_by(person)
    found = sessions.active(chats, question.span, question.now)
    if question.narrowed:
        found = found.filter(Exists(_calls(asked).filter(session=OuterRef("pk"))))
    if asked.session:
        found = found.filter(pk=asked.session)
    return found.filter(unpriced_calls__gt=0) if asked.unpriced else found


def total(asked: Wish) -> Sequence[str]:
    """Sums of the period, as the columns are."""
    found = rows(asked)
    count = found.count()
    if not count:
        return ["0 sessions"]
    keys = found.values("pk")
    written = _written(asked).filter(session__in=keys).count()
    sums = _held(found) if asked.question.span.start is None and not asked.question.narrowed else None
    sums = sums or TokenSums.of(_calls(asked).filter(session__in=keys).aggregate(**CALLS))
    return [
        "1 session" if count == 1 else f"{count:,} sessions",
        "1 message" if written == 1 else f"{written:,} messages",
        f"{sums.total:,} tokens",
        *cost_words(sums.cost, sums.unpriced_calls),
    ]


def _held(found: QuerySet[ChatSession]) -> TokenSums:
    """Of all time: what the sessions know of themselves."""
    held = found.aggregate(
        n_calls=Count("pk"),
        n_input=Sum("input_tokens", default=0),
        n_cache_read=Sum("cached_tokens", default=0),
        n_cache_write_5m=Sum("cache_write_tokens", default=0),
        n_output=Sum("output_tokens", default=0),
        n_cost=Sum("cost"),
        n_unpriced=Sum("unpriced_calls", default=0),
    )
    return TokenSums.of({**held, "n_cache_write_1h": 0})


def _calls(asked: Wish) -> QuerySet[TokenUsage]:
    """Of the period, and of the model and provider that were chosen."""
    question = asked.question
    named = {"model": question.model, "provider": question.provider}
    calls = TokenUsage.objects.filter(
        settled_at__isnull=False, **{name: value for name, value in named.items() if value}
    )
    return question.span.within(calls, "at").order_by()


def _written(asked: Wish) -> QuerySet[Message]:
    return asked.question.span.within(Message.objects.written(), "created_at").order_by()


def tell(asked: Wish, found: Sequence[ChatSession]) -> list[Row]:
    keys = [chat.pk for chat in found]
    written = _written(asked).filter(session__in=keys).values("session").annotate(n=Count("pk"))
    counts = dict(written.values_list("session", "n"))
    spent: Any = _calls(asked).filter(session__in=keys).values("session").annotate(**CALLS)
    sums = {row["session"]: TokenSums.of(row) for row in spent}
    return [_row(chat, counts.get(chat.pk, 0), sums.get(chat.pk, TokenSums())) for chat in found]


def _row(chat: ChatSession, messages: int, sums: TokenSums) -> Row:
    values: dict[str, Value] = {
        "at": chat.last_activity_at,
        "begun": chat.created_at,
        "user": chat.owner.username,
        "model": offering.label(chat.model, chat.provider),
        "messages": messages,
        "input": sums.input,
        "cache_read": sums.cache_read,
        "cache_write": sums.cache_write,
        "output": sums.output,
        "cost": sums.known_cost,
        "unpriced": sums.unpriced_calls,
    }
    return Row(values, chat.pk, titles={"model": chat.model})


def _cost(asked: Wish) -> Any:
    """What the calls of the period came to in each."""
    calls = _calls(asked).filter(session=OuterRef("pk")).values("session")
    summed = calls.annotate(summed=Sum("cost", output_field=BigIntegerField())).values("summed")
    return Coalesce(Subquery(summed), Fixed(-1), output_field=BigIntegerField())


KIND = Kind(
    key="sessions",
    title="Sessions",
    about="One row for each session with a message in the period, those that are deleted left out. Messages, tokens and "
    "cost are those of the period.",
    noun="session",
    at="last_activity_at",
    filters=("unpriced", "session"),
    sorts={
        "at": Sort("last_activity_at", moment),
        "cost": Sort(_cost, number, SUMMED),
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
