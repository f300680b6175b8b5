"""What a background job does with an import: reads the file, and takes in what was chosen of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import structlog
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
from sessions_app.reading import Unavailable
from sessions_app.transactions import write

from . import building, uploading
from .filing import Filing
from .making import FULL
from .reading import Ended, read_file
from .sealing import JobWatch

log = structlog.get_logger("export_app.imports")
Status, State = ImportJob.Status, ImportItem.State
MEANT = (Ended, jobs.PutBack, GivenUp)
NO_ROOM = "There is no room left on the server's disk. What was taken in before is kept; import the file again for the rest when there is."
BROKEN = "It could not be taken in: something went wrong here. It was noted."
MEANWHILE = "It came in with another import meanwhile."


def run_read(key: UUID, attempt: int, then: str = "") -> None:
    """Read a file that came: what is in it becomes items, of which all that are `new` may be taken in at once. Begins
    anew where it was begun before."""
    job = uploading.begin_work(key=key, status=Status.READING)
    if job is not None:
        read_file(job=job, take_new=then == "new")


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
                    if not uploading.beat(job=job, within=0):
                        break
                    if jobs.stopping():
                        raise jobs.PutBack
                    _take_one(JobWatch(job, item), source, parsed, filing)
    except (Ended, GivenUp):
        if jobs.stopping():
            raise jobs.PutBack from None
        log.info("import ended", job=str(job.pk))
        _end(job)
    except BadFile as bad:
        _end(job, f"{bad.sentence} What was taken in before is kept.")
    except OSError as problem:
        if problem.errno not in FULL:
            raise
        log.warning("no room for an import", job=str(job.pk))
        _end(job, NO_ROOM)
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
                except (*MEANT, *Unavailable):
                    raise
                except Exception:
                    log.exception("a session was not read", job=str(job.pk), position=item.position)
                    yield item, "", BadFile(BROKEN)


def _take_one(watch: JobWatch, source: str, parsed: Parsed | BadFile, filing: Filing) -> None:
    """One session; what goes wrong with it is said of it, and the others go on."""
    try:
        if isinstance(parsed, BadFile):
            raise parsed
        _take(watch, source, parsed, filing)
    except Refused as refused:
        _give_up(watch, refused.sentence)
    except (*MEANT, *Unavailable):
        raise
    except Exception as problem:
        if isinstance(problem, OSError) and problem.errno in FULL:
            raise
        log.exception("a session was not taken in", job=str(watch.job.pk), position=watch.item.position)
        _give_up(watch, BROKEN)


@write()
def _give_up(watch: JobWatch, sentence: str) -> None:
    watch.give_up(sentence)


def _take(watch: JobWatch, source: str, parsed: Parsed, filing: Filing) -> None:
    """A new session, or what is new in the one that is here; who chose it has seen it."""
    item, told = watch.item, list[str]()
    here = _here(watch.job, item, source)
    if here is None:
        session = building.build_session(
            owner=watch.job.owner,
            source=source,
            head=parsed.head,
            entries=parsed.walked(),
            key=item.key,
            digest=item.digest,
            notes=told,
            watch=watch,
            filing=filing,
        )
    elif item.digest and here.digest == item.digest:
        session = here.session
        with write():
            watch.seal(session, [MEANWHILE])
    else:
        session = here.session
        building.update_session(
            imported=here,
            head=parsed.head,
            entries=parsed.walked(),
            digest=item.digest,
            notes=told,
            watch=watch,
            filing=filing,
        )
    session.refresh_from_db(fields=["last_activity_at"])
    note_visit(chat=session, user=watch.job.owner)


def _here(job: ImportJob, item: ImportItem, source: str) -> ImportedSession | None:
    """What it is added to: the session it was found to be, else one that came since the file was read. One that was
    here already, and was ticked, is made a second time."""
    if item.state == State.HERE:
        return None
    known = ImportedSession.objects.filter(owner=job.owner, source=source, key=item.key)
    found = (
        known.filter(session=item.session_id, session__deleted_at=None) if item.session_id else known.none()
    )
    before = found.select_related("session").first()
    return before or building.imported_before(job.owner, source, item.key)


def _end(job: ImportJob, error: str = "") -> None:
    with write():
        row = ImportJob.objects.select_for_update().filter(pk=job.pk).first()
        if row is None or row.status != Status.IMPORTING or row.attempt != job.attempt:
            return
        left = _waiting(job).exists()
        row.status = Status.FAILED if error else Status.CANCELLED if left else Status.DONE
        row.error, row.stored, row.finished_at = error, "", timezone.now()
        row.save(update_fields=["status", "error", "stored", "finished_at"])
    uploads.forget(job.stored)
