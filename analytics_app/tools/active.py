"""What goes on now: sessions, replies, people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from analytics_app.facts import people
from analytics_app.queries import active, sessions
from analytics_app.queries.periods import TimeRange
from sessions_app.actions import audit
from sessions_app.agent.tools import ToolContext, tool
from sessions_app.models import ChatSession
from sessions_app.reading import consult

from .asking import Asker, RangeArgument, Scope, ScopeArgument, period_fields, plain
from .counting import activity_of, chats_of, dashboard, whole, whose
from .usage import figures, ledger_of

SHOWN = 20


@tool(view="table")
async def get_active_sessions(
    context: ToolContext, *, time_range: RangeArgument = "today", scope: ScopeArgument = "own"
) -> dict[str, Any]:
    """What is going on now: sessions active in a period (the newest 20 with owner, last activity, messages, tokens,
    cost, model, and whether a reply runs), how many were active in the last 24 hours, replies running now, people
    online (with a page open now) and active users. Use it for "who is online", "what is running", "which sessions are
    active", "my latest sessions". For counts and trends use analyze_session_metrics."""
    return await consult(_active_sessions, context, time_range, scope)


def _active_sessions(context: ToolContext, time_range: TimeRange, scope: Scope) -> dict[str, Any]:
    asker = Asker.of(context, scope)
    span, chats = asker.period(time_range), chats_of(asker)
    online = active.online()
    running = set(active.replies(whole(asker)).values_list("session", flat=True))
    found = active.newest(chats, span.start, SHOWN)
    _note_titles(asker, found)
    days = activity_of(asker).days(span, "messages")
    return {
        **period_fields(asker, span),
        "total_sessions": chats.count(),
        "active_sessions": sessions.counts(chats, span, asker.now).active,
        "active_last_24_hours": active.used(chats)
        .filter(last_activity_at__gte=asker.now - active.LAST_DAY)
        .count(),
        "running_replies": len(running),
        "online_users": len(online) if asker.everyone else int(asker.user.pk in online),
        "active_users": people(days.values()),
        **figures(ledger_of(asker).sums(span)),
        "sessions": [_session(asker, chat, running) for chat in found],
        "counted": f"{whose(asker).capitalize()} that are not deleted; online is who has a page open.",
        "link": dashboard(asker, span),
    }


def _may_read(asker: Asker, chat: ChatSession) -> bool:
    return chat.owner_id == asker.user.pk or asker.reads_texts


def _note_titles(asker: Asker, chats: list[ChatSession]) -> None:
    """Titles of others are read by this call: written down for each session."""
    if asker.reads_texts:
        audit.record_read(actor=asker.user, action="read title", sessions=[chat.pk for chat in chats])


def _session(asker: Asker, chat: ChatSession, running: set[UUID]) -> dict[str, Any]:
    unpriced = chat.unpriced_calls and not chat.cost
    return {
        "session": str(chat) if _may_read(asker, chat) else None,
        "session_id": str(chat.pk),
        "owner": chat.owner.get_username(),
        "last_active": f"{chat.last_activity_at.astimezone(asker.zone):%Y-%m-%d %H:%M}",
        "messages": chat.message_count,
        "total_tokens": chat.total_tokens,
        "total_cost": None if unpriced else plain(chat.cost),
        "model": chat.model,
        "running": chat.pk in running,
        "link": f"/sessions/{chat.pk}/",
    }
