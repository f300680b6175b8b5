"""What a background job does with an import: reads the file, and takes in what was chosen of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from export_app import jobs
from export_app.children import GivenUp
from export_app.importers import sources, uploads
from export_app.importers.base import BadFile, Parsed
from export_app.importers.containers import Container
from export_app.importers.parsing import one_at
from export_app.models import ImportedSession, ImportItem, ImportJob
from sessions_app.actions.errors import Refused
from sessions_app.actions.organising import note_visit
from sessions_app.transactions import write

from . import building, uploading
from .filing import Filing
from .reading import MOST_NOTES, read_file

Status, State = ImportJob.Status, ImportItem.State


def run_read(key: UUID, attempt: int) -> None:
    """Read a file that came: what is in it becomes items. Begins anew where it was begun before."""
    job = uploading.begin_work(key=key, status=Status.READING)
    if job is not None:
        read_file(job=job)


def run_take(key: UUID, attempt: int) -> None:
    """Take in what was chosen, one session after the other. Goes on behind those that were taken in before."""
    job = uploading.begin_work(key=key, status=Status.IMPORTING)
    if job is not None:
        take_in(job=job)


def take_in(*, job: ImportJob) -> None:
    try:
        with Container(uploads.path_of(job.stored)) as container:
            filing = Filing(job.owner)
            with uploading.watched(job=job):
                for item, source, parsed in _chosen(job, container):
                    if not uploading.beat(job=job):
                        break
                    if jobs.stopping():
                        raise jobs.PutBack
                    _take_one(job, item, source, parsed, filing)
    except GivenUp:
        if jobs.stopping():
            raise jobs.PutBack from None
        _end(job)
    except BadFile as bad:
        _end(job, f"{bad.sentence} What was taken in before is kept.")
    else:
        _end(job)


def _waiting(job: ImportJob) -> Any:
    rows = ImportItem.objects.filter(job=job, chosen=True, taken_at=None)
    return rows.exclude(state=State.BROKEN).order_by("position")


def _chosen(job: ImportJob, container: Container) -> Iterator[tuple[ImportItem, str, Parsed | BadFile]]:
    """What is still to be taken, in its order, so that each file of a ZIP is gone through once."""
    rows = list(_waiting(job).values_list("pk", "member"))
    for member in dict.fromkeys(member for _, member in rows):
        with container.open(member) as opened:
            for pk, _ in (row for row in rows if row[1] == member):
                item = ImportItem.objects.select_related("session").get(pk=pk)
                try:
                    element = one_at(opened, item.begins, item.ends, aside=uploads.aside)
                    with element, sources.read(element, container) as (source, parsed):
                        yield item, source, parsed or BadFile(sources.UNKNOWN)
                except BadFile as bad:
                    yield item, "", bad


def _take_one(
    job: ImportJob, item: ImportItem, source: str, parsed: Parsed | BadFile, filing: Filing
) -> None:
    """One session; what goes wrong with it is said of it, and the others go on."""
    values: dict[str, Any] = {"taken_at": timezone.now()}
    try:
        if isinstance(parsed, BadFile):
            raise parsed
        values |= _taken(job, item, source, parsed, filing)
    except Refused as refused:
        values |= {"state": State.BROKEN, "problem": refused.sentence[:400]}
    with write():
        if ImportItem.objects.filter(pk=item.pk, taken_at=None).update(**values):
            ImportJob.objects.filter(pk=job.pk).update(done=F("done") + 1, beat_at=timezone.now())


def _taken(job: ImportJob, item: ImportItem, source: str, parsed: Parsed, filing: Filing) -> dict[str, Any]:
    """The session it became. One that this job made before it was stopped is not made again."""
    told: list[str] = []
    head, entries = parsed.head, parsed.walked()
    known = ImportedSession.objects.filter(
        owner=job.owner, source=source, key=item.key, session__deleted_at=None
    ).select_related("session")
    before = known.filter(session=item.session).first() if item.session_id else None
    made = known.filter(at__gte=job.created_at).first()
    if item.state == State.CHANGED and before is not None:
        session = before.session
        building.update_session(
            imported=before, head=head, entries=entries, digest=item.digest, notes=told, filing=filing
        )
    elif made is not None:
        session = made.session
    else:
        session = building.build_session(
            owner=job.owner,
            source=source,
            head=head,
            entries=entries,
            key=item.key,
            digest=item.digest,
            notes=told,
            filing=filing,
        )
    session.refresh_from_db(fields=["last_activity_at"])
    note_visit(chat=session, user=job.owner)  # who chose it has seen it
    return {"session": session, "notes": [*item.notes, *told][:MOST_NOTES]}


def _end(job: ImportJob, error: str = "") -> None:
    with write():
        row = ImportJob.objects.select_for_update().get(pk=job.pk)
        if row.status != Status.IMPORTING or row.attempt != job.attempt:
            return
        left = _waiting(job).exists()
        row.status = Status.FAILED if error else Status.CANCELLED if left else Status.DONE
        row.error, row.stored, row.finished_at = error, "", timezone.now()
        row.save(update_fields=["status", "error", "stored", "finished_at"])
    uploads.forget(job.stored)
