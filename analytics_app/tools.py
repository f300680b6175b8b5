"""What the model can ask about this workspace. Each tool reads what the person who asks may read, and no more."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from pydantic import Field

from analytics_app.queries import tokens
from analytics_app.queries.periods import Period, TimeRange, period, zone_of
from analytics_app.queries.tokens import GroupBy, TokenSums
from sessions_app.agent.tools import ToolContext, ToolProblem, tool
from sessions_app.models import ChatSession, Message, TokenUsage, User
from sessions_app.reading import consult
from sessions_app.search import Hit, search_messages, words_of

RangeArgument = Annotated[
    TimeRange,
    Field(description="today; week: the last 7 days with today; month: this calendar month; all: all time"),
]


@tool(view="chart")
async def analyze_token_usage(
    context: ToolContext,
    *,
    time_range: RangeArgument = "week",
    group_by: Annotated[GroupBy, Field(description="what the rows are split by")] = "model",
) -> dict[str, Any]:
    """Tokens and their cost in a period, from the ledger of every model call: input (uncached), cache reads, cache
    writes, output, number of calls and cost in USD, in total and by model, provider, purpose or day. Use it for
    questions about tokens, usage, spending or cost."""
    return await consult(_token_usage, context, time_range, group_by)


@tool(view="table")
async def search_session_messages(
    context: ToolContext,
    *,
    query: Annotated[str, Field(description="words that must all be in the message", max_length=500)],
    time_range: RangeArgument = "all",
    limit: Annotated[int, Field(description="how many to return, newest first", ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """Find earlier messages of the person's sessions by the words in them. Returns session title, time, who wrote
    it, a snippet and a link. Use it for "what did we say about" and "find the message where"."""
    if not words_of(query):
        raise ToolProblem("A search needs at least one word.")
    return await consult(_search, context, query, time_range, limit)


def _token_usage(context: ToolContext, time_range: TimeRange, group_by: GroupBy) -> dict[str, Any]:
    user = User.objects.get(pk=context.user_id)
    zone = zone_of(user)
    span = period(time_range, timezone.now(), zone)
    usage = span.within(TokenUsage.objects.for_user(user), "at")
    chats = ChatSession.objects.for_user(user)
    return {
        **_period(span),
        "group_by": group_by,
        "total_sessions": chats.count(),
        "active_sessions": span.within(chats, "last_activity_at").count(),
        **_figures(tokens.sums(usage)),
        "rows": [{"name": row.name, **_figures(row)} for row in tokens.sums_by(usage, group_by, zone)],
    }


def _figures(sums: TokenSums) -> dict[str, Any]:
    return {
        "input_tokens": sums.input,
        "cache_read_tokens": sums.cache_read,
        "cache_write_tokens": sums.cache_write,
        "output_tokens": sums.output,
        "total_tokens": sums.total,
        "total_cost": _plain(sums.known_cost),
        "calls": sums.calls,
        "unpriced_calls": sums.unpriced_calls,
    }


def _search(context: ToolContext, query: str, time_range: TimeRange, limit: int) -> dict[str, Any]:
    user = User.objects.get(pk=context.user_id)
    zone = zone_of(user)
    span = period(time_range, timezone.now(), zone)
    found = search_messages(
        user, query, span.start, limit, until=span.end, leave_out=_asking_message(user, context.chat_id)
    )
    return {
        **_period(span),
        "query": query,
        "total_found": found.total,
        "messages": [_message(hit, zone) for hit in found.hits],
    }


def _period(span: Period) -> dict[str, Any]:
    return {
        "period": span.words,
        "time_range": span.name,
        "from": span.start.isoformat() if span.start else None,
        "until": span.end.isoformat() if span.end else None,
    }


def _message(hit: Hit, zone: tzinfo) -> dict[str, Any]:
    return {
        "session": hit.title,
        "session_id": str(hit.session_id),
        "message_id": str(hit.message_id),
        "when": f"{hit.at.astimezone(zone):%Y-%m-%d %H:%M}",
        "by": "you" if hit.role == Message.Role.USER else "assistant",
        "snippet": hit.snippet,
        "link": hit.link,
    }


def _asking_message(user: User, chat_id: UUID | str) -> UUID | None:
    if not chat_id:
        return None
    asked = Message.objects.for_user(user).filter(
        session=UUID(str(chat_id)), role=Message.Role.USER, active=True
    )
    return asked.order_by("-position").values_list("pk", flat=True).first()


def _plain(cost: Decimal | None) -> str | None:
    """All digits, no exponent, no trailing zeros; None where the price is unknown."""
    if cost is None:
        return None
    text = f"{cost:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
