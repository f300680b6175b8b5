"""Chosen chats as lines of JSON, one thing a line: a session, then its messages, tool calls and model calls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Model, QuerySet

from sessions_app.models import ChatSession, Message, TokenUsage, ToolCall

BATCH = 500
SESSION = (
    *("id", "owner__username", "kind", "provider", "model", "starred", "message_count", "tool_count"),
    *("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "cost", "unpriced_calls"),
    *("created_at", "last_activity_at", "archived_at", "deleted_at", "parent_id"),
)
MESSAGE = (
    *("id", "session_id", "parent_id", "position", "active", "role", "author__username", "model"),
    *("created_at", "deleted_at", "reply__status", "reply__stop_reason", "reply__error_type"),
)
TOOL = ("id", "message_id", "turn", "tool_name", "status", "duration_ms", "created_at")
CALL = (
    *(
        "id",
        "session_key",
        "message_id",
        "purpose",
        "provider",
        "model",
        "turn",
        "attempt",
        "input",
        "cache_read",
    ),
    *(
        "cache_write_5m",
        "cache_write_1h",
        "output",
        "cost",
        "ok",
        "error_type",
        "duration_ms",
        "at",
        "settled_at",
    ),
)
TEXTS: dict[type[Model], tuple[str, ...]] = {
    ChatSession: ("title", "settings"),
    Message: ("content", "revisions"),
    ToolCall: ("input", "result", "error_message"),
    TokenUsage: (),
}


async def lines(keys: Sequence[UUID], *, with_text: bool) -> AsyncIterator[bytes]:
    """The file, a few hundred rows at a time: a reader who is slow holds no more of it."""
    rest = told(keys, with_text=with_text)
    while piece := await sync_to_async(lambda: b"".join(islice(rest, BATCH)))():
        yield piece


def told(keys: Sequence[UUID], *, with_text: bool) -> Iterator[bytes]:
    for key in keys:
        yield from _rows("session", ChatSession.objects.filter(pk=key), SESSION, with_text)
        yield from _rows("message", Message.objects.filter(session=key), MESSAGE, with_text)
        yield from _rows("tool_call", ToolCall.objects.filter(message__session=key), TOOL, with_text)
        yield from _rows("call", TokenUsage.objects.filter(session=key), CALL, with_text)


def _rows(kind: str, rows: QuerySet[Any], names: Sequence[str], with_text: bool) -> Iterator[bytes]:
    """In the order of their keys, from one key to the next: no cursor stays open while a reader waits."""
    wanted = (*names, *TEXTS[rows.model]) if with_text else names
    last: UUID | None = None
    while True:
        found = list((rows.filter(pk__gt=last) if last else rows).order_by("pk").values(*wanted)[:BATCH])
        for row in found:
            line = {"type": kind} | {name.replace("__", "_"): value for name, value in row.items()}
            yield json.dumps(line, default=_plain, ensure_ascii=False).encode() + b"\n"
        if len(found) < BATCH:
            return
        last = found[-1]["id"]


def _plain(value: Any) -> str:
    """Money with all its digits and none of them in a power of ten."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
