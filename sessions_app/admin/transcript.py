"""Messages as the review page shows them: as their person saw them, and beside each what belongs to it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sessions_app.agent.labels.words import size_words
from sessions_app.models import Attachment, ForeignUsage, Mark, Message, Reply, TokenUsage, ToolCall
from sessions_app.rendering.article import Article, articles, paid_by
from sessions_app.rendering.revisions import replaced, writers_of
from sessions_app.rendering.siblings import Versions, versions_of

from .columns import dollars, model_name

MOST_JSON = 20_000  # characters of an input or a result; the rest is on the call's own page
FAILED = (Reply.Status.FAILED, Reply.Status.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Call:
    """One model call of the ledger, its model and cost in words."""

    row: TokenUsage | ForeignUsage
    model: str
    cost: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool call. What it was given and what it returned is for readers only."""

    row: ToolCall
    failed: bool
    given: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Former:
    """A text that was replaced: when, by whom, and for readers what it said."""

    at: datetime | None
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message. Its name is for readers only."""

    id: UUID
    name: str
    kind: str
    size: str


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
    failed: bool
    seconds: float | None
    versions: Versions | None
    calls: Sequence[Call]
    tools: Sequence[Tool]
    marks: Sequence[Mark]
    files: Sequence[File]
    former: Sequence[Former]


def entries(messages: Sequence[Message], *, with_text: bool) -> list[Entry]:
    """A fixed number of queries for all of them; without text none is read from the database."""
    keys = [message.pk for message in messages]
    calls, tools = calls_of(messages), tools_of(keys, with_text=with_text)
    marks, files = marks_of(keys, with_text=with_text), files_of(keys, with_text=with_text)
    shown = texts(messages) if with_text else {}
    former = former_of(messages) if with_text else {}
    versions = versions_of(messages)
    return [
        Entry(
            id=row.pk,
            position=row.position,
            role=row.get_role_display(),
            author=row.author.get_username() if row.author else row.written_by or model_name(row.model),
            at=row.created_at,
            article=shown.get(str(row.pk)),
            reply=reply_of(row),
            failed=has_failed(row, tools[row.pk]),
            seconds=seconds(reply_of(row)),
            versions=versions.get(row.pk),
            calls=calls[paid_by(row)],
            tools=tools[row.pk],
            marks=marks[row.pk],
            files=files[row.pk],
            former=former.get(row.pk, ()),
        )
        for row in messages
    ]


def reply_of(row: Message) -> Reply | None:
    return getattr(row, "reply", None)


def has_failed(row: Message, tools: Iterable[Tool]) -> bool:
    reply = reply_of(row)
    return (reply is not None and reply.status in FAILED) or any(tool.failed for tool in tools)


def calls_of(messages: Sequence[Message]) -> dict[Any, list[Call]]:
    """Of a copy those of its origin, as its receipt has them; of an imported one those that were paid for elsewhere."""
    found: dict[Any, list[Call]] = defaultdict(list)
    for row in TokenUsage.objects.filter(message__in=[paid_by(each) for each in messages]).order_by("id"):
        found[row.message_id].append(in_words(row))
    imported = [paid_by(each) for each in messages if each.imported]
    for foreign in ForeignUsage.objects.filter(message_key__in=imported) if imported else ():
        found[foreign.message_key].append(in_words(foreign))
    return found


def tools_of(keys: Sequence[UUID], *, with_text: bool) -> dict[Any, list[Tool]]:
    found: dict[Any, list[Tool]] = defaultdict(list)
    rows = ToolCall.objects.filter(message__in=keys)
    for row in rows if with_text else rows.defer("input", "result", "error_message"):
        told = (as_text(row.input), as_text(row.result)) if with_text else ("", "")
        found[row.message_id].append(Tool(row, row.status == ToolCall.Status.ERROR, *told))
    return found


def as_text(value: Any) -> str:
    """JSON as people read it, cut where it is very long."""
    if value is None:
        return ""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= MOST_JSON else f"{text[:MOST_JSON]}\n…"


def marks_of(keys: Sequence[UUID], *, with_text: bool) -> dict[Any, list[Mark]]:
    found: dict[Any, list[Mark]] = defaultdict(list)
    words = () if with_text else ("comment", "quote")
    for mark in Mark.objects.filter(message__in=keys).shown().defer(*words):
        found[mark.message_id].append(mark)
    return found


def files_of(keys: Sequence[UUID], *, with_text: bool) -> dict[Any, list[File]]:
    found: dict[Any, list[File]] = defaultdict(list)
    names = ("message", "name", "kind", "size")
    for row in Attachment.objects.filter(message__in=keys).only(*names):
        name = row.name if with_text else ""
        found[row.message_id].append(File(row.pk, name, row.get_kind_display(), size_words(row.size)))
    return found


def former_of(messages: Sequence[Message]) -> dict[UUID, list[Former]]:
    """The texts that were replaced, newest first."""
    changed = [row for row in messages if row.revisions]
    names = writers_of(changed)
    return {
        row.pk: [Former(*replaced(each, names), each["content"]) for each in reversed(row.revisions)]
        for row in changed
    }


def texts(messages: Iterable[Message]) -> dict[str, Article]:
    """Articles by their message's key, with nothing to press; marks and versions stand beside them. An answer that lost
    its reply has none."""
    whole = [row for row in messages if row.role == Message.Role.USER or hasattr(row, "reply")]
    return {
        article.id: replace(
            article,
            actions=(),
            marks=None,
            versions=None,
            attachments=tuple(file.closed for file in article.attachments),
        )
        for article in articles(whole, answerable=False)
    }


def seconds(reply: Reply | None) -> float | None:
    """How long a reply ran; nothing while it runs."""
    if reply is None or reply.started_at is None or reply.finished_at is None:
        return None
    return reply.duration_ms / 1000


def in_words(row: TokenUsage | ForeignUsage) -> Call:
    if isinstance(row, TokenUsage) and row.settled_at is None:
        return Call(row, model_name(row.model), "", "open")
    return Call(row, model_name(row.model), dollars(row.cost), "ok" if row.ok else row.error_type or "failed")
