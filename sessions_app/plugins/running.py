"""Calling a plugin: on threads of its own, within a limit, so that nothing it does reaches more than its own call.

An async function gets an event loop on such a thread: one that blocks holds up nobody else. The threads are daemons, so
that one that never returns does not hold up the end of the process either; there are few for each plugin, and what never
returns counts among them.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import queue
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import structlog
from django.db import connections

from sessions_app.agent.tools import ToolProblem

T = TypeVar("T")
log = structlog.get_logger("sessions_app.plugins")
THREADS = 4  # of one plugin
PAUSED_AFTER, WITHIN = 5, 600.0  # failures; seconds


class Fault(Exception):
    """What a plugin should not have done, in words for staff: without the words of whoever asked."""

    def __init__(self, sentence: str, *, late: bool = False) -> None:
        self.sentence, self.late = sentence, late
        super().__init__(sentence)


class Flood(Exception):
    """Raised by what looks at a result: it is more than anybody wants."""


class Garbage(Exception):
    """Raised by what looks at a result: it is not what the hook gives."""


class Job(Generic[T]):
    """One call. Given up, it never begins; where it has begun and is async, it is cancelled."""

    def __init__(self, hook: str, work: Callable[[Job[T]], T]) -> None:
        self.hook, self.done = hook, Future[T]()
        self._work = work
        self._lock = threading.Lock()
        self._task: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self.given_up = False

    def run(self) -> None:
        if not self.done.set_running_or_notify_cancel():
            return
        try:
            value = self._work(self)
        except ToolProblem as problem:
            self.done.set_exception(ToolProblem(sentence_of(problem)))
        except Fault as fault:
            self.done.set_exception(fault)
        except BaseException as problem:
            # SystemExit too: it would end this thread, and that is not the plugin's.
            self.done.set_exception(Fault(said(self.hook, problem)))
            with contextlib.suppress(Exception):
                log.warning("plugin failed", hook=self.hook, exc_info=True)
        else:
            self.done.set_result(value)
        finally:
            connections.close_all()

    def awaited(self, value: Any) -> Any:
        """A result, after an event loop of its own where it is one to wait for."""
        if inspect.isasyncgen(value):
            value = gathered(value)
        if not inspect.isawaitable(value):
            return value
        with asyncio.Runner() as runner:
            return runner.run(self._within(value))

    async def _within(self, value: Awaitable[Any]) -> Any:
        task = asyncio.current_task()
        assert task is not None
        with self._lock:
            self._task = (asyncio.get_running_loop(), task)
            if self.given_up:
                task.cancel()
        try:
            return await value
        finally:
            with self._lock:
                self._task = None

    def give_up(self) -> None:
        self.done.cancel()
        with self._lock:
            self.given_up = True
            if self._task is not None:
                loop, task = self._task
                loop.call_soon_threadsafe(task.cancel)


async def gathered(values: Any, most: int = 1000) -> list[Any]:
    found = []
    async for value in values:
        found.append(value)
        if len(found) > most:
            break
    return found


class Lane:
    """The threads of one plugin in this process, and how it went lately."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._jobs: queue.SimpleQueue[Job[Any]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._outstanding = 0  # queued or running
        self._hanging: set[Job[Any]] = set()
        self._failures: deque[float] = deque(maxlen=PAUSED_AFTER)

    @property
    def hanging(self) -> int:
        """Threads that did not return in time and still have not."""
        with self._lock:
            self._hanging = {job for job in self._hanging if not job.done.done()}
            return len(self._hanging)

    def begin(self, job: Job[Any]) -> None:
        """Raises Fault where every thread hangs."""
        if self.hanging >= THREADS:
            raise Fault(f"{job.hook} was not called: {THREADS} earlier calls have not returned.")
        with self._lock:
            self._outstanding += 1
            more = self._threads < min(THREADS, self._outstanding)
            self._threads += more
        self._jobs.put(job)
        if more:
            threading.Thread(target=self._work, name=f"plugin-{self.name}", daemon=True).start()

    def leave(self, job: Job[Any]) -> None:
        """Nobody waits for it any more."""
        job.give_up()
        if not job.done.done():
            with self._lock:
                self._hanging.add(job)

    def failed(self) -> bool:
        """Whether that is once too often."""
        with self._lock:
            self._failures.append(time.monotonic())
            often = len(self._failures) == PAUSED_AFTER and self._failures[-1] - self._failures[0] < WITHIN
            if often:
                self._failures.clear()
            return often

    def _work(self) -> None:
        while True:
            self._jobs.get().run()
            with self._lock:
                self._outstanding -= 1


_lanes: dict[str, Lane] = {}
_making = threading.Lock()


def lane(name: str) -> Lane:
    with _making:
        return _lanes.setdefault(name, Lane(name))


async def call(name: str, hook: str, work: Callable[[Job[T]], T], seconds: float) -> T:
    """Run `work` on a thread of a plugin. Raises Fault, or the ToolProblem it raised."""
    job = Job(hook, work)
    lane(name).begin(job)
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(job.done)
    except TimeoutError:
        raise overdue(hook, seconds) from None
    finally:
        lane(name).leave(job)


def call_now(name: str, hook: str, work: Callable[[Job[T]], T], seconds: float) -> T:
    """As `call`, for who may wait."""
    job = Job(hook, work)
    lane(name).begin(job)
    try:
        return job.done.result(seconds)
    except TimeoutError:
        raise overdue(hook, seconds) from None
    finally:
        lane(name).leave(job)


def overdue(hook: str, seconds: float) -> Fault:
    return Fault(f"{hook} took longer than {seconds:g} s and was left behind.", late=True)


def said(hook: str, problem: BaseException) -> str:
    """What was raised and where, never its words: they may be a person's."""
    if isinstance(problem, Flood | Garbage):
        return f"{hook} gave {problem}"
    where, step = "", problem.__traceback__
    while step is not None:
        path = step.tb_frame.f_code.co_filename
        if "/sessions_app/plugins/running" not in path:
            where = f" ({path.rpartition('/')[2]}, line {step.tb_lineno})"
        step = step.tb_next
    return f"{hook} raised {type(problem).__name__[:60]}{where}."


def sentence_of(problem: ToolProblem) -> str:
    """As it may be shown; one whose sentence is none is told as that."""
    sentence = problem.sentence
    return sentence[:500] if type(sentence) is str else "The plugin could not do that."
