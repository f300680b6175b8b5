"""The figures of one session for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NotRequired
from uuid import UUID

from pydantic import Field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from analytics_app.queries.places import moment, place
from analytics_app.queries.session import Times, ToolUse, figures
from analytics_app.queries.session_timeline import Lane, lanes
from analytics_app.timeline import Doing
from analytics_app.tools.asking import plain
from analytics_app.videos.referenced import of_session
from sessions_app.api.answers import ApiView
from sessions_app.api.authentication import person_of
from sessions_app.api.given import Asked, Words, asked
from sessions_app.api.operations import Gives, operation
from sessions_app.api.session_changes import chat_of
from sessions_app.api.shapes import Money
from sessions_app.models import ChatSession

from . import examples
from .sums import ModelSumsShape, PurposeSumsShape, SumsShape, model_sums, purpose_sums, sums_shape


class Before(Asked):
    before: Annotated[
        Words, Field(max_length=120, description="The `before` of the answer before: older replies.")
    ] = ""


class TimesShape(TypedDict):
    """Milliseconds; null where none was taken. `p95`: 95 % of them were not longer."""

    count: int
    average: int | None
    median: int | None
    p95: int | None


class ToolUseShape(TypedDict):
    name: str
    runs: int
    done: int
    average_ms: int | None
    longest_ms: int | None


class FailedCallsShape(TypedDict):
    error: str
    calls: int


class LanePartShape(TypedDict):
    doing: Doing
    name: str
    begin_ms: Annotated[int, Field(description="Since it was asked.")]
    ms: int
    ok: bool


class LaneShape(TypedDict):
    """One reply in time."""

    message: UUID
    asked: datetime
    model: Annotated[str, Field(description="Its name for people.")]
    status: str
    error: str | None
    turns: int
    shown: bool
    ms: Annotated[int | None, Field(description="From sending to its end; null while it goes on.")]
    tokens: int
    cost: Money | None
    parts: list[LanePartShape]


class SessionVideoShape(TypedDict):
    video: Annotated[UUID | None, Field(description="null: you may not see it, or it is gone.")]
    title: str
    references: int


class SessionFiguresShape(SumsShape):
    """Sums are those of all its model calls, of every version; `replies` are those that ran in it."""

    session: UUID
    messages: int
    begun: datetime
    last_activity: datetime
    by_model: list[ModelSumsShape]
    by_purpose: list[PurposeSumsShape]
    replies: int
    turns: int
    replies_not_shown: int
    messages_copied: int
    ended: Annotated[dict[str, int], Field(description="Replies by how they ended.")]
    response_ms: TimesShape
    first_token_ms: TimesShape
    tools: list[ToolUseShape]
    failed_calls: list[FailedCallsShape]
    videos: NotRequired[
        Annotated[list[SessionVideoShape], Field(description="Those its answers refer to most.")]
    ]
    timeline: Annotated[list[LaneShape], Field(description="The newest 50 replies, or the next older ones.")]
    before: Annotated[str | None, Field(description="Where older ones begin; null at the end.")]


class SessionAnalytics(ApiView):
    @operation(
        "session_analytics", "Figures of a session", tag="Figures", scope="read", query=Before,
        gives={200: Gives(SessionFiguresShape, "The session in figures.", examples.SESSION_FIGURES)},
    )  # fmt: skip
    def get(self, request: Request, pk: UUID) -> Response:
        """Of a session this person may read, with its newest replies in time."""
        chat = chat_of(request, pk)
        wanted = asked(request, Before)
        if wanted.before and place(wanted.before, moment) is None:
            raise ValidationError({"before": ["This is no place in this list."]})
        return Response(session_figures(chat, person_of(request), wanted.before))


def session_figures(chat: ChatSession, reader: Any, before: str = "") -> SessionFiguresShape:
    """All of it as this person gets it; the timeline from `before` back."""
    shown, found = lanes(chat, before), figures(chat)
    videos = _videos(chat, reader)
    told: SessionFiguresShape = {
        "session": chat.pk,
        "messages": chat.message_count,
        "begun": chat.created_at,
        "last_activity": chat.last_activity_at,
        **sums_shape(found.sums),  # type: ignore[typeddict-item]  # they hold no videos
        "by_model": [model_sums(*each) for each in found.models],
        "by_purpose": [purpose_sums(*each) for each in found.purposes],
        "replies": found.replies,
        "turns": found.turns,
        "replies_not_shown": found.not_shown,
        "messages_copied": found.copied,
        "ended": found.ended,
        "response_ms": _times(found.response),
        "first_token_ms": _times(found.first_token),
        "tools": [_use(each) for each in found.tools],
        "failed_calls": [{"error": name, "calls": count} for name, count in found.failed_calls],
        "timeline": [_lane(lane) for lane in shown.rows],
        "before": shown.before or None,
    }
    return told if videos is None else {**told, "videos": videos}


def _videos(chat: ChatSession, reader: Any) -> list[SessionVideoShape] | None:
    """None where the workspace has no videos."""
    found = of_session(chat, reader)
    if found is None:
        return None
    return [{"video": each.video, "title": each.title, "references": each.references} for each in found]


def _times(times: Times) -> TimesShape:
    return {"count": times.count, "average": times.average, "median": times.median, "p95": times.p95}


def _use(use: ToolUse) -> ToolUseShape:
    return {
        "name": use.name,
        "runs": use.runs,
        "done": use.done,
        "average_ms": use.average_ms,
        "longest_ms": use.longest_ms,
    }


def _lane(lane: Lane) -> LaneShape:
    return {
        "message": lane.message,
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
