"""Owns the running replies of one process: claims queued ones, keeps their journal, ends them, buries the dead."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from sessions_app.actions import chores, processes, running
from sessions_app.models import Reply
from sessions_app.plugins import hooks
from sessions_app.reading import Unavailable, housekeep

from .hub import Hub
from .meter import Meter
from .run import Run
from .taking import Taken, take
from .writer import Writer

log = structlog.get_logger("sessions_app.runner")
POLL, TICK, BEAT, REAP, PRUNE, HOUSEKEEP, WATCH = 1.0, 0.2, 2.0, 3.0, 600.0, 300.0, 10.0
SETTLED = 5.0  # seconds after the start before housekeeping begins: people come first
LEFT_OVER = timedelta(seconds=0.5)  # in the queue for so long: whoever took the message is gone
LONG_WITHOUT, GRACE = 8.0, 15.0  # seconds without a beat of our own; seconds the others get after that
SHARE = 0.3  # of a core that flushing may take
NARROWEST, WIDEST = 0.020, 0.400


class Clock:
    """How long the flush of a reply waits: nothing under light load, wider as flushes get dearer together."""

    def __init__(self) -> None:
        self.mean = 0.0001

    def measured(self, seconds: float) -> None:
        self.mean += (min(seconds, 0.05) - self.mean) * 0.02

    def width(self, running: int) -> float:
        width = running * self.mean / SHARE
        return 0.0 if width < NARROWEST else min(width, WIDEST)


class Runner:
    """One a process, on its event loop."""

    def __init__(self, hub: Hub, *, owner: UUID, writer: Writer | None = None) -> None:
        self.hub, self.owner = hub, owner
        self.writer = writer or Writer()
        self.clock = Clock()
        self.meter = Meter()
        self.runs: dict[UUID, Run] = {}
        self.closing = False
        self._side: set[asyncio.Task[Any]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._looking = False
        self._again = False
        self._ticking = asyncio.Lock()
        self._beat_at = hub.loop.time()
        self._patient_until = 0.0
        self._told: list[int] | None = None  # the people of the last beat
        self._housework: asyncio.Task[Any] | None = None
        hub.runner = self

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Begin polling, journalling, beating and reaping."""
        steps = (
            (POLL, self._poll),
            (TICK, self.tick),
            (BEAT, self._beat),
            (REAP, self.reap),
            (PRUNE, self._prune),
        )
        self._loops = [asyncio.create_task(self._every(seconds, step)) for seconds, step in steps]
        self._loops.append(asyncio.create_task(self.meter.watch_loop()))
        self._loops.append(asyncio.create_task(self._every(HOUSEKEEP, self.housekeep, after=SETTLED)))
        self._loops.append(asyncio.create_task(self._every(WATCH, hooks.watch, after=SETTLED)))

    async def _every(self, seconds: float, step: Any, *, after: float = 0.0) -> None:
        """A step that took long does not move the next one: what is not journalled is lost with the process."""
        await asyncio.sleep(after)
        while True:
            began = time.monotonic()
            try:
                await step()
            except Unavailable:
                log.warning("database unavailable", step=step.__name__)
            except Exception:
                log.exception("runner step failed", step=step.__name__)
            await asyncio.sleep(max(seconds / 4, seconds - (time.monotonic() - began)))

    async def close(self, *, grace: float = 0.0) -> None:
        """End every reply as interrupted and stop; nothing is claimed any more."""
        self.closing = True
        if grace and self.runs:
            await asyncio.wait([run.task for run in self.runs.values()], timeout=grace)
        for run in tuple(self.runs.values()):
            run.interrupt()
        tasks = [run.task for run in self.runs.values()] + list(self._side)
        for task in self._side:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=6)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._housework is not None:
            await asyncio.wait([self._housework], timeout=3)
        with contextlib.suppress(*Unavailable):
            await self.writer.run(processes.end_left_over, owner=self.owner)

    # ------------------------------------------------------------ claiming

    def look(self) -> None:
        """Something is queued, perhaps. Looks that overlap become one more."""
        if self.closing:
            return
        if self._looking:
            self._again = True
            return
        self._looking = True
        self.spawn(self._claim())

    async def _claim(self) -> None:
        try:
            while True:
                self._again = False
                for taken in await self.writer.run(take, owner=self.owner):
                    self._begin(taken)
                if not self._again:
                    return
        except Unavailable:
            log.warning("database unavailable", step="claim")
        finally:
            self._looking = False

    def _begin(self, taken: Taken) -> None:
        reply, run = taken.reply, Run(self, taken)
        self.runs[reply.pk] = run
        self.hub.growths[run.growth.key] = run.growth
        run.start()
        if self.hub.remote is not None:
            self.hub.remote.send(
                {"kind": "changed", "chat": run.growth.chat, "person": reply.session.owner_id}
            )

    def owns(self, reply: Reply) -> bool:
        return reply.owner == self.owner

    def ended(self, run: Run) -> None:
        self.runs.pop(run.reply.pk, None)

    def stop(self, reply: UUID) -> None:
        """Somebody asked this reply to stop."""
        if reply in self.runs:
            self.runs[reply].stop()

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """Side work that dies with the process: titles, looks."""
        task = asyncio.create_task(work)
        self._side.add(task)
        task.add_done_callback(self._side.discard)
        return task

    # ------------------------------------------------------------ periodic steps

    async def _poll(self) -> None:
        """Take what nobody claimed, and miss what should run here and does not."""
        if self.closing:
            return
        for taken in await self.writer.run(take, owner=self.owner, waited=LEFT_OVER):
            if not self.closing:
                self._begin(taken)
        known = set(self.runs)
        lost = await self.writer.run(processes.orphans_of, owner=self.owner, known=known)
        for reply in lost:
            if reply.pk not in self.runs:
                log.error("reply without a task", reply=str(reply.pk))
                await self.writer.run(processes.fail_orphan, reply=reply)

    async def tick(self) -> None:
        """One journal batch for all replies; learns which were stopped or lost. Never two at once: a batch begins
        where the one before it ended."""
        async with self._ticking:
            await self._tick()

    async def _tick(self) -> None:
        waiting = {key: run for key, run in self.runs.items() if not run.ending}
        batches = {key: run.batch() for key, run in waiting.items()}
        if not batches:
            return
        began = time.monotonic()
        alive = await self.writer.run(
            running.append_journal, owner=self.owner, batches=list(batches.values())
        )
        written = (piece for batch in batches.values() for piece in batch.chunks[:1])
        self.meter.journalled(written, time.monotonic() - began)
        for key, run in waiting.items():
            run.notice_silence()
            if key not in alive:
                run.lose()
                continue
            run.journalled(batches[key])
            if alive[key]:
                run.stop()
        grown = [str(key) for key, batch in batches.items() if batch.chunks]
        if grown and self.hub.remote is not None:
            self.hub.remote.send({"kind": "grew", "replies": grown})

    async def _beat(self) -> None:
        people = sorted(self.hub.people)
        told = None if people == self._told else people
        figures = {"running": len(self.runs), "pages": len(self.hub.everyone()), **self.meter.reading()}
        known = await self.writer.run(processes.beat, owner=self.owner, people=told, figures=figures)
        self._told = people if known else None
        now = asyncio.get_running_loop().time()
        if now - self._beat_at > LONG_WITHOUT:
            self._patient_until = now + GRACE  # the database was away from all: the others must beat first
        self._beat_at = now
        for reader in self.hub.everyone():
            reader.beat()

    async def reap(self) -> None:
        """End replies of dead processes; their text is rebuilt from the journal."""
        if asyncio.get_running_loop().time() < self._patient_until:
            return
        await self.writer.run(processes.reap, owner=self.owner)

    async def _prune(self) -> None:
        for _ in range(1000):  # small batches, so that nobody waits behind them
            if not await self.writer.run(running.prune_journal):
                return

    async def housekeep(self) -> None:
        """Run the jobs of HOUSEKEEPING, each as often as it says there is more to do. One that fails is logged, and
        the others run."""
        for path in settings.HOUSEKEEPING:
            began, at, error = time.monotonic(), timezone.now(), ""
            try:
                while await self._chore(import_string(path)):
                    pass
            except Unavailable as problem:
                log.warning("database unavailable", step=path)
                error = type(problem).__name__
            except Exception as problem:
                log.exception("housekeeping failed", job=path)
                error = type(problem).__name__
            ms = round((time.monotonic() - began) * 1000)
            with contextlib.suppress(*Unavailable):
                await self.writer.run(chores.note_chore, name=path, began=at, ms=ms, error=error)

    async def _chore(self, job: Callable[[], bool]) -> bool:
        """On a thread of its own. A cancel leaves it to end, and `close` waits for that."""
        self._housework = asyncio.create_task(housekeep(job))
        return await asyncio.shield(self._housework)

    # ------------------------------------------------------------ tests

    async def run_until_idle(self) -> None:
        """Claim and run until nothing is queued or running, side work included."""
        while True:
            self.look()
            while tasks := [run.task for run in self.runs.values()] + list(self._side):
                await asyncio.wait(tasks, timeout=0.2)
                await self.tick()
            if not await self.writer.run(processes.anything_queued) and not self.runs and not self._side:
                return
