"""Conversations as the product writes them: through its own actions, with a process that lives."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from sessions_app.actions import ledger, messages, processes, running
from sessions_app.models import ChatSession, Message, Reply, RunnerProcess, User, uuid7
from sessions_app.providers.base import Counts
from sessions_app.realtime.chunks import Chunk, Folded, chunk, fold
from sessions_app.rendering.body import finished_body

RESULT = {"period": "last 7 days", "total_tokens": 17, "total_cost": "0.05", "rows": []}


def process() -> RunnerProcess:
    owner = uuid7()
    processes.register(owner=owner)
    return RunnerProcess.objects.get(pk=owner)


def begin(chat: ChatSession, author: User, question: str, owner: UUID) -> Reply:
    """A question, and its reply running in this process."""
    messages.send_message(chat=chat, author=author, content=question)
    return running.claim_replies(owner=owner)[0]


def call(reply: Reply, owner: UUID) -> UUID:
    """An open row of the ledger."""
    usage = uuid7()
    ledger.begin_call(
        ledger.Call(
            usage,
            reply.session.owner_id,
            reply.session_id,
            reply.pk,
            "anthropic",
            "claude-haiku-4-5",
            owner=owner,
        )
    )
    return usage


def journal(reply: Reply, owner: UUID, pieces: list[tuple[str, Any]]) -> tuple[Folded, int]:
    """Chunks written as one batch, their content materialised."""
    folded, chunks = Folded(), []
    for number, (kind, data) in enumerate(pieces, start=1):
        piece: Chunk = chunk(str(reply.pk), number, kind, data, 1)
        fold(folded, piece)
        chunks.append(piece)
    batch = running.Batch(reply.pk, reply.attempt, chunks, folded.parts, len(chunks))
    running.append_journal(owner=owner, batches=[batch])
    return folded, len(chunks)


def tool(reply: Reply, answer: str) -> list[tuple[str, Any]]:
    """The chunks of an answer that used a tool, whose row is written too."""
    key = uuid7()
    given = {"time_range": "week"}
    running.begin_tool(
        message=reply.pk, call=key, turn=1, use_id="use-1", name="analyze_token_usage", given=given
    )
    running.end_tool(call=key, status="success", result=RESULT, error="", duration_ms=12)
    data = {
        "id": str(key), "tool_id": "analyze_token_usage", "tool_use_id": "use-1", "input": given, "status": "success",
        "result": RESULT, "error": "", "duration_ms": 12,
    }  # fmt: skip
    return [("content", "Looking. "), ("tool_call", data), ("content", answer)]


def end(reply: Reply, owner: UUID, folded: Folded, seq: int, settled: list[ledger.Settlement]) -> None:
    body = finished_body(reply.pk, folded.parts, folded.tools)
    running.end_reply(
        owner=owner, reply=reply, ending=running.Ending("complete", "end", turns=1), folded=folded, html=body,
        unwritten=(), seq=seq, calls=settled,
    )  # fmt: skip


def answered(chat: ChatSession, author: User, question: str, answer: str, owner: UUID) -> Message:
    """A question and its finished answer, with a tool call and a settled call in the ledger."""
    reply = begin(chat, author, question, owner)
    usage = call(reply, owner)
    folded, seq = journal(reply, owner, tool(reply, answer))
    counts = Counts(input=1200, cache_read=300, cache_write_5m=40, cache_write_1h=2, output=57)
    end(
        reply,
        owner,
        folded,
        seq,
        [ledger.Settlement(usage, counts, ok=True, duration_ms=1500, first_token_ms=400)],
    )
    return Message.objects.get(pk=reply.pk)


def own_price(amount: str = "2.5") -> dict[str, Any]:
    """A price of staff, from a year before now on."""
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    begin = timezone.now() - timedelta(days=365)
    return {"provider": "anthropic", "model": "claude-haiku-4-5", "valid_from": begin} | dict.fromkeys(
        kinds, Decimal(amount)
    )
