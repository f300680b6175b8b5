"""What a dead, lost or blocked process leaves behind, and who puts it right."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from sessions_app.actions import ledger, processes, running
from sessions_app.actions.messages import send_message
from sessions_app.models import (
    ChatSession,
    Message,
    Reply,
    ReplyChunk,
    RunnerProcess,
    TokenUsage,
    ToolCall,
    uuid7,
)
from sessions_app.providers.base import Counts
from sessions_app.realtime import runtime
from sessions_app.realtime.chunks import Folded, chunk, fold
from sessions_app.realtime.writer import Writer
from sessions_app.transactions import write
from tests.upstream import Scenario

from .stage import Stage, check_goes_on, check_ledger, check_sound, stored

P = ParamSpec("P")
R = TypeVar("R")
OTHER = uuid7()


@write()
def left_by(
    chat: ChatSession, owner: UUID | None = None, *, beat: timedelta = timedelta(minutes=1), lock: str = ""
) -> Reply:
    """A reply in the middle of its text, run by another process that beat so long ago. Nobody can claim it here."""
    owner = owner or OTHER
    RunnerProcess.objects.get_or_create(
        id=owner,
        defaults={
            "beat_at": timezone.now() - beat,
            "host": socket.gethostname()[:120] if lock else "elsewhere",
            "lock_path": lock,
        },
    )
    reply = send_message(chat=chat, author=chat.owner, content="Hello").reply
    assert reply is not None
    Reply.objects.filter(pk=reply.pk).update(
        status="running", owner=owner, attempt=1, started_at=timezone.now()
    )
    reply.refresh_from_db()
    usage = uuid7()
    ledger.begin_call(
        ledger.Call(usage, chat.owner_id, chat.pk, reply.pk, "anthropic", chat.model, owner=owner, estimate=7)
    )
    pieces = [("content", "kept "), ("content", "in parts "), ("content", "and journal")]
    chunks = [chunk(str(reply.pk), n, kind, data, 1) for n, (kind, data) in enumerate(pieces, 1)]
    folded = Folded()
    fold(folded, chunks[0])
    running.append_journal(
        owner=owner,
        batches=[running.Batch(reply.pk, 1, chunks[:1], folded.parts, 1, {usage: Counts(input=11)})],
    )
    running.append_journal(owner=owner, batches=[running.Batch(reply.pk, 1, chunks[1:])])
    call = uuid7()
    running.begin_tool(message=reply.pk, call=call, turn=1, use_id="use-1", name="clock", given={})
    data = {"id": str(call), "tool_id": "clock", "tool_use_id": "use-1", "input": {}, "status": "pending"}
    running.append_journal(
        owner=owner, batches=[running.Batch(reply.pk, 1, [chunk(str(reply.pk), 4, "tool_call", data, 1)])]
    )
    return reply


def check_buried(chat: ChatSession, reply: Reply) -> None:
    reply.refresh_from_db()
    assert (reply.status, reply.error_type) == ("interrupted", "interrupted")
    assert "the text is kept" in reply.error_message
    message = Message.objects.get(pk=reply.pk)
    assert message.content == "kept in parts and journal"
    assert "kept in parts and journal" in message.html
    row = TokenUsage.objects.get(message=reply.pk)
    assert row.settled_at is not None
    assert (row.ok, row.error_type, row.input, row.output) == (False, "interrupted", 11, 7)
    assert [call.status for call in ToolCall.objects.filter(message=reply.pk)] == ["cancelled"]
    check_sound(chat)


@pytest.mark.django_db(transaction=True)
def test_the_reply_of_a_process_that_stopped_beating_is_interrupted_with_its_text(
    claude_chat: ChatSession,
) -> None:
    reply = left_by(claude_chat)
    assert processes.reap(owner=uuid7()) == 1
    check_buried(claude_chat, reply)
    assert not RunnerProcess.objects.filter(pk=OTHER).exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_still_beats_keeps_its_reply(claude_chat: ChatSession) -> None:
    reply = left_by(claude_chat, beat=timedelta(0))
    assert processes.reap(owner=uuid7()) == 0
    reply.refresh_from_db()
    assert reply.status == "running"


@pytest.mark.django_db(transaction=True)
def test_a_process_never_buries_its_own(claude_chat: ChatSession) -> None:
    reply = left_by(claude_chat)
    assert processes.reap(owner=OTHER) == 0
    reply.refresh_from_db()
    assert reply.status == "running"


@pytest.mark.django_db(transaction=True)
def test_a_free_lock_file_proves_its_owner_dead_at_once(
    claude_chat: ChatSession, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    owner = uuid7()
    lock = processes.ProcessLock(owner)
    reply = left_by(claude_chat, owner, beat=timedelta(0), lock=str(lock.path))
    assert processes.reap(owner=uuid7()) == 0
    other = tmp_path / "copy"
    other.touch()
    RunnerProcess.objects.filter(pk=owner).update(lock_path=str(other))
    assert processes.reap(owner=uuid7()) == 1
    lock.release()
    check_buried(claude_chat, reply)


@pytest.mark.django_db(transaction=True)
def test_a_process_taken_for_dead_says_anew_who_it_is(db: None) -> None:
    owner = uuid7()
    processes.register(owner=owner)
    processes.forget([owner])
    processes.beat(owner=owner)
    assert RunnerProcess.objects.filter(pk=owner, ended_at=None).exists()


async def test_a_start_buries_what_a_dead_process_left_and_the_chat_goes_on(stage: Stage) -> None:
    reply = await stored(lambda: left_by(stage.chat))
    await stage.runner.reap()
    await stored(lambda: check_buried(stage.chat, reply))
    after = await stage.answer(Scenario("words", words=3), "And now?")
    assert (after.status, after.message.content) == ("complete", "w1 w2 w3 ")


@pytest.mark.parametrize("change", [{"attempt": 9}, {"owner": OTHER}])
async def test_a_reply_that_is_no_longer_ours_is_let_go_and_nothing_more_is_written(
    stage: Stage, change: dict[str, Any]
) -> None:
    reply = await stage.begin(Scenario("gate", words=20, after=3))
    await stage.growing(reply, "w3 ")
    for loop in stage.runner._loops:
        loop.cancel()
    await asyncio.gather(*stage.runner._loops, return_exceptions=True)
    await stage.runner.tick()
    task = stage.runner.runs[reply.pk].task
    journal = ReplyChunk.objects.filter(reply=reply).order_by("pk").values_list("pk", "last_seq")
    await stored(lambda: Reply.objects.filter(pk=reply.pk).update(**change))
    before = await stored(lambda: list(journal.all()))
    await stage.runner.tick()
    await asyncio.wait_for(task, 10)
    await stage.upstream_saw(lambda entry: entry.disconnected_at is not None)
    row = await stage.fresh(reply)
    assert row.status == "running"
    assert await stored(lambda: list(journal.all())) == before
    assert all(call.settled_at for call in await stage.ledger(reply))


async def test_a_running_reply_without_a_task_is_ended_as_failed(stage: Stage) -> None:
    reply = await stored(lambda: left_by(stage.chat, stage.runner.owner))
    await stage.runner._poll()
    ended = await stage.fresh(reply)
    assert (ended.status, ended.error_type) == ("failed", "lost")
    assert ended.message.content == "kept in parts and journal"
    await stored(lambda: check_sound(stage.chat))


async def test_a_shutdown_ends_every_reply_before_it_returns(stage: Stage) -> None:
    reply = await stage.begin(Scenario("gate", words=20, after=3))
    await stage.growing(reply, "w3 ")
    await runtime.close()
    ended = await stage.fresh(reply)
    assert (ended.status, ended.message.content) == ("interrupted", "w1 w2 w3 ")
    await stored(lambda: check_sound(stage.chat))
    await stored(lambda: check_ledger(stage.chat, stage.upstream.replies))


async def test_a_reply_claimed_in_the_moment_of_a_shutdown_is_not_left_running(stage: Stage) -> None:
    stage.runner.look()
    reply = await stage.begin("words")
    await runtime.close()
    ended = await stage.fresh(reply)
    assert ended.status in ("queued", "interrupted", "complete")
    await stored(lambda: check_sound(stage.chat) if ended.status != "queued" else None)


async def test_after_a_shutdown_continue_goes_on_from_the_kept_text(stage: Stage) -> None:
    from sessions_app.actions.replies import continue_reply
    from sessions_app.realtime import feed

    reply = await stage.begin(Scenario("gate", words=20, after=3))
    await stage.growing(reply, "w3 ")
    await runtime.close()
    feed.reopen()
    next_process = await runtime.start()
    stage.upstream.set_default(Scenario("words", words=2))
    message = await stored(lambda: Message.objects.select_related("reply", "parent").get(pk=reply.pk))
    again = await stored(lambda: continue_reply(message=message))
    assert next_process.runner is not None
    await next_process.runner.run_until_idle()
    ended = await stage.fresh(again)
    assert (ended.status, ended.message.content) == ("complete", "w1 w2 w3 w1 w2 ")
    assert (await stage.fresh(reply)).message.content == "w1 w2 w3 "
    sent = stage.upstream.replies[-1].body["messages"]
    assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]
    await stored(lambda: check_sound(stage.chat))


# ---------------------------------------------------------------- a database that fails


def hold_the_journal(held: threading.Event, let_go: threading.Event) -> None:
    """Keep every other writer of the journal waiting, from a connection of this thread's own."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
        if not sqlite:
            cursor.execute("LOCK TABLE sessions_app_replychunk IN EXCLUSIVE MODE")
        held.set()
        let_go.wait(20)
        cursor.execute("ROLLBACK")
    connection.close()


