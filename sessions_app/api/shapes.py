"""What programs get: sessions, messages, ledger rows as plain JSON values. Lists take a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from sessions_app.actions.attachments import Taken
from sessions_app.actions.ledger import KINDS
from sessions_app.models import Attachment, ChatSession, Message, PendingMessage, TokenUsage, ToolCall
from sessions_app.rendering.article import tool_data

Shape = dict[str, Any]


def money(cost: Decimal | None) -> str | None:
    """USD in plain notation, every digit; null where a price is unknown."""
    return None if cost is None else format(Decimal(cost), "f")  # a new row has the plain 0 of its default


def session_shape(chat: ChatSession) -> Shape:
    return {
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


def session_shapes(chats: Iterable[ChatSession]) -> list[Shape]:
    """Sessions, whose tags should have been fetched with them."""
    return [session_shape(chat) for chat in chats]


def message_shapes(rows: Sequence[Message]) -> list[Shape]:
    """Messages (with their reply selected) in their order; two more queries for all of them."""
    answers = [row.pk for row in rows if row.role == Message.Role.ASSISTANT]
    tools: dict[UUID, list[Shape]] = {}
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


def message_shape(row: Message, tools: list[Shape], sums: Mapping[str, Any]) -> Shape:
    reply = row.reply if row.role == Message.Role.ASSISTANT else None
    usage = {kind: int(sums.get(f"sum_{kind}") or 0) for kind in KINDS}
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


def pending_shape(pending: PendingMessage) -> Shape:
    return {
        "id": pending.pk,
        "session": pending.session_id,
        "client_id": pending.client_id,
        "content": pending.content,
        "model": pending.model,
        "created_at": pending.created_at,
    }


def usage_shapes(calls: Iterable[TokenUsage]) -> list[Shape]:
    return [usage_shape(call) for call in calls]


def usage_shape(call: TokenUsage) -> Shape:
    """One model call. `settled_at` is null while it runs: its counts are estimates until then."""
    return {
        "id": call.pk,
        "message": call.message_id,
        "purpose": call.purpose,
        "provider": call.provider,
        "model": call.model,
        "turn": call.turn,
        "attempt": call.attempt,
        **{kind: getattr(call, kind) for kind in KINDS},
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


def taken_shape(taken: Sequence[Taken]) -> Shape:
    """Uploads: what was taken, and what was not and why."""
    return {
        "files": [file_shape(each.attachment) for each in taken if each.attachment is not None],
        "refused": [{"name": each.name, "reason": each.refusal} for each in taken if each.attachment is None],
    }


def file_shape(row: Attachment) -> Shape:
    names = (
        "name",
        "kind",
        "media_type",
        "language",
        "size",
        "width",
        "height",
        "pages",
        "tokens",
        "note",
        "digest",
    )
    return {"id": row.pk, **{name: getattr(row, name) for name in names}}
