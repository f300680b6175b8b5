"""The replies of a session in time, the newest first, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from analytics_app.queries.places import moment, place
from analytics_app.queries.session import excerpt
from analytics_app.timeline import Called, Part, Used, parts
from sessions_app import offering
from sessions_app.actions.ledger import sums_of
from sessions_app.agent.labels import look
from sessions_app.models import ChatSession, Reply, TokenUsage, ToolCall

PAGE = 50
READ = (
    "status", "turns", "created_at", "started_at", "finished_at", "error_type", "message__active", "message__position",
    "message__model", "message__deleted_at", "message__parent__content",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lane:
    """A reply: its key, what was asked, its parts in time. `ms` is from sending to its end, None while it goes on;
    `cost` None where a price is unknown."""

    message: UUID
    asked: datetime
    question: str
    model: str
    status: str
    error: str
    turns: int
    shown: bool
    ms: int | None
    tokens: int
    cost: Decimal | None
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Lanes:
    """`before` is where the next page begins, empty at the end."""

    rows: list[Lane]
    before: str = ""


def lanes(chat: ChatSession, before: str = "") -> Lanes:
    """Replies that ran here, of all versions."""
    rows = Reply.objects.ran().filter(session=chat).order_by("-created_at", "-pk")
    found_at = place(before, moment)
    if found_at is not None:
        at, key = found_at
        rows = rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__lt=key))
    found = list(rows.select_related("message__parent").only(*READ)[: PAGE + 1])
    shown = found[:PAGE]
    keys = [reply.pk for reply in shown]
    calls, tools = _calls(keys), _tools(keys)
    last = shown[-1] if len(found) > PAGE else None
    return Lanes(
        [_lane(reply, calls[reply.pk], tools[reply.pk]) for reply in shown],
        f"{last.created_at.isoformat()}~{last.pk}" if last else "",
    )


def _calls(keys: list[UUID]) -> dict[Any, list[TokenUsage]]:
    found: dict[Any, list[TokenUsage]] = defaultdict(list)
    for call in TokenUsage.objects.filter(message__in=keys, settled_at__isnull=False).order_by("at", "pk"):
        found[call.message_id].append(call)
    return found


def _tools(keys: list[UUID]) -> dict[Any, list[ToolCall]]:
    found: dict[Any, list[ToolCall]] = defaultdict(list)
    wanted = ("message_id", "tool_name", "status", "duration_ms", "created_at", "answered_at")
    for call in ToolCall.objects.filter(message__in=keys).only(*wanted).order_by("pk"):
        found[call.message_id].append(call)
    return found


def _lane(reply: Reply, calls: Sequence[TokenUsage], tools: Sequence[ToolCall]) -> Lane:
    made = [
        Called(
            call.at, offering.label(call.model, call.provider), call.duration_ms, call.first_token_ms, call.ok
        )
        for call in calls
        if call.purpose == TokenUsage.Purpose.REPLY
    ]
    used = [
        Used(
            tool.created_at, look(tool.tool_name).label, tool.duration_ms, tool.status == ToolCall.Status.SUCCESS,
            tool.answered_at, tool.status == ToolCall.Status.AWAITING,
        )
        for tool in tools
    ]  # fmt: skip
    kinds, cost = sums_of(calls)
    ms = (
        None
        if reply.finished_at is None
        else round((reply.finished_at - reply.created_at).total_seconds() * 1000)
    )
    return Lane(
        reply.pk, reply.created_at, excerpt(reply.message), offering.label(reply.message.model),
        reply.status, reply.error_type, reply.turns, reply.message.active, ms, sum(kinds.values()), cost,
        parts(reply.created_at, reply.finished_at, made, used),
    )  # fmt: skip