async def test_a_database_locked_for_seconds_during_a_stream_loses_nothing(stage: Stage) -> None:
    reply = await stage.begin(Scenario("gate", words=30, after=10))
    await stage.growing(reply, "w10 ")
    held, let_go = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold_the_journal, args=(held, let_go))
    holder.start()
    await asyncio.to_thread(held.wait, 20)
    stage.upstream.release()
    await stage.growing(reply, "w30 ")
    threading.Timer(1.5, let_go.set).start()
    ended = await stage.ended(reply)
    await asyncio.to_thread(holder.join)
    assert (ended.status, ended.message.content) == ("complete", "".join(f"w{n} " for n in range(1, 31)))
    await check_goes_on(stage, ended)


class Failing(Writer):
    """Fails the nth job of one name: before it ran, or after its commit, when only the answer is lost."""

    def __init__(self, name: str, nth: int, *, after_commit: bool) -> None:
        super().__init__()
        self.name, self.nth, self.after_commit = name, nth, after_commit
        self.count = 0

    async def run(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if getattr(job, "__name__", "") != self.name:
            return await super().run(job, *args, **kwargs)
        self.count += 1
        if self.count != self.nth:
            return await super().run(job, *args, **kwargs)
        if self.after_commit:
            await super().run(job, *args, **kwargs)
        raise OperationalError("the connection was lost")


async def reply_while_failing(stage: Stage, writer: Failing) -> None:
    """A reply with a tool and a title; afterwards everything is sound, and where it completed nothing is missing."""
    healthy, stage.runner.writer = stage.runner.writer, writer
    stage.upstream.reset()
    stage.upstream.set_default(Scenario("tool", words=40, rate=400))
    sent = await stage.send("Hello")
    assert sent.reply is not None
    async with asyncio.timeout(20):
        while (await stage.fresh(sent.reply)).unfinished:
            try:
                await stage.runner.run_until_idle()
                await stage.runner._poll()
            except OperationalError:
                continue
    stage.runner.writer = healthy
    await asyncio.to_thread(writer.close)
    ended = await stage.fresh(sent.reply)
    words = "".join(f"w{n} " for n in range(1, 41))
    if ended.status == "complete":
        assert ended.message.content == f"Let me look. \n\n{words}"
    else:  # only a claim whose answer was lost may cost the reply, and then no call was made
        assert (writer.name, ended.status, stage.upstream.replies) == ("take", "failed", [])
    await stored(lambda: check_sound(stage.chat))
    rows = await stage.ledger(ended)
    if ended.status == "failed":
        assert [(row.ok, row.output, row.counts_source) for row in rows] == [(False, 0, "estimated")]
        return
    assert [row.output for row in rows] == [entry.usage["output_tokens"] for entry in stage.upstream.replies]
    assert all(row.settled_at and row.ok for row in rows)


JOBS = ["take", "append_journal", "begin_call", "settle_call", "begin_tool"]
JOBS += ["end_tool", "end_reply", "beat", "reap", "orphans_of", "anything_queued"]


@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", JOBS)
async def test_whichever_job_fails_nothing_is_lost(stage: Stage, name: str, after_commit: bool) -> None:
    """Fails the first job of this name, then the second, until a reply passes untouched (or has seen three)."""
    for nth in range(1, 4):
        writer = Failing(name, nth, after_commit=after_commit)
        await reply_while_failing(stage, writer)
        if writer.count < nth:
            break
