"""A chat in one page: the shown messages, and beside each what it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator

from sessions_app.models import ChatSession, Mark, Message, Reply, TokenUsage, ToolCall
from sessions_app.rendering.article import Article, articles

from .columns import exact

PAGE_LENGTH = 100
TEXTS = ("content", "parts", "html")


@dataclass(frozen=True, slots=True)
class Call:
    """One model call of the ledger, its cost exact and in words."""

    row: TokenUsage
    cost: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `article` is its text, for readers only; the rest are figures."""

    id: UUID
    position: int
    role: str
    author: str
    at: datetime
    article: Article | None
    reply: Reply | None
    seconds: float | None
    calls: Sequence[Call]
    tools: Sequence[ToolCall]
    marks: Sequence[Mark]


def transcript_page(chat: ChatSession, number: Any, *, with_text: bool) -> dict[str, Any]:
    """What the page shows; without text none is read from the database."""
    rows = Message.objects.filter(session=chat).shown().select_related("author", "reply")
    page = Paginator(rows if with_text else rows.defer(*TEXTS), PAGE_LENGTH).get_page(number)
    messages = list(page.object_list)
    apart = TokenUsage.objects.filter(session=chat, message__isnull=True).order_by("id")
    return {
        "chat": chat,
        "cost": exact(chat.cost),
        "entries": entries(messages, with_text=with_text),
        "apart": [in_words(row) for row in apart[:PAGE_LENGTH]],
        "page": page,
        "with_text": with_text,
    }


def entries(messages: Sequence[Message], *, with_text: bool) -> list[Entry]:
    keys = [message.pk for message in messages]
    calls: dict[Any, list[Call]] = defaultdict(list)
    for row in TokenUsage.objects.filter(message__in=keys).order_by("id"):
        calls[row.message_id].append(in_words(row))
    tools: dict[Any, list[ToolCall]] = defaultdict(list)
    for tool in ToolCall.objects.filter(message__in=keys).defer("input", "result", "error_message"):
        tools[tool.message_id].append(tool)
    marks: dict[Any, list[Mark]] = defaultdict(list)
    words = () if with_text else ("comment", "quote")
    for mark in Mark.objects.filter(message__in=keys).shown().defer(*words):
        marks[mark.message_id].append(mark)
    shown = texts(messages) if with_text else {}
    return [
        entry(message, shown.get(str(message.pk)), calls[message.pk], tools[message.pk], marks[message.pk])
        for message in messages
    ]


def texts(messages: Iterable[Message]) -> dict[str, Article]:
    """Articles by their message's key, with nothing to press; marks stand beside them. An answer that lost its reply
    has none."""
    whole = [row for row in messages if row.role == Message.Role.USER or hasattr(row, "reply")]
    return {
        article.id: replace(
            article,
            actions=(),
            marks=None,
            attachments=tuple(file.closed for file in article.attachments),
        )
        for article in articles(whole, answerable=False)
    }


def entry(
    row: Message,
    article: Article | None,
    calls: Sequence[Call],
    tools: Sequence[ToolCall],
    marks: Sequence[Mark],
) -> Entry:
    reply: Reply | None = getattr(row, "reply", None)
    return Entry(
        id=row.pk,
        position=row.position,
        role=row.get_role_display(),
        author=row.author.get_username() if row.author else row.model,
        at=row.created_at,
        article=article,
        reply=reply,
        seconds=seconds(reply),
        calls=calls,
        tools=tools,
        marks=marks,
    )


def seconds(reply: Reply | None) -> float | None:
    """How long a reply ran; nothing while it runs."""
    if reply is None or reply.started_at is None or reply.finished_at is None:
        return None
    return reply.duration_ms / 1000


def in_words(row: TokenUsage) -> Call:
    if row.settled_at is None:
        return Call(row, "", "open")
    return Call(row, exact(row.cost), "ok" if row.ok else row.error_type or "failed")
