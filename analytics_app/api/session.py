"""The figures of one session for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from analytics_app.queries.session import Figures, figures
from analytics_app.queries.session_timeline import Lane, lanes
from analytics_app.queries.tokens import TokenSums
from analytics_app.tools.asking import plain
from sessions_app.api.answers import ApiView
from sessions_app.models import ChatSession


class SessionAnalytics(ApiView):
    """Figures of a session this person may read, and its newest 50 replies in time; `before` is the `before` of the
    page before."""

    def get(self, request: Request, pk: UUID) -> Response:
        chat = get_object_or_404(ChatSession.objects.for_user(request.user), pk=pk)
        return Response(told(chat, request.query_params.get("before", "")))


def told(chat: ChatSession, before: str = "") -> dict[str, Any]:
    shown = lanes(chat, before)
    return {
        "session": str(chat.pk),
        "messages": chat.message_count,
        "begun": chat.created_at,
        "last_activity": chat.last_activity_at,
        **_figures(figures(chat)),
        "timeline": [_lane(lane) for lane in shown.rows],
        "before": shown.before or None,
    }


def _figures(found: Figures) -> dict[str, Any]:
    return {
        **_sums(found.sums),
        "by_model": [
            {"provider": provider, "model": model, **_sums(sums)} for provider, model, sums in found.models
        ],
        "by_purpose": [{"purpose": purpose, **_sums(sums)} for purpose, sums in found.purposes],
        "replies": found.replies,
        "turns": found.turns,
        "replies_not_shown": found.not_shown,
        "messages_copied": found.copied,
        "ended": found.ended,
        "response_ms": asdict(found.response),
        "first_token_ms": asdict(found.first_token),
        "tools": [asdict(use) for use in found.tools],
        "failed_calls": [{"error": name, "calls": count} for name, count in found.failed_calls],
    }


def _sums(sums: TokenSums) -> dict[str, Any]:
    """Money as text with all digits; None where no call has a price."""
    return {
        "calls": sums.calls,
        "input": sums.input,
        "cache_read": sums.cache_read,
        "cache_write": sums.cache_write,
        "output": sums.output,
        "cost": plain(sums.known_cost),
        "unpriced_calls": sums.unpriced_calls,
    }


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "message": str(lane.message),
        "asked": lane.asked,
        "model": lane.model,
        "status": lane.status,
        "error": lane.error or None,
        "turns": lane.turns,
        "shown": lane.shown,
        "ms": lane.ms,
        "tokens": lane.tokens,
        "cost": plain(lane.cost),
        "parts": [
            {"doing": part.doing, "name": part.name, "begin_ms": part.begin, "ms": part.ms, "ok": part.ok}
            for part in lane.parts
        ],
    }
