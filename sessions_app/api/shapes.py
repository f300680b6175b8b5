"""What programs get: sessions, messages, ledger rows as plain JSON values. Lists take a fixed number of queries.

Each shape stands beside the function that makes it; the description of the API is made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NotRequired
from uuid import UUID

from django.db.models import Count, Q, Sum
from pydantic import Field
from typing_extensions import TypedDict

from sessions_app.actions.attachments import Taken
from sessions_app.actions.ledger import KINDS
from sessions_app.models import Attachment, ChatSession, Message, PendingMessage, TokenUsage, ToolCall
from sessions_app.rendering.article import tool_data

Money = Annotated[
    str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="USD in plain notation, with all its digits.")
]
Values = dict[str, Any]


def money(cost: Decimal | None) -> str | None:
    """USD in plain notation, every digit; null where a price is unknown."""
    return None if cost is None else format(Decimal(cost), "f")  # a new row has the plain 0 of its default


class SessionShape(TypedDict):
    id: UUID
    title: str
    provider: str
    model: str
    settings: Values
    tags: list[str]
    starred: bool
    archived: bool
    parent: Annotated[UUID | None, Field(description="The session this one was branched from.")]
    message_count: int
    total_tokens: int
    total_cost: Money | None
    created_at: datetime
    last_activity_at: datetime
    deleted_at: NotRequired[Annotated[datetime, Field(description="Of deleted ones alone.")]]


def session_shape(chat: ChatSession) -> SessionShape:
    shape: SessionShape = {
        "id": chat.pk,
        "title": chat.title,
        "provider": chat.provider,
        "model": chat.model,
        "settings": chat.settings,
        "tags": [tag.name for tag in chat.tags.all()],
        "starred": chat.starred,
        "archived": chat.archived_at is not None,
        "parent": chat.parent_id,
        "message_count": chat.message_count,
        "total_tokens": chat.total_tokens,
        "total_cost": None if chat.unpriced_calls else money(chat.cost),
        "created_at": chat.created_at,
        "last_activity_at": chat.last_activity_at,
    }
    if chat.deleted_at is not None:
        shape["deleted_at"] = chat.deleted_at
    return shape


def session_shapes(chats: Iterable[ChatSession]) -> list[SessionShape]:
    """Sessions, whose tags should have been fetched with them."""
    return [session_shape(chat) for chat in chats]


class KindsShape(TypedDict):
    """Tokens by kind; `input` is what was not cached."""

    input: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    output: int


class ToolCallShape(TypedDict):
    id: str
    tool_id: Annotated[str, Field(description="The tool's name.")]
    input: Any
    status: Annotated[
        str, Field(description="pending, awaiting_approval, success, error, denied or cancelled")
    ]
    result: Any
    error: str
    duration_ms: int | None


class MessageShape(TypedDict):
    id: UUID
    session: UUID
    parent: UUID | None
    role: str
    content: Annotated[str, Field(description="Its text; of an answer that of all its turns.")]
    parts: list[Values]
    status: Annotated[
        str,
        Field(
            description="sent; of an answer queued, running, waiting, complete, stopped, interrupted or failed"
        ),
    ]
    model: str
    tool_calls: list[ToolCallShape]
    usage: KindsShape
    tokens: int
    cost: Money | None
    processing_ms: int | None
    turns: int
    created_at: datetime


def message_shapes(rows: Sequence[Message]) -> list[MessageShape]:
    """Messages (with their reply selected) in their order; two more queries for all of them."""
    answers = [row.pk for row in rows if row.role == Message.Role.ASSISTANT]
    tools: dict[UUID, list[Any]] = {}
    for call in ToolCall.objects.filter(message__in=answers):
        tools.setdefault(call.message_id, []).append(tool_data(call))
    sums = ledger_sums(answers)
    return [message_shape(row, tools.get(row.pk, []), sums.get(row.pk, {})) for row in rows]


def ledger_sums(messages: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Tokens by kind, cost and number of unpriced calls of each message that caused any."""
    calls = TokenUsage.objects.filter(message__in=messages, settled_at__isnull=False).order_by()
    rows = calls.values("message").annotate(
        **{f"sum_{kind}": Sum(kind) for kind in KINDS},
        sum_cost=Sum("cost"),
        unpriced=Count("pk", filter=Q(cost__isnull=True)),
    )
    return {row["message"]: row for row in rows}


