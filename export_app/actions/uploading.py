"""An import until it is read, and what its person does with it: begun, received in pieces, chosen from, cancelled,
forgotten."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from export_app import jobs
from export_app.children import give_up
from export_app.importers import uploads
from export_app.models import ImportItem, ImportJob
from sessions_app.actions.errors import NotPossible, Refused
from sessions_app.files import shown_name
from sessions_app.models import User
from sessions_app.transactions import write

log = structlog.get_logger("export_app.imports")
Status, State = ImportJob.Status, ImportItem.State
KEPT = timedelta(days=3)
"""A file nobody took anything from."""
GIVEN_UP = timedelta(hours=1)
"""A file of which nothing more came."""
MOST_WAITING = 3
RESERVE = 200_000_000
"""Bytes of the disk that are left to everything else."""
BEAT = 2.0  # seconds
LOT = 200
EMPTY = "This file is empty."
NOT_RECEIVED = "This file is not being received any more."
NO_ROOM = "The server has no room for this file. Nothing of it was stored."


class StillBusy(Refused):
    kind = "import_busy"
    status = 409
    sentence = "Another import of yours is at work. Wait until it is done, or cancel it."


class TooLarge(Refused):
    kind = "too_large"
    status = 413
    sentence = "This file is too large to be read."

    def __init__(self, size: int) -> None:
        most = settings.MAX_IMPORT_BYTES
        super().__init__(
            f"This file is too large: it is {_megabytes(size)}, and at most {_megabytes(most)} are read."
        )


class MostWaiting(Refused):
    """`waiting` are those to choose from first."""

    kind = "most_waiting"
    sentence = (
        f"{MOST_WAITING} files wait for you to choose from them. Import from one of them, or forget it."
    )

    def __init__(self, waiting: list[ImportJob]) -> None:
        super().__init__()
        self.waiting = waiting


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size:,} bytes"


# ---------------------------------------------------------------- received


def begin_import(*, owner: Any, name: str, size: int) -> ImportJob:
    """An empty file of which `size` bytes are to come. One at a time is received or worked on, a person."""
    must_fit(size)
    try:
        stored = uploads.begin()
    except OSError:
        raise Refused(NO_ROOM) from None
    try:
        return add_job(owner=owner, name=name, size=size, stored=stored, status=Status.RECEIVING)
    except BaseException:
        uploads.forget(stored)
        raise


def must_fit(size: int) -> None:
    """Raises a refusal where a file of so many bytes cannot be taken."""
    if size <= 0:
        raise Refused(EMPTY)
    if size > settings.MAX_IMPORT_BYTES:
        raise TooLarge(size)
    if uploads.free() < size + RESERVE:
        raise Refused(NO_ROOM)


def add_job(*, owner: Any, name: str, size: int, stored: str, status: str) -> ImportJob:
    with write():
        User.objects.select_for_update().get(pk=owner.pk)
        left = _make_way(owner)
        job = ImportJob.objects.create(
            owner=owner,
            name=shown_name(name) or "file",
            size=size,
            stored=stored,
            status=status,
            beat_at=timezone.now() if status == Status.RECEIVING else None,
        )
        for each in left:  # once it is written down for good: the caller may have a transaction around this
            transaction.on_commit(partial(uploads.forget, each))
    return job


def _make_way(owner: Any) -> list[str]:
    """An upload that stands still gives way to a new one; what is at work does not. Gives the files that nobody needs
    once that is written down."""
    rows = ImportJob.objects.for_user(owner)
    if rows.filter(status__in=(Status.READING, Status.IMPORTING)).exists():
        raise StillBusy
    standing = rows.filter(status=Status.RECEIVING)
    left = list(standing.values_list("stored", flat=True))
    standing.update(status=Status.CANCELLED, stored="", finished_at=timezone.now())
    return left + _make_room(rows)


def _make_room(rows: Any) -> list[str]:
    """Some files may wait to be chosen from. One with nothing new in it gives way."""
    waiting = list(rows.filter(status=Status.READY).with_news())
    if len(waiting) < MOST_WAITING:
        return []
    spent = next((job for job in reversed(waiting) if not job.news), None)
    if spent is None:
        raise MostWaiting(waiting)
    rows.filter(pk=spent.pk).update(status=Status.DONE, stored="", finished_at=timezone.now())
    return [spent.stored]


def receive(*, job: ImportJob, at: int, piece: bytes, take_new: bool = False) -> int:
    """A piece of the file; gives how many bytes are there. One that does not go on where the last ended is not taken;
    the last one begins the reading, and with `take_new` what follows it."""
    if job.status in (Status.READING, Status.READY):
        return job.size  # the answer to the last piece was lost
    if job.status != Status.RECEIVING:
        raise NotPossible(NOT_RECEIVED)
    come = uploads.length(job.stored)
    if at != come or come + len(piece) > job.size:
        return come
    try:
        uploads.write_at(job.stored, at, piece)
    except FileNotFoundError:
        raise NotPossible(NOT_RECEIVED) from None  # it gave way to another one meanwhile
    except OSError:
        fail(job=job, sentence=NO_ROOM)
        raise Refused(NO_ROOM) from None
    come += len(piece)
    with write():
        waiting = ImportJob.objects.filter(pk=job.pk, status=Status.RECEIVING)
        if come < job.size:
            waiting.update(beat_at=timezone.now())
        elif waiting.update(status=Status.READING, beat_at=None):
            begin_reading(job=job, take_new=take_new)
    return come


def begin_reading(*, job: ImportJob, take_new: bool) -> None:
    """What is in the file becomes items; with `take_new` all that is not here yet is taken in without being asked for.
    Within the transaction that makes it `reading`."""
    jobs.enqueue("import_read", job.pk, *(["new"] if take_new else []))


def take_upload(*, owner: Any, name: str, size: int, pieces: Iterable[bytes]) -> ImportJob:
    """A file that came in one request."""
    job = begin_import(owner=owner, name=name, size=size)
    come = 0
    for piece in pieces:
        come = receive(job=job, at=come, piece=piece)
    return job


# ---------------------------------------------------------------- chosen


def choose(*, job: ImportJob, shown: Collection[int], chosen: Collection[int]) -> None:
    """What is ticked of the positions that stood on a page; others stay as they are."""
    rows = open_items(job).filter(position__in=shown)
    with write():
        rows.filter(position__in=chosen).update(chosen=True)
        rows.exclude(position__in=chosen).update(chosen=False)


def choose_all(*, job: ImportJob, on: bool, states: Collection[str] = ()) -> None:
    """All of these states (of any, where none is given); those that cannot be read stay out."""
    rows = open_items(job)
    with write():
        (rows.filter(state__in=states) if states else rows).update(chosen=on)


def open_items(job: ImportJob) -> Any:
    """What of it may be chosen, while it waits for that."""
    return ImportItem.objects.filter(job=job, job__status=Status.READY).exclude(state=State.BROKEN)


def begin_taking(*, job: ImportJob) -> int:
    """What was chosen is taken in from here on; gives how many sessions that is. Twice is once."""
    with write():
        count = _chosen(job)
        if not count:
            raise Refused("No session is chosen. Tick those that are to be imported.")
        busy = ImportJob.objects.filter(owner=job.owner_id, status__in=(Status.READING, Status.IMPORTING))
        if busy.exclude(pk=job.pk).exists():
            raise StillBusy
        _take(job, count)
    return count


def take_new(*, job: ImportJob) -> None:
    """All that is new in a file that was read this moment is taken in; where nothing is, it is done. Within the
    transaction that makes it `ready`: nobody chooses in between."""
    count = _chosen(job)
    if count:
        _take(job, count)
        return
    ended = ImportJob.objects.filter(pk=job.pk, status=Status.READY).update(
        status=Status.DONE, total=0, stored="", finished_at=timezone.now()
    )
    if ended:
        transaction.on_commit(lambda: uploads.forget(job.stored))


def _chosen(job: ImportJob) -> int:
    return ImportItem.objects.filter(job=job, chosen=True).exclude(state=State.BROKEN).count()


def _take(job: ImportJob, count: int) -> None:
    waiting = ImportJob.objects.filter(pk=job.pk, status=Status.READY)
    if waiting.update(status=Status.IMPORTING, total=count, done=0, beat_at=None):
        jobs.enqueue("import_take", job.pk, large=True)


# ---------------------------------------------------------------- ended


def cancel(*, job: ImportJob) -> None:
    """What is being taken in stops soon, and takes the session it is at out again; everything else ends at once."""
    with write():
        rows = ImportJob.objects.filter(pk=job.pk)
        rows.filter(status=Status.IMPORTING, cancel_requested_at=None).update(
            cancel_requested_at=timezone.now()
        )
        ended = rows.filter(status__in=(Status.RECEIVING, Status.READING, Status.READY)).update(
            status=Status.CANCELLED, finished_at=timezone.now(), stored=""
        )
    if ended:
        uploads.forget(job.stored)


def fail(*, job: ImportJob, sentence: str, line: int | None = None, place: str = "") -> None:
    """Nothing of it was taken in, and its file goes."""
    with write():
        ended = ImportJob.objects.filter(pk=job.pk, status__in=(Status.RECEIVING, Status.READING)).update(
            status=Status.FAILED,
            error=sentence[:400],
            line=line,
            place=place[:200],
            stored="",
            finished_at=timezone.now(),
        )
        if ended:
            ImportItem.objects.filter(job=job).delete()
    if ended:
        uploads.forget(job.stored)


def forget(*, job: ImportJob) -> None:
    """The import and its file go; sessions that were taken in stay. Refuses one that is at work."""
    with write():
        gone, _ = (
            ImportJob.objects.filter(pk=job.pk)
            .exclude(status__in=(Status.READING, Status.IMPORTING))
            .delete()
        )
    if not gone:
        raise NotPossible("This import is at work. Cancel it first.")
    uploads.forget(job.stored)


def sweep() -> bool:
    """A job of housekeeping: files nobody took anything from go after some days, those of which nothing more comes
    sooner, and files that no row names. Whether there is more to do."""
    now = timezone.now()
    waiting = ImportJob.objects.filter(status=Status.READY, created_at__lt=now - KEPT)
    stopped = ImportJob.objects.filter(status=Status.RECEIVING, beat_at__lt=now - GIVEN_UP)
    count = 0
    for rows, status in ((waiting, Status.EXPIRED), (stopped, Status.CANCELLED)):
        for job in list(rows.only("pk", "stored")[:LOT]):
            with write():
                ended = rows.filter(pk=job.pk).update(status=status, stored="", finished_at=now)
            if ended:
                uploads.forget(job.stored)
                count += 1
    ended_rows = ImportJob.objects.exclude(stored="").exclude(status__in=(*ImportJob.BUSY, Status.READY))
    for job in list(ended_rows.only("pk", "stored")[:LOT]):  # what a stop of the server left behind
        uploads.forget(job.stored)
        with write():
            ended_rows.filter(pk=job.pk).update(stored="")
    uploads.forget_all_but(set(ImportJob.objects.exclude(stored="").values_list("stored", flat=True)))
    return count >= LOT


def begin_work(*, key: UUID, status: str) -> ImportJob | None:
    """The job, for whoever works on it from here on; None where it is in another state. Others who were at it stop at
    their next beat."""
    with write():
        rows = ImportJob.objects.filter(pk=key, status=status)
        if not rows.update(attempt=F("attempt") + 1, beat_at=timezone.now()):
            return None
        return ImportJob.objects.select_related("owner").get(pk=key)


@contextmanager
def watched(*, job: ImportJob) -> Iterator[None]:
    """Children that read for this job beat for it, and end with it."""
    beaten = time.monotonic()

    def unwanted() -> bool:
        nonlocal beaten
        if jobs.stopping():
            return True
        if time.monotonic() - beaten < BEAT:
            return False
        beaten = time.monotonic()
        return not beat(job=job)

    token = give_up.set(unwanted)
    try:
        yield
    finally:
        give_up.reset(token)


def beat(*, job: ImportJob, **values: Any) -> bool:
    """A sign of life, and what else is to be noted; whether this worker is to go on."""
    with write():
        rows = ImportJob.objects.filter(
            pk=job.pk, status=job.status, attempt=job.attempt, cancel_requested_at=None
        )
        return bool(rows.update(**{"beat_at": timezone.now(), **values}))
