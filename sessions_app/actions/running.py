"""What a runner writes. Every write is conditional on owner, attempt and *running*: one whose row no longer
matches writes nothing more. All of them go through the one writer thread of their process, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from sessions_app.agent.parts import text_of
from sessions_app.models import ChatSession, Message, Reply, ReplyChunk, TokenUsage, ToolCall
from sessions_app.prepared import Insert, Rows, Select, Update, given
from sessions_app.providers.base import Counts
from sessions_app.realtime import feed
from sessions_app.realtime.chunks import Chunk, Folded, fold, terminal
from sessions_app.rendering import RENDERER_VERSION
from sessions_app.rendering.article import tool_data
from sessions_app.rendering.body import finished_body
from sessions_app.transactions import write

from . import ledger, reporting
from .messages import send_next_pending
from .paths import raise_version
from .searching import note_answer

JOURNAL_KEPT = timedelta(hours=24)
ENDED_TOOL = "The reply ended before this tool did."
CLAIMED_AT_ONCE = 50
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)

R = TypeVar("R", Message, Reply)
_this = Reply.objects.filter
_queued = Rows(
    lambda: _this(status=Reply.Status.QUEUED, created_at__lt=given("before")).values_list("pk")[:1]
)
_claim = Update(
    lambda: _this(
        status=Reply.Status.QUEUED,
        pk__in=_this(status=Reply.Status.QUEUED, created_at__lt=given("before"))
        .order_by("created_at")
        .select_for_update(skip_locked=True)
        .values("pk")[:CLAIMED_AT_ONCE],
    ),
    "owner",
    "started_at",
    status=Reply.Status.RUNNING,
    attempt=F("attempt") + 1,
)
_claimed = Select(
    lambda: (
        Reply.objects.owned(given("owner"))
        .filter(started_at=given("started_at"))
        .select_related("session__owner", "message__parent__author")
        .order_by("created_at")
    )
)
_owned = Rows(
    lambda: (
        Reply.objects.owned(given("owner"))
        .select_for_update()
        .values_list("pk", "attempt", "stop_requested_at")
    )
)
_journal = Insert(ReplyChunk, unless=("reply", "first_seq"), replace=("last_seq", "chunks", "at"))
_store_growing = Update(lambda: Message.objects.filter(pk=given("message")), "parts", "content")
_store = Update(
    lambda: Message.objects.filter(pk=given("message")),
    *("parts", "content", "html", "renderer_version", "version"),
)
_reach = Update(lambda: _this(pk=given("reply")), "parts_seq")
_end = Update(
    lambda: Reply.objects.owned(given("owner"), given("attempt")).filter(pk=given("reply")),
    *("status", "stop_reason", "error_type", "error_message", "finished_at", "turns", "first_token_at"),
)
_cancel_tools = Update(
    lambda: ToolCall.objects.filter(message=given("message"), status__in=ToolCall.OPEN).order_by(),
    status=ToolCall.Status.CANCELLED,
    error_message=ENDED_TOOL,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one reply adds to the journal at a tick.

    `parts` is the content so far where it is time to materialise it, up to `seq`. `accepted` are counts of open
    calls that became known, by ledger row.
    """

    reply: UUID
    attempt: int
    chunks: Sequence[Chunk]
    parts: Sequence[Mapping[str, Any]] | None = None
    seq: int = 0
    accepted: Mapping[UUID, Counts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ends: everything its terminal transaction writes."""

    status: str
    stop_reason: str = ""
    error_type: str = ""
    error_message: str = ""
    retryable: bool = False
    turns: int = 0
    first_token_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What the terminal transaction made: the chat's new version, the last chunks, the rows as they are now
    (`reply` with its message, its settled `calls`), and whether another reply follows."""

    version: int
    chunks: Sequence[Chunk]
    html: str
    reply: Reply
    calls: Sequence[TokenUsage]
    followed: bool


def claim_replies(*, owner: UUID, waited: timedelta = timedelta()) -> list[Reply]:
    """Take queued replies, oldest first. A queued one has no call in flight, so any process may.

    `waited` leaves those alone that are younger: the process that took the message is about to claim them.
    """
    before = timezone.now() - waited if waited else END_OF_TIME
    if not _queued.any(before=before):
        return []
    claim = {"owner": owner, "started_at": timezone.now()}  # the moment tells these from others of this owner
    with write():
        claimed = _claim(before=before, **claim)
    return _claimed.all(**claim) if claimed else []


@write()
def append_journal(*, owner: UUID, batches: Sequence[Batch]) -> dict[UUID, bool]:
    """Write one tick for all replies of a process. Returns those still ours -> whether Stop was asked."""
    wanted = {batch.reply: batch for batch in batches}
    alive: dict[UUID, bool] = {}
    for key, attempt, asked in _owned.all(owner=owner):
        if key in wanted and attempt == wanted[key].attempt:
            alive[key] = asked is not None
    mine = [batch for batch in batches if batch.reply in alive]
    write_journal([(batch.reply, batch.chunks) for batch in mine if batch.chunks])
    for batch in mine:
        if batch.parts is not None:
            _store_growing(message=batch.reply, **with_text(batch.parts))
            _reach(reply=batch.reply, parts_seq=batch.seq)
        for usage, counts in batch.accepted.items():
            ledger.note_accepted(usage=usage, counts=counts)
    return alive


def write_journal(rows: Sequence[tuple[UUID, Sequence[Chunk]]]) -> None:
    """One journal row for each reply's chunks. One that was written before, by a tick still under way or one whose
    answer was lost, begins with the same seq and is replaced by the longer one."""
    _journal(
        *(
            ReplyChunk(
                reply_id=reply, first_seq=chunks[0]["seq"], last_seq=chunks[-1]["seq"], chunks=list(chunks)
            )
            for reply, chunks in rows
        )
    )


def with_text(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Parts and the text derived from them, always stored together."""
    return {"parts": list(parts), "content": text_of(parts)}


@write()
def begin_tool(
    *, message: UUID, call: UUID, turn: int, use_id: str, name: str, given: Any, status: str = "pending"
) -> bool:
    """The row of a tool call about to run, or to ask; False, and no row, where the reply ended meanwhile. May be repeated."""
    if not Reply.objects.unfinished().filter(pk=message).select_for_update().exists():
        return False
    values = {
        "message_id": message,
        "turn": turn,
        "tool_use_id": use_id,
        "tool_name": name[:120],
        "input": given,
        "status": status,
    }
    _, made = ToolCall.objects.get_or_create(id=call, defaults=values)
    if made:
        ChatSession.objects.filter(messages=message).update(tool_count=F("tool_count") + 1)
    return True


@write()
def switch_model(*, owner: UUID, reply: Reply, config: Mapping[str, Any]) -> bool:
    """Another model answers from here on: `config` is what is asked of it. False where the reply is no longer ours."""
    rows = Reply.objects.owned(owner, reply.attempt).filter(pk=reply.pk)
    if not rows.update(model_config=dict(config)):
        return False
    Message.objects.filter(pk=reply.pk).update(model=config["model"])
    return True


@write()
def end_tool(*, call: UUID, status: str, result: Any, error: str, duration_ms: int | None) -> None:
    """Settle a tool call once."""
    ended = ToolCall.objects.filter(pk=call, status=ToolCall.Status.PENDING).update(
        status=status, result=result, error_message=error[:500], duration_ms=duration_ms
    )
    if ended and status == ToolCall.Status.ERROR:
        reporting.tool_failed(call=call)


@write()
def end_reply(
    *,
    owner: UUID,
    reply: Reply,
    ending: Ending,
    folded: Folded,
    html: str,
    unwritten: Sequence[Chunk],
    seq: int,
    calls: Sequence[ledger.Settlement] = (),
) -> Ended | None:
    """running -> terminal, once: final parts, rendering, tool results and ledger in one transaction.

    Returns None where the reply was no longer ours: then nothing was written but the ledger, whose rows are
    settled by whoever made the calls.
    """
    ledger.settle_calls(*calls)
    values = terminal_values(ending)
    won = _end(reply=reply.pk, owner=owner, attempt=reply.attempt, **values)
    return finish(changed(reply, values), ending, folded.parts, html, unwritten, seq) if won else None


def end_unowned(*, reply: Reply, status: str, stop_reason: str, message: str = "", kind: str = "") -> bool:
    """End a reply whose owner is gone or that nobody took; its text is rebuilt from the journal."""
    same = Reply.objects.unfinished().filter(pk=reply.pk, owner=reply.owner, attempt=reply.attempt)
    folded, seq = content_so_far(reply)
    turns = max((part["turn"] for part in folded.parts), default=0)
    first = reply.first_token_at
    ending = Ending(status, stop_reason, kind, message, retryable=True, turns=turns, first_token_at=first)
    folded.cancel_pending(ENDED_TOOL)
    html = finished_body(reply.pk, folded.parts, folded.tools)
    with write():
        values = terminal_values(ending)
        if not same.update(**values):
            return False
        ledger.settle_abandoned(message=reply.pk, output=ledger.estimate_open(reply.pk, folded.parts))
        finish(changed(reply, values), ending, folded.parts, html, [], seq)
    return True


def stored_so_far(reply: Reply) -> tuple[Folded, int]:
    """The content of an unfinished reply as far as the database has it, and the seq it reaches."""
    row = Reply.objects.filter(pk=reply.pk).values_list("parts_seq", "message__parts").get()
    folded, seq = Folded.of(row[1]), row[0]
    for chunks in (
        reply.journal.filter(last_seq__gt=seq).order_by("first_seq").values_list("chunks", flat=True)
    ):
        for chunk in chunks:
            if chunk["seq"] > seq:
                fold(folded, chunk)
                seq = chunk["seq"]
    return folded, seq


def content_so_far(reply: Reply) -> tuple[Folded, int]:
    """`stored_so_far` with the tool calls as they are now."""
    folded, seq = stored_so_far(reply)
    folded.tools = tools_of(reply.pk)
    return folded, seq


def terminal_values(ending: Ending) -> dict[str, Any]:
    return {
        "status": ending.status,
        "stop_reason": ending.stop_reason,
        "error_type": ending.error_type[:40],
        "error_message": ending.error_message[:500],
        "finished_at": timezone.now(),
        "turns": ending.turns,
        "first_token_at": ending.first_token_at,
    }


def changed(row: R, values: Mapping[str, Any]) -> R:
    """The row as an update leaves it; the given one stays as it is, pages may be looking at it."""
    new = copy(row)
    for name, value in values.items():
        setattr(new, name, value)
    return new


def finish(
    row: Reply,
    ending: Ending,
    parts: Sequence[Mapping[str, Any]],
    html: str,
    unwritten: Sequence[Chunk],
    seq: int,
) -> Ended:
    """The common end: tool calls closed, parts and html stored, last chunks journalled, what follows sent."""
    _cancel_tools(message=row.pk)  # each needs a result, or the next history is not valid
    calls = ledger.settled_calls(row.pk)
    last = closing_chunks(row, calls, ending, seq)
    chunks = [*unwritten, *last]
    write_journal([(row.pk, chunks)])
    version = raise_version(row.session_id, ran_ms=row.last_leg_ms)
    values = {
        **with_text(parts),
        "html": html,
        "renderer_version": RENDERER_VERSION,
        "version": version,
    }
    _store(message=row.pk, **values)
    _reach(reply=row.pk, parts_seq=chunks[-1]["seq"])
    row.message = changed(row.message, values)
    note_answer(message=row.message, chat=row.session)
    for path in settings.ANSWER_WATCHERS:
        import_string(path)(reply=row, parts=parts)
    if ending.status == Reply.Status.FAILED and ending.error_type in reporting.FAULTS:
        reporting.reply_failed(reply=row.pk, model=row.model_config.get("model", ""), kind=ending.error_type)
    followed = ending.status in (Reply.Status.COMPLETE, Reply.Status.STOPPED)
    sent = send_next_pending(chat=row.session) if followed else None
    transaction.on_commit(lambda: feed.reply_ended(row.pk, row.session_id, row.session.owner_id))
    return Ended(version, last, html, row, calls, followed=sent is not None)


def tools_of(message: UUID) -> dict[str, Any]:
    """Tool calls of a message by key, as the data of their chunks."""
    return {str(call.pk): tool_data(call) for call in ToolCall.objects.filter(message=message)}


def closing_chunks(row: Reply, calls: Sequence[TokenUsage], ending: Ending, seq: int) -> list[Chunk]:
    """The error chunk where there is one to tell, then exactly one terminal chunk."""
    usage, cost = ledger.sums_of(calls)
    return terminal(
        reply=str(row.pk),
        seq=seq,
        status=ending.status,
        model=row.model_config.get("model", ""),
        usage=usage,
        cost=cost,
        duration_ms=row.duration_ms,
        error=(ending.error_message, ending.error_type or ending.stop_reason, ending.retryable)
        if ending.error_message
        else None,
    )


@write()
def prune_journal(*, limit: int = 200) -> int:
    """Drop chunks of replies that ended over 24 hours ago, in small batches. Returns how many rows went."""
    old = ReplyChunk.objects.filter(
        at__lt=timezone.now() - JOURNAL_KEPT, reply__finished_at__lt=timezone.now() - JOURNAL_KEPT
    )
    keys = list(old.values_list("pk", flat=True)[:limit])
    return ReplyChunk.objects.filter(pk__in=keys).delete()[0]