def message_shape(row: Message, tools: list[ToolCallShape], sums: Mapping[str, Any]) -> MessageShape:
    reply = row.reply if row.role == Message.Role.ASSISTANT else None
    usage: Any = {kind: int(sums.get(f"sum_{kind}") or 0) for kind in KINDS}
    return {
        "id": row.pk,
        "session": row.session_id,
        "parent": row.parent_id,
        "role": row.role,
        "content": row.content,
        "parts": [{name: value for name, value in part.items() if name != "raw"} for part in row.parts],
        "status": reply.status if reply else "sent",
        "model": row.model,
        "tool_calls": tools,
        "usage": usage,
        "tokens": sum(usage.values()),
        "cost": None if sums.get("unpriced") else money(sums.get("sum_cost") or Decimal(0)),
        "processing_ms": reply.duration_ms if reply and reply.finished_at else None,
        "turns": reply.turns if reply else 0,
        "created_at": row.created_at,
    }


class PairShape(TypedDict):
    """A person's message and its answer, which may still grow."""

    message: MessageShape
    reply: MessageShape


class PendingShape(TypedDict):
    """A message that is sent when the running reply has ended."""

    id: UUID
    session: UUID
    client_id: str
    content: str
    model: str
    created_at: datetime


class WaitsShape(TypedDict):
    pending: PendingShape


def pending_shape(pending: PendingMessage) -> PendingShape:
    return {
        "id": pending.pk,
        "session": pending.session_id,
        "client_id": pending.client_id,
        "content": pending.content,
        "model": pending.model,
        "created_at": pending.created_at,
    }


class UsageShape(TypedDict):
    """One model call. `settled_at` is null while it runs: its counts are estimates until then."""

    id: UUID
    message: UUID | None
    purpose: str
    provider: str
    model: str
    turn: int
    attempt: int
    input: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    output: int
    tokens: int
    cost: Money | None
    counts_source: str
    ok: bool
    error_type: str
    duration_ms: int | None
    first_token_ms: int | None
    at: datetime
    settled_at: datetime | None


def usage_shapes(calls: Iterable[TokenUsage]) -> list[UsageShape]:
    return [usage_shape(call) for call in calls]


def usage_shape(call: TokenUsage) -> UsageShape:
    return {
        "id": call.pk,
        "message": call.message_id,
        "purpose": call.purpose,
        "provider": call.provider,
        "model": call.model,
        "turn": call.turn,
        "attempt": call.attempt,
        "input": call.input,
        "cache_read": call.cache_read,
        "cache_write_5m": call.cache_write_5m,
        "cache_write_1h": call.cache_write_1h,
        "output": call.output,
        "tokens": call.total,
        "cost": money(call.cost),
        "counts_source": call.counts_source,
        "ok": call.ok,
        "error_type": call.error_type,
        "duration_ms": call.duration_ms,
        "first_token_ms": call.first_token_ms,
        "at": call.at,
        "settled_at": call.settled_at,
    }


class FileShape(TypedDict):
    id: UUID
    name: str
    kind: str
    media_type: str
    language: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    tokens: int
    note: str
    digest: str


class RefusedFileShape(TypedDict):
    name: str
    reason: str


class TakenShape(TypedDict):
    """Uploads: what was taken, and what was not and why."""

    files: list[FileShape]
    refused: list[RefusedFileShape]


def taken_shape(taken: Sequence[Taken]) -> TakenShape:
    return {
        "files": [file_shape(each.attachment) for each in taken if each.attachment is not None],
        "refused": [{"name": each.name, "reason": each.refusal} for each in taken if each.attachment is None],
    }


def file_shape(row: Attachment) -> FileShape:
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "media_type": row.media_type,
        "language": row.language,
        "size": row.size,
        "width": row.width,
        "height": row.height,
        "pages": row.pages,
        "tokens": row.tokens,
        "note": row.note,
        "digest": row.digest,
    }
