"""The heart of a job that runs: how far it is, told twice a second at most, and whether it is still wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from export_app import children, jobs
from export_app.models import ExportJob
from sessions_app.transactions import write

BEAT = 0.5  # seconds
WORK, REST = 0.003, 0.006  # seconds: a job leaves most of the interpreter to the pages
LATE, LONGEST = 0.001, 0.040


def rest() -> None:
    """Leave the interpreter to others. Woken late, it was waited for: others work, and it rests longer."""
    began = time.perf_counter()
    time.sleep(REST)
    late = time.perf_counter() - began - REST
    if late > LATE:
        time.sleep(min(LONGEST, 4 * late))


class Cancelled(Exception):
    """Its person does not want it any more."""


class Lost(Exception):
    """Somebody else works on it: this process was taken for dead, or the row is gone."""


class Pulse:
    """One a run. `look` from time to time; `done` is read when it beats."""

    def __init__(self, key: UUID, attempt: int) -> None:
        self.done = 0
        self.doing = ""
        self._mine = ExportJob.objects.filter(pk=key, status=ExportJob.Status.RUNNING, attempt=attempt)
        self._beat_at = 0.0
        self._rested_at = time.perf_counter()
        self._reason: type[Exception] | None = None

    def look(self) -> None:
        """Rest, beat where it is time, and raise Cancelled, Lost or PutBack."""
        now = time.perf_counter()
        if now - self._rested_at > WORK:
            rest()
            self._rested_at = time.perf_counter()
        self.unwanted()
        self.raise_reason()

    def unwanted(self) -> bool:
        """Whether the job has to end, for `children.give_up`; beats."""
        if self._reason is None and jobs.stopping():
            self._reason = jobs.PutBack
        if self._reason is None and time.monotonic() - self._beat_at >= BEAT:
            self.beat()
        return self._reason is not None

    def raise_reason(self) -> None:
        if self._reason is not None:
            raise self._reason

    def beat(self) -> None:
        self._beat_at = time.monotonic()
        with write():
            mine = self._mine.update(
                done=self.done,
                total=Greatest(F("total"), self.done),
                doing=self.doing[:160],
                beat_at=timezone.now(),
            )
        if not mine:
            self._reason = Lost
        elif self._mine.exclude(cancel_requested_at=None).exists():
            self._reason = Cancelled

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Children end with what they are made for."""
        token = children.give_up.set(self.unwanted)
        try:
            yield
        except children.GivenUp:
            self.raise_reason()
            raise
        finally:
            children.give_up.reset(token)
