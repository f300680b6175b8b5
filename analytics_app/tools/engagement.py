"""How people use the workspace: when, about what, in which mood, with which tools."""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics_app import topics
from analytics_app.facts import Facts, people, total
from analytics_app.queries import engagement, sessions
from analytics_app.queries.engagement import WEEKDAYS
from analytics_app.queries.periods import Period, TimeRange, before
from sessions_app.actions import audit
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
    whole,
)
from .usage import figures, ledger_of

TOPICS, TOOLS = 10, 20
HIDDEN = (
    "Topics come from what others wrote; seeing them needs the permission to view messages. Where each session takes a "
    "reason nobody sees them."
)


@tool(view="chart")
async def analyze_engagement(
    context: ToolContext, *, time_range: RangeArgument = "week", scope: ScopeArgument = "own"
) -> dict[str, Any]:
    """How people use their sessions in a period: active users and sessions, messages per session, share of replies
    with several turns, busiest hours and weekdays, common topics, sentiment of people's messages (English), ratings of
    answers, which tools were called with what success and how long they took, a row for each day, and the comparison
    with the period before. Use it for "engagement", "trends", "when am I most active", "what do people talk about",
    "how satisfied are users", "which tools are used". For response times and plain counts use
    analyze_session_metrics."""
    return await consult(_engagement, context, time_range, scope)


def _engagement(context: ToolContext, time_range: TimeRange, scope: Scope) -> dict[str, Any]:
    asker = Asker.of(context, scope)
    span = asker.period(time_range)
    days = activity_of(asker).days(span)
    facts, former = total(days.values(), *engagement.GROUPS), before(span)
    now = _figures(asker, span, facts, people(days.values()))
    hours, weekdays = engagement.hours(facts), engagement.weekdays(days)
    busiest_weekday = engagement.busiest(weekdays)
    return {
        **period_fields(asker, span),
        "total_sessions": chats_of(asker).count(),
        **now,
        "peak_hours": [{"hour": hour, "messages": count} for hour, count in enumerate(hours)],
        "peak_weekdays": [
            {"weekday": name, "messages": count} for name, count in zip(WEEKDAYS, weekdays, strict=True)
        ],
        "busiest_hour": engagement.busiest(hours),
        "busiest_weekday": None if busiest_weekday is None else WEEKDAYS[busiest_weekday],
        **_topics(asker, span, facts),
        "sentiment": engagement.sentiment(facts),
        "satisfaction": engagement.satisfaction(span, whole(asker)),
        "tools": engagement.tools(facts)[:TOOLS],
        "rows": [_row(day, each) for day, each in list(days.items())[-DAYS_SHOWN:]],
        **compared(now, former.words if former else "", _former(asker, former)),
        "counted": counted(asker, facts),
        "link": dashboard(asker, span),
    }


def _figures(asker: Asker, span: Period, facts: Facts, writers: int) -> dict[str, Any]:
    """What is compared with the period before, too."""
    active = sessions.counts(chats_of(asker), span, asker.now).active
    spent = figures(ledger_of(asker).sums(span))
    return {
        "active_sessions": active,
        "active_users": writers,
        "messages": facts.messages,
        "messages_per_session": messages_per_session(facts, active),
        "multi_turn_share": engagement.multi_turn_share(facts),
        "total_tokens": spent["total_tokens"],
        "total_cost": spent["total_cost"],
    }


def _former(asker: Asker, former: Period | None) -> dict[str, Any] | None:
    if former is None:
        return None
    days = activity_of(asker).days(former, "messages", "replies").values()
    return _figures(asker, former, total(days, "messages", "replies", "turns"), people(days))


def _topics(asker: Asker, span: Period, facts: Facts) -> dict[str, Any]:
    """Topics of one's own sessions; of others' with the permission, and written down then."""
    if asker.everyone and not asker.reads_texts:
        return {"topics": [], "topics_note": HIDDEN}
    if asker.everyone:
        audit.record(actor=asker.user, action="read topics", subject="everyone", detail=span.words)
    found = topics.common(facts.terms, TOPICS)
    return {"topics": [{"topic": topic, "messages": count} for topic, count in found]}


def _row(day: date, facts: Facts) -> dict[str, Any]:
    return {
        "day": f"{day}",
        "messages": facts.messages,
        "sessions": facts.sessions,
        "active_users": len(facts.authors),
    }
