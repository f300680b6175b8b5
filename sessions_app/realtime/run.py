"""The making of one reply: events of the agent loop become numbered chunks, journal, frames, ledger and the end."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from sessions_app.actions import running
from sessions_app.actions.running import Batch, Ending
from sessions_app.agent import context
from sessions_app.agent.events import (
    CallAccepted,
    CallEnded,
    CallStarted,
    Failed,
    Finished,
    Limits,
    LoopEvent,
    Retrying,
    TextAdded,
    ThinkingAdded,
    ThinkingEnded,
    ToolBegan,
    ToolEnded,
)
from sessions_app.agent.loop import run as run_loop
from sessions_app.models import uuid7
from sessions_app.reading import Unavailable, read

from . import titles
from .calls import Calls
from .catchup import last_frame
from .chunks import Chunk, chunk
from .connections import provider
from .growth import Growth
from .taking import Taken

if TYPE_CHECKING:
    from .runner import Runner

log = structlog.get_logger("sessions_app.replies")
MATERIALISE_EVERY = 3.0
LARGE_TEXT = 4096
SILENCE = 30.0
SILENT = "no answer for 30 s, still waiting"
BROKE_OFF = "This answer broke off because of a fault in the workspace. The text is kept."


class Run:
    """One running reply of this process. Its task is the only writer of its content."""

    def __init__(self, runner: Runner, taken: Taken) -> None:
        self.runner, self.reply, self._plan = runner, taken.reply, taken.plan
        self.growth = Growth(taken.reply)
        self.calls = Calls(runner.writer, runner.owner, taken.usage)
        self.ending = False
        self.task: asyncio.Task[None] = asyncio.Future()  # type: ignore[assignment]
        self._buffer: list[tuple[str, int, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0
        self._tools: dict[tuple[int, str], dict[str, Any]] = {}
        self._materialised = time.monotonic()
        self._cut = ""  # why the task was cancelled: stopped, interrupted, lost
        self._turn = 0
        self._first_at: datetime | None = None
        self._heard_at = time.monotonic()
        self._began = False  # a task cancelled before its first step would never reach its end

    def start(self) -> None:
        key = self.growth.key
        self._put("metadata", {"status": "queued"})
        asked = str(self.reply.message.parent_id)
        self._put("metadata", {"status": "started", "message_id": key, "user_message_id": asked})
        self.runner.hub.publish(self.growth)
        self.task = asyncio.create_task(self._live())

    # ------------------------------------------------------------ asked from outside

    def stop(self) -> None:
        self._cancel("stopped")

    def interrupt(self) -> None:
        self._cancel("interrupted")

    def lose(self) -> None:
        """The row is no longer ours: close the upstream call and write nothing more."""
        self._cancel("lost")

    def _cancel(self, why: str) -> None:
        """A task that has begun its terminal write is ending: nothing may cancel it."""
        if not self.ending and not self._cut:
            self._cut = why
            if self._began:
                self.task.cancel()

    # ------------------------------------------------------------ the task

    async def _live(self) -> None:
        with structlog.contextvars.bound_contextvars(reply=self.growth.key):
            self._began = True
            try:
                ending = self._cut_ending() if self._cut else await self._make()
            except asyncio.CancelledError:
                if not self._cut:
                    raise
                if (task := asyncio.current_task()) is not None:
                    task.uncancel()
                ending = self._cut_ending()
            except Exception:
                log.exception("reply broke off")
                ending = Ending("failed", "error", "internal", BROKE_OFF, retryable=True)
            try:
                await self._conclude(ending)
            finally:
                self.runner.ended(self)
                self.runner.hub.growths.pop(self.growth.key, None)

    def _cut_ending(self) -> Ending:
        if self._cut == "stopped":
            return Ending("stopped", "stopped", turns=self._turn)
        return Ending(
            "interrupted",
            "error",
            "interrupted",
            "This answer was cut short. The server restarted; the text is kept.",
            retryable=True,
            turns=self._turn,
        )

    async def _make(self) -> Ending:
        plan = self._plan if self._plan is not None else await read(context.plan, self.reply)
        if plan.kept:
            self._turn = 1
            self._add("content", 1, plan.kept)
        limits = Limits(
            max_turns=plan.max_turns,
            tool_timeout=float(settings.TOOL_TIMEOUT),
            retry_base=settings.RETRY_BASE_MS / 1000,
        )
        request = replace(plan.request, rest=self._width)
        events = run_loop(request, provider(plan.provider), plan.tools, limits)
        async with aclosing(events):
            async for event in events:
                ending = await self._on(event, plan)
                if ending is not None:
                    return ending
        raise RuntimeError("the agent loop ended without its last event")

    def notice_silence(self) -> None:
        """Say so when the provider has sent nothing for a while; the call itself has its own limit."""
        quiet = self.calls.open is not None and time.monotonic() - self._heard_at > SILENCE
        if quiet and not self.growth.state:
            self.growth.state = SILENT
            self.runner.hub.publish(self.growth)

    async def _on(self, event: LoopEvent, plan: context.Plan) -> Ending | None:
        """Act on one event; the last one gives the ending."""
        self._heard_at = time.monotonic()
        match event:
            case TextAdded(turn, text):
                self._heard(text)
                self._add("content", turn, text)
            case ThinkingAdded(turn, text):
                self._heard(text)
                self._add("thinking", turn, text)
            case ThinkingEnded(_, raw):
                self._keep_raw(raw)
            case CallStarted():
                await self._begin_call(event, plan)
            case CallAccepted():
                self.calls.accept(event)
            case CallEnded():
                self.calls.end(event)
            case ToolBegan():
                await self._begin_tool(event)
            case ToolEnded():
                await self._end_tool(event)
            case Retrying():
                waiting = {"attempt": event.attempt, "wait_ms": event.wait_ms, "message": event.sentence}
                self._emit("metadata", {"status": "retrying", **waiting})
            case Finished(reason, sentence):
                return Ending("complete", reason, error_message=sentence, turns=self._turn)
            case Failed():
                return self._failed(event)
        return None

    def _failed(self, event: Failed) -> Ending:
        error = event.error
        cause = error.__cause__ if error.kind == "internal" else None
        log.warning(
            "reply failed", kind=error.kind, status=error.status, attempts=event.attempts, exc_info=cause
        )
        return Ending(
            "failed", "error", error.kind, error.sentence, retryable=error.retryable, turns=self._turn
        )

    # ------------------------------------------------------------ text

    def _heard(self, text: str) -> None:
        self.calls.heard(text)
        if self._first_at is None:
            self._first_at = timezone.now()

    def _add(self, kind: str, turn: int, text: str) -> None:
        """Text goes at once; under load not before the last flush is `_width` ago, and what comes in one piece goes
        in one flush."""
        self._turn = max(self._turn, turn)
        self._buffer.append((kind, turn, text))
        if self._timer is None:
            width = self._width()
            if width == 0.0:
                self._flush()
            else:
                wait = max(0.0, self._flushed_at + width - time.monotonic())
                self._timer = asyncio.get_running_loop().call_later(wait, self._flush)

    def _width(self) -> float:
        """The least time between two flushes, and between two reads of the answer, in seconds."""
        return self.runner.clock.width(len(self.runner.runs))

    def _flush(self, *, publish: bool = True) -> None:
        """One flush, one frame: what waited becomes chunks, one for each run of a kind and turn."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._buffer:
            return
        began = time.thread_time()
        self._flushed_at = time.monotonic()
        waiting, self._buffer = self._buffer, []
        kind, turn, texts = waiting[0][0], waiting[0][1], [waiting[0][2]]
        for next_kind, next_turn, text in waiting[1:]:
            if (next_kind, next_turn) != (kind, turn):
                self._put(kind, "".join(texts), turn)
                kind, turn, texts = next_kind, next_turn, []
            texts.append(text)
        self._put(kind, "".join(texts), turn)
        if publish:
            self.runner.hub.publish(self.growth)
            self.runner.clock.measured(time.thread_time() - began)

    def _put(self, kind: str, data: Any, turn: int = 0) -> Chunk:
        piece = chunk(self.growth.key, self.growth.seq + 1, kind, data, turn)
        self.growth.take(piece)
        self.growth.recent.append(piece)
        return piece

    def _emit(self, kind: str, data: Any, turn: int = 0) -> None:
        """A chunk that does not wait; the text before it leaves first, in the same frame."""
        self._flush(publish=False)
        self._put(kind, data, turn)
        self.runner.hub.publish(self.growth)

    def _keep_raw(self, raw: Any) -> None:
        """A finished thinking block keeps what must be sent back byte for byte."""
        self._flush()
        if raw is None:
            return
        block = {"provider": raw.provider, "model": raw.model, "block": dict(raw.block)}
        last = self.growth.folded.parts[-1] if self.growth.folded.parts else None
        if last is not None and last["kind"] == "thinking" and "raw" not in last:
            last["raw"] = block
        else:
            self.growth.folded.parts.append(
                {"kind": "thinking", "turn": max(1, self._turn), "text": "", "raw": block}
            )

    async def _begin_call(self, event: CallStarted, plan: context.Plan) -> None:
        self._turn = max(self._turn, event.turn)
        await self._settle_ended()
        await self.calls.begin(self.reply, event, plan)

    async def _settle_ended(self) -> None:
        """Settle calls that ended while the reply goes on, and show the new sums."""
        if await self.calls.settle():
            self.runner.hub.counters_changed(self.growth.chat)

    # ------------------------------------------------------------ tools

    async def _begin_tool(self, event: ToolBegan) -> None:
        await self._settle_ended()
        call = uuid7()
        data: dict[str, Any] = {
            "id": str(call),
            "tool_id": event.name,
            "tool_use_id": event.tool_use_id,
            "input": dict(event.input),
            "status": "pending",
            "result": None,
            "error": "",
            "duration_ms": None,
        }
        self._tools[event.turn, event.tool_use_id] = data
        ours = await self.runner.writer.insist(
            running.begin_tool,
            message=self.reply.pk, call=call, turn=event.turn, use_id=event.tool_use_id,
            name=event.name, given=data["input"],
        )  # fmt: skip
        if not ours:
            self.lose()
            return
        self._emit("tool_call", data, event.turn)
        label = context.tool_label(event.name)
        self._emit(
            "metadata", {"status": "executing_tool", "tool_id": event.name, "label": label}, event.turn
        )

    async def _end_tool(self, event: ToolEnded) -> None:
        data = self._tools[event.turn, event.tool_use_id] | {
            "status": event.status,
            "result": event.result,
            "error": event.error,
            "duration_ms": event.duration_ms,
        }
        await self.runner.writer.insist(
            running.end_tool,
            call=UUID(data["id"]), status=event.status, result=event.result, error=event.error,
            duration_ms=event.duration_ms,
        )  # fmt: skip
        self._emit("tool_call", data, event.turn)

    # ------------------------------------------------------------ journal

    def batch(self) -> Batch:
        """What the next journal tick writes for this reply."""
        due = time.monotonic() - self._materialised >= MATERIALISE_EVERY
        parts = [dict(part) for part in self.growth.folded.parts] if due else None
        return Batch(
            self.reply.pk,
            self.reply.attempt,
            tuple(self.growth.recent),
            parts,
            self.growth.seq,
            dict(self.calls.accepted),
        )

    def journalled(self, batch: Batch) -> None:
        """The tick was committed: its chunks are the database's now."""
        if batch.chunks:
            last = batch.chunks[-1]["seq"]
            self.growth.recent = [piece for piece in self.growth.recent if piece["seq"] > last]
        if batch.parts is not None:
            self._materialised = time.monotonic()
        for usage in batch.accepted:
            self.calls.accepted.pop(usage, None)
        if batch.accepted:
            self.runner.hub.counters_changed(self.growth.chat)

    # ------------------------------------------------------------ the end

    async def _conclude(self, ending: Ending) -> None:
        """running -> terminal, and the last frame after commit. From here nothing may cancel this task."""
        self.ending = True
        self._flush(publish=False)
        self.calls.break_off(self._cut or ending.error_type or "internal")
        if self._cut == "lost":
            await self._settle_ended()
            self.runner.hub.ended(self.growth, 0, None)  # whoever ended it may not have told our readers
            return
        self.growth.folded.cancel_pending(running.ENDED_TOOL)
        ended = await self.runner.writer.insist(
            running.end_reply,
            owner=self.runner.owner,
            reply=self.reply,
            ending=replace(ending, first_token_at=self._first_at),
            folded=self.growth.folded,
            html=await self._finished_html(),
            unwritten=tuple(self.growth.recent),
            seq=self.growth.seq,
            calls=tuple(self.calls.ended),
        )
        if ended is None:
            self.runner.hub.ended(self.growth, 0, None)
            return
        log.info("reply ended", status=ending.status, stop_reason=ending.stop_reason, turns=ending.turns)
        await self._tell(ended)
        if ending.status in ("complete", "stopped") and not self.runner.closing:
            self.runner.spawn(titles.write_title(self.runner, self.reply))

    async def _finished_html(self) -> str:
        """The body with every block closed; a large one is made off the event loop."""
        self.growth.closed = True
        for data in self.growth.folded.tools.values():
            self.growth.body.tool(data, 0)
        text = sum(len(part.get("text", "")) for part in self.growth.folded.parts)
        if text > LARGE_TEXT:
            return await read(self.growth.body.finish)
        return self.growth.body.finish()

    async def _tell(self, ended: running.Ended) -> None:
        hub = self.runner.hub
        if ended.followed or not hub.of_chat(self.growth.chat):
            hub.ended(self.growth, ended.version, None)
            return
        html = None
        try:
            html = await read(last_frame, ended.reply, ended.calls)
        except Unavailable:
            log.warning("database unavailable", step="last frame")
        finally:
            hub.ended(self.growth, ended.version, html)
