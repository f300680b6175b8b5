"""What runs in the background. With `actions.tasks`, which writes its rows, all that knows django-tasks.

A job is a row of ours; its task in the queue says only that somebody has to look at it. `enqueue` in the transaction
that makes the job. A task is run by a thread of the server (`Worker`), or by `manage.py db_worker` where JOBS_OUTSIDE is
on. One whose worker died is given out again, up to `tasks.ATTEMPTS` times.
"""

from __future__ import annotations

import contextlib
import threading
import time
from contextvars import ContextVar
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.utils.module_loading import import_string
from django_tasks import task

from sessions_app import offering
from sessions_app.reading import Unavailable

from .actions import tasks

log = structlog.get_logger("export_app.jobs")

POLL = 5.0  # seconds between two looks where nothing wakes us: tasks of other processes
TAKE_UP = 15.0  # seconds between two looks for jobs whose worker is gone
LARGE = -10  # priority of what may take minutes
WORDS = "It could not be made: something went wrong here. It was noted; you can begin it again."

RUNS = {
    "export": "export_app.actions.making.run_export",
    "import_read": "export_app.actions.importing.run_read",
    "import_take": "export_app.actions.importing.run_take",
}
"""What does a task of each kind: called with the job's key, the number of the attempt (from 1), and what it was enqueued
with.

It may be called again for a job it has begun or ended (it looks at the row first, and goes on where it was). While it
works it writes `beat_at` every few seconds and asks `stopping()`; where that is true it keeps what it has and raises
`PutBack`. What else it raises fails the job.
"""


SENTENCES = {
    "import_read": "It could not be read: something went wrong here. It was noted; nothing of it was taken in.",
    "import_take": "Something went wrong here, and it was noted. What was taken in is kept; import the file again for the rest.",
}
"""Of kinds for which WORDS say too little."""


class PutBack(Exception):
    """The server ends: the job goes on when there is one again."""


_stopping: ContextVar[threading.Event | None] = ContextVar("stopping", default=None)


def stopping() -> bool:
    """Whether the worker that runs this job is asked to end."""
    event = _stopping.get()
    return event is not None and event.is_set()


def enqueue(kind: str, key: UUID, *more: str, large: bool = False) -> None:
    """Have a job done; `more` is said to whoever does it. `large` ones leave one of the two threads to the others."""
    do.using(priority=LARGE if large else 0).enqueue(kind, str(key), *more)
    transaction.on_commit(wake)


@task(takes_context=True)
def do(context: Any, kind: str, key: str, *more: str) -> None:
    attempt = int(context.attempt)
    if attempt > tasks.ATTEMPTS:
        tasks.fail_job(kind=kind, key=UUID(key), sentence=SENTENCES.get(kind, WORDS))
        return
    try:
        offering.current()  # what staff call the models, in a process that serves no pages
        import_string(RUNS[kind])(UUID(key), attempt, *more)
    except (PutBack, *Unavailable):
        raise
    except Exception:
        log.exception("job failed", kind=kind, job=key)
        tasks.fail_job(kind=kind, key=UUID(key), sentence=SENTENCES.get(kind, WORDS))


class Worker:
    """Two threads of this process: one takes every task, one those that are not large. `owner` is the process."""

    def __init__(self, owner: UUID | None = None) -> None:
        self.name = tasks.worker_name(owner or uuid4())
        self._stop = threading.Event()
        self._wakes = [threading.Event(), threading.Event()]
        self._threads: list[threading.Thread] = []
        self._running: set[Any] = set()
        self._looked_at = 0.0

    def start(self) -> None:
        for at, least in enumerate((LARGE, 0)):
            thread = threading.Thread(target=self._work, args=(at, least), name=f"jobs-{at}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        for event in self._wakes:
            event.set()

    def stop(self, seconds: float = 2.0) -> bool:
        """Ask for the end and wait for it; a job that runs is put back. Whether all threads ended in time."""
        self._stop.set()
        self.wake()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, at: int, least: int) -> None:
        _stopping.set(self._stop)
        wake = self._wakes[at]
        while not self._stop.is_set():
            wake.clear()
            try:
                renew()
                if at == 0:
                    self._take_up()
                while not self._stop.is_set() and self.run_one(least):
                    renew()
            except Unavailable:
                log.warning("database unavailable", step="jobs")
                connection.close()
            except Exception:
                log.exception("jobs failed")
            if connection.vendor != "sqlite":
                connection.close()  # back to its pool
            wake.wait(POLL)
        connection.close()

    def _take_up(self) -> None:
        if time.monotonic() - self._looked_at >= TAKE_UP:
            self._looked_at = time.monotonic()
            tasks.take_up(worker=self.name, running=frozenset(self._running), again=do)

    def run_one(self, least: int = LARGE) -> bool:
        """Claim the next task and do it. False where there is none."""
        row = tasks.claim(worker=self.name, least=least)
        if row is None:
            return False
        self._running.add(row.pk)
        try:
            tasks.call(row)
        except PutBack:
            tasks.put_back(row=row)
        except Unavailable:
            log.warning("database unavailable", step="job")
            connection.close()
            with contextlib.suppress(*Unavailable):
                tasks.end(row=row, problem="database")
        else:
            tasks.end(row=row)
        finally:
            self._running.discard(row.pk)
        return True


def take_up() -> bool:
    """A job of housekeeping: jobs whose worker is gone are given out again, and what ended in the queue goes. Whether
    there is more to do."""
    if tasks.take_up(worker="", running=(), again=do):
        wake()
    return tasks.prune()


def renew() -> None:
    """No dead connection of a server is used again; SQLite's cannot go stale."""
    if connection.vendor != "sqlite":
        close_old_connections()


_worker: Worker | None = None


def start(owner: UUID | None = None) -> None:
    """Begin to work in this process, unless `manage.py db_worker` does it."""
    global _worker
    if _worker is None and not settings.JOBS_OUTSIDE:
        _worker = Worker(owner)
        _worker.start()


def stop() -> None:
    global _worker
    worker, _worker = _worker, None
    if worker is not None and not worker.stop():
        log.warning("a job did not end in time; it is taken up again")


def wake() -> None:
    """There is something to do, perhaps for this process."""
    if _worker is not None:
        _worker.wake()
