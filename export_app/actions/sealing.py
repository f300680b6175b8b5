"""Whoever takes in a session is heard of while it does, and asks whether it is to go on."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db.models import F
from django.utils import timezone

from export_app import jobs
from export_app.models import ImportItem, ImportJob
from sessions_app.models import ChatSession

from . import uploading
from .pulse import rest
from .reading import BEAT, MOST_NOTES, Ended
from .watching import Watch


class JobWatch(Watch):
    """Of one session of an import. That it was taken in is written in the transaction that shows it: so none is taken
    twice, whoever dies or is taken for dead."""

    def __init__(self, job: ImportJob, item: ImportItem) -> None:
        self.job, self.item = job, item
        self._beaten = time.monotonic()

    def look(self, count: int) -> None:
        """Rests. Raises Ended or PutBack."""
        rest()
        if jobs.stopping():
            raise jobs.PutBack
        if time.monotonic() - self._beaten >= BEAT:
            if not uploading.beat(job=self.job, within=count):
                raise Ended
            self._beaten = time.monotonic()

    def seal(self, chat: ChatSession, notes: Sequence[str]) -> None:
        """Raises Ended where somebody else works on it."""
        self._note(session=chat, notes=[*self.item.notes, *notes][:MOST_NOTES])

    def give_up(self, sentence: str) -> None:
        """It cannot be taken in; within a transaction."""
        self._note(state=ImportItem.State.BROKEN, problem=sentence[:400])

    def _note(self, **values: object) -> None:
        now = timezone.now()
        mine = ImportJob.objects.filter(pk=self.job.pk, status=self.job.status, attempt=self.job.attempt)
        ours = mine.update(done=F("done") + 1, within=0, beat_at=now)
        if not ours or not ImportItem.objects.filter(pk=self.item.pk, taken_at=None).update(
            taken_at=now, **values
        ):
            raise Ended
