"""Write transactions. On SQLite the writers of a process queue here instead of inside the database.

SQLite's busy handler sleeps and is unfair: during a ramp of sends most of the time went into BEGIN IMMEDIATE.
Reads never stand in `atomic()`: with immediate transactions they would take the write lock too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_queue = threading.Lock()
_thread = threading.local()


@contextmanager
def write() -> Iterator[None]:
    """One short write transaction; nested use joins the outer one, and what fails in it fails the whole. Never held
    across a model call. What was registered for after the commit runs when the next writer is at work already."""
    if getattr(_thread, "writes", False):
        with transaction.atomic(savepoint=False):
            yield
        return
    turn = _Turn(_queue if connection.vendor == "sqlite" else None)
    try:
        with transaction.atomic():
            transaction.on_commit(turn.end)  # the first of all: before signals, which take their time
            yield
    finally:
        turn.end()


class _Turn:
    """This thread's turn to write; ended once, by the commit or by what failed."""

    def __init__(self, queue: threading.Lock | None) -> None:
        self._queue = queue
        if queue is not None:
            queue.acquire()
        _thread.writes = True

    def end(self) -> None:
        if _thread.writes:
            _thread.writes = False
            if self._queue is not None:
                self._queue.release()
