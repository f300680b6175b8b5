"""What programs get: sessions, messages, ledger rows as plain JSON values. Lists take a fixed number of queries.

Each shape stands beside the function that makes it; the description of the API is made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NotRequired
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from sessions_app.actions.attachments import Taken
from sessions_app.actions.ledger import KINDS
from sessions_app.agent.references import references_of
from sessions_app.models import Attachment, ChatSession, Message, PendingMessage, Reply, TokenUsage

from .around import ALONE, Around, around
from .marked import Marks, MarksShape, marks_shape

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


class AuthorShape(TypedDict):
    """Who wrote or did something; without an id for somebody elsewhere, of what was imported."""

    id: int | None
    username: str


class FileShape(TypedDict):
    """A file. Its bytes are at `/api/chat/attachments/ID/content`."""

    id: UUID
    name: str
    kind: Annotated[str, Field(description="picture, pdf, text, code or log")]
    media_type: str
    language: str
    size: Annotated[int, Field(description="Bytes.")]
    width: int | None
    height: int | None
    pages: int | None
    tokens: Annotated[int, Field(description="About what it adds to a request.")]
    note: Annotated[str, Field(description="What its person must know of how it was read.")]
    digest: Annotated[str, Field(description="SHA-256 of what is stored.")]
    session: Annotated[
        UUID | None, Field(description="Null for the draft of a session that is not made yet.")
    ]
    message: Annotated[UUID | None, Field(description="The message it was sent with.")]
    created_at: datetime


class FailureShape(TypedDict):
    """Why an answer failed or ended early, for a program and for a person."""

    type: str
    message: str


FellBackShape = TypedDict("FellBackShape", {"from": str, "why": str})
FellBackShape.__doc__ = """The model that was asked first and could not answer, and the kind of its error."""


class CitationShape(TypedDict):
    """What an answer is drawn from, a page of the web or a passage of a video, in the order in which it first cites it."""

    number: int
    url: Annotated[
        str, Field(description="Of a video the path of its page at that second, empty of one elsewhere.")
    ]
    title: str
    cited: Annotated[str, Field(description="The words of the page.")]
    video: Annotated[UUID | None, Field(description="Null for a page of the web.")]
    passage: Annotated[str | None, Field(description="Its key.")]
    start_ms: Annotated[int | None, Field(description="Where the passage begins, in milliseconds.")]
    end_ms: int | None
    similarity: Annotated[float | None, Field(description="0 to 1: how near it was to the question.")]
    excerpt: Annotated[
        str | None,
        Field(description="The words of the passage; null where you may not see the video (any more)."),
    ]


class MessageShape(TypedDict):
    id: UUID
    session: UUID
    parent: UUID | None
    role: Annotated[str, Field(description="user or assistant")]
    author: Annotated[
        AuthorShape | None, Field(description="Of a person's message; null where nobody is known.")
    ]
    client_id: Annotated[str | None, Field(description="As its sender named it.")]
    content: Annotated[str, Field(description="Its text; of an answer that of all its turns.")]
    parts: list[Values]
    attachments: list[FileShape]
    status: Annotated[
        str,
        Field(
            description="sent; of an answer queued, running, waiting, complete, stopped, interrupted or failed"
        ),
    ]
    stop_reason: Annotated[str, Field(description="Why an answer ended; empty while it has not.")]
    error: FailureShape | None
    model: Annotated[str, Field(description="Of an answer the one that gave it.")]
    fell_back: Annotated[
        FellBackShape | None, Field(description="Where another model answered than was asked.")
    ]
    tool_calls: list[ToolCallShape]
    citations: list[CitationShape]
    usage: KindsShape
    tokens: int
    cost: Money | None
    processing_ms: int | None
    turns: int
    active: Annotated[bool, Field(description="Whether it is on the path the page shows.")]
    position: Annotated[int, Field(description="Its depth in the tree of the session, from 1.")]
    version: Annotated[int, Field(description="Which of its versions it is, from 1, the oldest.")]
    versions: Annotated[int, Field(description="How many versions stand in its place, with itself.")]
    revisions: Annotated[int, Field(description="How many former texts it has.")]
    edited_at: Annotated[datetime | None, Field(description="When its text was last replaced.")]
    marks: MarksShape
    created_at: datetime
    finished_at: Annotated[datetime | None, Field(description="When an answer ended.")]


def message_shapes(rows: Sequence[Message], person: Any = None) -> list[MessageShape]:
    """Messages of one session in their order, as `person` reads them. Their `reply` and `author` should have been
    selected; a few more queries for all of them."""
    beside = around(rows, person)
    return [message_shape(row, beside) for row in rows]


def message_shape(row: Message, beside: Around) -> MessageShape:
    reply = row.reply if row.role == Message.Role.ASSISTANT else None
    sums = beside.sums.get(row.pk, {})
    usage: Any = {kind: int(sums.get(f"sum_{kind}") or 0) for kind in KINDS}
    place = beside.versions.get(row.pk, ALONE)
    return {
        "id": row.pk,
        "session": row.session_id,
        "parent": row.parent_id,
        "role": row.role,
        "author": author_shape(row),
        "client_id": row.client_id,
        "content": row.content,
        "parts": [{name: value for name, value in part.items() if name != "raw"} for part in row.parts],
        "attachments": [file_shape(file) for file in beside.files.get(row.pk, [])],
        "status": reply.status if reply else "sent",
        "stop_reason": reply.stop_reason if reply else "",
        "error": failure_shape(reply) if reply else None,
        "model": row.model,
        "fell_back": fell_back_shape(reply) if reply else None,
        "tool_calls": beside.tools.get(row.pk, []),
        "citations": citation_shapes(row.parts, beside.passages),
        "usage": usage,
        "tokens": sum(usage.values()),
        "cost": None if sums.get("unpriced") else money(sums.get("sum_cost") or Decimal(0)),
        "processing_ms": reply.duration_ms if reply and reply.finished_at else None,
        "turns": reply.turns if reply else 0,
        "active": row.active,
        "position": row.position,
        "version": place.number,
        "versions": place.count,
        "revisions": len(row.revisions),
        "edited_at": edited_at(row),
        "marks": marks_shape(beside.marks.get(row.pk) or Marks()),
        "created_at": row.created_at,
        "finished_at": reply.finished_at if reply else None,
    }


def citation_shapes(parts: Iterable[Values], passages: Mapping[str, str]) -> list[CitationShape]:
    """With the words of those passages that their reader may be told."""
    return [
        {
            "number": each.number,
            "url": each.url,
            "title": each.title or each.url[:200],
            "cited": each.cited,
            "video": UUID(each.video) if each.video else None,
            "passage": each.passage or None,
            "start_ms": each.start_ms,
            "end_ms": each.end_ms,
            "similarity": each.similarity,
            "excerpt": passages.get(each.passage),
        }
        for each in references_of(parts)
    ]


def edited_at(row: Message) -> datetime | None:
    """When its last former text was replaced; of an imported one that may not be known."""
    at = row.revisions[-1].get("at") if row.revisions else None
    return datetime.fromisoformat(at) if at else None


def author_shape(row: Message) -> AuthorShape | None:
    if row.author is not None:
        return {"id": row.author.pk, "username": row.author.get_username()}
    return {"id": None, "username": row.written_by} if row.written_by else None


def fell_back_shape(reply: Reply) -> FellBackShape | None:
    found = reply.model_config.get("fell_back")
    if not isinstance(found, dict):
        return None
    return {"from": str(found.get("from", "")), "why": str(found.get("why", ""))}


def failure_shape(reply: Reply) -> FailureShape | None:
    if reply.unfinished or not (reply.error_type or reply.error_message):
        return None
    return {"type": reply.error_type or reply.stop_reason, "message": reply.error_message}


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
        "session": row.session_id,
        "message": row.message_id,
        "created_at": row.created_at,
    }
