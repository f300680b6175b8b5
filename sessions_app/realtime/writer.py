"""The one thread through which everything a runner writes goes, in order, with a connection of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import connection, connections

from sessions_app.reading import Unavailable

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger("sessions_app.writer")
Job = tuple[Callable[[], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class Writer:
    """Runs jobs one after the other. A batch can never land after the end of its reply."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def run(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `job` in turn and return what it returns. Cancelling the wait does not take the job back."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._jobs.put((partial(job, *args, **kwargs), future, loop))
        return await future

    async def insist(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Like `run`, but waits out a database that is locked or gone (two minutes): what must be kept is kept."""
        for wait in (0.2, 0.5, 1, 2, 4, 8, 15, 15, 30, 30):
            try:
                return await self.run(job, *args, **kwargs)
            except Unavailable:
                log.warning("database unavailable", job=getattr(job, "__name__", "job"), retry_in=wait)
                await asyncio.sleep(wait)
        return await self.run(job, *args, **kwargs)

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        self._jobs.put(None)
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            run, future, loop = job
            try:
                outcome, problem = run(), None
            except Exception as error:
                outcome, problem = None, error
                if isinstance(error, Unavailable):
                    connection.close()
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, future, outcome, problem)
        connections.close_all()


def settle(future: asyncio.Future[Any], outcome: Any, problem: Exception | None) -> None:
    if future.done():
        return
    if problem is not None:
        future.set_exception(problem)
    else:
        future.set_result(outcome)
