"""How much the sessions are used, and how quickly they answer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from analytics_app.facts import Facts, people, total
from analytics_app.queries import engagement, sessions
from analytics_app.queries.periods import Period, TimeRange, before
from sessions_app.agent.tools import ToolContext, tool
from sessions_app.reading import consult

from .asking import Asker, RangeArgument, Scope, ScopeArgument, period_fields
from .counting import (
    DAYS_SHOWN,
    activity_of,
    chats_of,
    compared,
    counted,
    dashboard,
    messages_per_session,
)
from .usage import figures, ledger_of


@tool(view="chart")
async def analyze_session_metrics(
    context: ToolContext, *, time_range: RangeArgument = "week", scope: ScopeArgument = "own"
) -> dict[str, Any]:
    """Figures of chat sessions in a period: how many sessions there are, were active and are new, messages (questions
    by people, answers by the assistant), active users, messages per session, replies and how they ended (completed,
    failed, stopped, interrupted), response time and time to the first token (average, median, 95th percentile), share
    of replies with several turns, tokens and cost, a row for each day, and the comparison with the period before. Use
    it for "how are my metrics", "how many sessions or messages", "how fast are the answers". For topics, mood, peak
    hours and tools use analyze_engagement; for a list of sessions use get_active_sessions."""
    return await consult(_session_metrics, context, time_range, scope)


def _session_metrics(context: ToolContext, time_range: TimeRange, scope: Scope) -> dict[str, Any]:
    asker = Asker.of(context, scope)
    span = asker.period(time_range)
    days = activity_of(asker).days(span, "messages", "replies")
    facts, former = total(days.values()), before(span)
    now = _figures(asker, span, facts, people(days.values()))
    return {
        **period_fields(asker, span),
        "total_sessions": chats_of(asker).count(),
        **now,
        "response_ms": asdict(engagement.times(facts, "response")),
        "first_token_ms": asdict(engagement.times(facts, "first_token")),
        "rows": [_row(day, each) for day, each in list(days.items())[-DAYS_SHOWN:]],
        **compared(now, former.words if former else "", _former(asker, former)),
        "counted": counted(asker, facts),
        "link": dashboard(asker, span),
    }


def _figures(asker: Asker, span: Period, facts: Facts, writers: int) -> dict[str, Any]:
    """What is compared with the period before, too."""
    found = sessions.counts(chats_of(asker), span, asker.now)
    return {
        "active_sessions": found.active,
        "new_sessions": found.new,
        "messages": facts.messages,
        "questions": facts.questions,
        "answers": facts.answers,
        "active_users": writers,
        "messages_per_session": messages_per_session(facts, found.active),
        "multi_turn_share": engagement.multi_turn_share(facts),
        **engagement.replies(facts),
        **figures(ledger_of(asker).sums(span)),
    }


def _former(asker: Asker, former: Period | None) -> dict[str, Any] | None:
    if former is None:
        return None
    days = activity_of(asker).days(former, "messages", "replies")
    return _figures(
        asker, former, total(days.values(), "messages", "replies", "turns"), people(days.values())
    )


def _row(day: date, facts: Facts) -> dict[str, Any]:
    return {
        "day": f"{day}",
        "sessions": facts.sessions,
        "messages": facts.messages,
        "questions": facts.questions,
        "answers": facts.answers,
    }
