"""The making of one reply: events of the agent loop become numbered chunks, journal, frames, ledger and the end."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone

from sessions_app.actions import approvals, ledger, running
from sessions_app.actions.running import Batch, Ending
from sessions_app.agent import context
from sessions_app.agent.citing import Citing
from sessions_app.agent.events import (
    CallAccepted,
    CallEnded,
    CallStarted,
    Failed,
    FellBack,
    Finished,
    Limits,
    LoopEvent,
    Retrying,
    TextAdded,
    TextSourced,
    ThinkingAdded,
    ThinkingEnded,
    ToolBegan,
    ToolEnded,
    Waiting,
)
from sessions_app.agent.loop import run as run_loop
from sessions_app.agent.loop import run_allowed
from sessions_app.agent.parts import text_of
from sessions_app.agent.sentences import budget, cost_limit
from sessions_app.plugins import hooks
from sessions_app.reading import Unavailable, read

from . import summaries, titles
from .calls import Calls
from .catchup import last_frame
from .connections import provider
from .counting import fitted
from .gathering import gathered
from .growth import Growth
from .output import Output
from .planning import may_switch, planned
from .succession import Succession
from .taking import Taken
from .toolcalls import ToolCalls

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
        self.growth = Growth(taken.reply, *(taken.content or ()))
        self.output = Output(self.growth, runner.clock, self._width, runner.hub.publish)
        self.tools = ToolCalls(taken.reply, runner.writer, self.output)
        self.calls = Calls(runner.writer, runner.owner, taken.usage)
        self.asked = Succession(runner, taken.reply, self.calls, self.output)
        self.ending = False
        self.task: asyncio.Task[None] = asyncio.Future()  # type: ignore[assignment]
        self._materialised = time.monotonic()
        self._cut = ""  # why the task was cancelled: stopped, interrupted, lost
        self._citing = Citing({})
        self._turn = taken.reply.turns  # more than 0: it waited, and goes on
        self._first_at: datetime | None = taken.reply.first_token_at
        self._heard_at = time.monotonic()
        self._began = False  # a task cancelled before its first step would never reach its end

    def start(self) -> None:
        key = self.growth.key
        if not self._turn:
            self.output.put("metadata", {"status": "queued"})
        asked = str(self.reply.message.parent_id)
        self.output.put("metadata", {"status": "started", "message_id": key, "user_message_id": asked})
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
                await self._conclude(await self._outcome())
            finally:
                self.runner.ended(self)
                self.runner.hub.growths.pop(self.growth.key, None)

    async def _outcome(self) -> Ending | Waiting:
        """How this run ends, however it comes to its end."""
        try:
            return self._cut_ending() if self._cut else await self._make()
        except asyncio.CancelledError:
            if not self._cut:
                raise
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            return self._cut_ending()
        except Exception:
            log.exception("reply broke off")
            return Ending("failed", "error", "internal", BROKE_OFF, retryable=True)

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

    async def _make(self) -> Ending | Waiting:
        goes_on = self._turn > 0
        if goes_on:
            await self._run_allowed()
        plan = self._plan if self._plan is not None else await self.runner.writer.run(planned, self.reply)
        plan = await gathered(self.reply, await self.asked.begin(plan), self.runner.writer)
        plan = await fitted(self.reply, plan, self.runner.writer)
        self.asked.plan = plan
        if plan.kept and not goes_on:
            self._turn = 1
            for text, citations in plan.pieces:
                self._add("content", 1, text)
                if citations:
                    self.output.cite_again(len(text), citations)
        self._citing = Citing(plan.given, active=plan.cites)
        events = run_loop(
            replace(plan.request, rest=self._width),
            provider(plan.provider),
            plan.tools,
            limits_of(plan.max_turns),
            first_turn=self.reply.turns + 1,
            next_plan=self.asked.next_plan if may_switch(self.reply) else None,
        )
        async with aclosing(events):
            async for event in events:
                for shown in self._citing.take(event):
                    ending = await self._on(shown, self.asked.plan)
                    if ending is not None:
                        return ending
        raise RuntimeError("the agent loop ended without its last event")

    async def _run_allowed(self) -> None:
        """What a person has allowed runs before the model is asked again."""
        tools, payer = await read(context.tools_of, self.reply)
        calls = self.tools.allowed(self._turn)
        async with aclosing(run_allowed(self._turn, calls, tools, limits_of(0))) as events:
            async for event in events:
                await self.tools.end(event, tools, payer)

    def _width(self) -> float:
        """The least time between two flushes, and between two reads of the answer, in seconds."""
        return self.runner.clock.width(len(self.runner.runs))

    def notice_silence(self) -> None:
        """Say so when the provider has sent nothing for a while; the call itself has its own limit."""
        quiet = self.calls.open is not None and time.monotonic() - self._heard_at > SILENCE
        if quiet and not self.growth.state:
            self.growth.state = SILENT
            self.runner.hub.publish(self.growth)

    async def _on(self, event: LoopEvent, plan: context.Plan) -> Ending | Waiting | None:
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
                self.output.keep_raw(raw, self._turn)
            case TextSourced():
                self.output.cite(event)
            case CallStarted():
                return await self._begin_call(event, plan)
            case CallAccepted():
                self.calls.accept(event)
            case CallEnded():
                self.calls.end(event)
                if event.ok:
                    self.asked.note_success()
            case FellBack():
                log.info("another model answers", left=event.left, taken=event.taken, why=event.error.kind)
                self._citing = Citing(plan.given, active=plan.cites)
            case ToolBegan():
                await self._settle_ended()
                if not await self.tools.begin(event):
                    self.lose()
            case ToolEnded():
                await self.tools.end(event, plan.tools, plan.payer)
            case Retrying():
                waiting = {"attempt": event.attempt, "wait_ms": event.wait_ms, "message": event.sentence}
                self.output.emit("metadata", {"status": "retrying", **waiting})
            case Waiting():
                return event
            case Finished(reason, sentence):
                return Ending("complete", reason, error_message=sentence, turns=self._turn)
            case Failed():
                return self._failed(event)
        return None

    def _failed(self, event: Failed) -> Ending:
        error = event.error
        self.asked.note_failure(error)
        cause = error.__cause__ if error.kind == "internal" else None
        log.warning(
            "reply failed", kind=error.kind, status=error.status, attempts=event.attempts, exc_info=cause
        )
        return Ending(
            "failed", "error", error.kind, error.sentence, retryable=error.retryable, turns=self._turn
        )

    # ------------------------------------------------------------ calls

    def _heard(self, text: str) -> None:
        self.calls.heard(text)
        self.asked.note_success()
        if self._first_at is None:
            self._first_at = timezone.now()

    def _add(self, kind: str, turn: int, text: str) -> None:
        self._turn = max(self._turn, turn)
        self.output.add(kind, turn, text)

    async def _begin_call(self, event: CallStarted, plan: context.Plan) -> Ending | None:
        """Another model call; the end instead where the reply has cost what one may."""
        await self._settle_ended()
        self.asked.attempt = event.attempt
        most = settings.MAX_REPLY_COST
        if most and event.turn > 1 and event.attempt == 1:
            spent = await read(ledger.spent_on, self.reply.pk)
            if spent >= most:
                return Ending(
                    "complete", "cost_limit", error_message=cost_limit(spent, most), turns=self._turn
                )
        refused = await self.calls.begin(self.reply, event, plan)
        if refused is None:
            self._turn = max(self._turn, event.turn)
            return None
        log.info("model call refused", kind=refused.kind, turn=event.turn, attempt=event.attempt)
        sentence = budget(refused.reason, turn=event.turn, attempt=event.attempt)
        if event.turn > 1:
            return Ending("complete", "budget", error_message=sentence, turns=self._turn)
        return Ending("failed", "error", "budget", sentence, turns=self._turn)

    async def _settle_ended(self) -> None:
        """Settle calls that ended while the reply goes on, and show the new sums."""
        if await self.calls.settle():
            self.runner.hub.counters_changed(self.growth.chat)

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

    async def _conclude(self, ending: Ending | Waiting) -> None:
        """running -> terminal or waiting, and the last frame after commit. From here nothing may cancel this task."""
        self.ending = True
        self._show_held()
        self.output.flush(publish=False)
        if isinstance(ending, Waiting):
            if await self._pause():
                return
            ending = Ending("stopped", "stopped", turns=self._turn)  # asked to stop in this very moment
        self.calls.break_off(self._cut or ending.error_type or "internal")
        if self._cut == "lost":
            await self._settle_ended()
            self.runner.hub.ended(self.growth, 0, None)  # whoever ended it may not have told our readers
            return
        await self._end(ending)

    def _show_held(self) -> None:
        """Of a reply that was cut, what was held back as it might have become a mark."""
        for event in self._citing.rest():
            if isinstance(event, TextAdded):
                self._add("content", event.turn, event.text)
            elif isinstance(event, TextSourced):
                self.output.cite(event)

    async def _pause(self) -> bool:
        """Wait for a person, without a task: whichever process claims the reply then goes on from the stored turns."""
        pause = approvals.Pause(
            self._turn,
            self.growth.folded,
            tuple(self.growth.recent),
            self.growth.seq,
            self._first_at,
            tuple(self.calls.ended),
        )
        paused = await self.runner.writer.insist(
            approvals.pause_reply, owner=self.runner.owner, reply=self.reply, pause=pause
        )
        if paused:
            log.info("reply waits for a person", turns=self._turn)
            self.runner.hub.ended(self.growth, 0, None)
        return paused

    async def _end(self, ending: Ending) -> None:
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
            self.runner.spawn(summaries.write_summary(self.runner, self.reply))
        if hooks.looks_on() and not self.runner.closing:
            text = text_of(self.growth.folded.parts)
            self.runner.spawn(hooks.after_reply(self.reply, str(ending.status), text))

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


def limits_of(max_turns: int) -> Limits:
    return Limits(
        max_turns=max_turns,
        max_calls=settings.MAX_TOOL_CALLS,
        tool_timeout=float(settings.TOOL_TIMEOUT),
        retry_base=settings.RETRY_BASE_MS / 1000,
    )
