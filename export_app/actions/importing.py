"""What a background job does with an import: reads the file, and takes in what was chosen of it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db.models import F
from django.utils import timezone

from export_app import jobs, uploads
from export_app.importers import sources
from export_app.importers.base import BadFile, Parsed, digest_of
from export_app.importers.containers import Container
from export_app.importers.foreign import title_of
from export_app.importers.splitting import Element, elements, one_at
from export_app.models import ImportedSession, ImportItem, ImportJob
from sessions_app.actions.errors import Refused
from sessions_app.transactions import write

from . import building, uploading

log = structlog.get_logger("export_app.imports")
Status, State = ImportJob.Status, ImportItem.State
LOT = 50
BEAT = 2.0  # seconds
MOST_ITEMS = 100_000
MOST_NOTES = 20


# ---------------------------------------------------------------- reading


def run_read(key: UUID, attempt: int) -> None:
    """Read a file that came: what is in it becomes items. Begins anew where it was begun before."""
    job = uploading.begin_work(key=key, status=Status.READING)
    if job is not None:
        read_file(job=job)


def read_file(*, job: ImportJob) -> None:
    with write():
        ImportItem.objects.filter(job=job).delete()
    try:
        with Container(uploads.path_of(job.stored)) as container:
            Reading(job, container).run()
    except BadFile as bad:
        uploading.fail(job=job, sentence=bad.sentence, line=bad.line, place=bad.place)
    except Ended:
        log.info("import ended", job=str(job.pk))


class Ended(Exception):
    """Nobody waits for this job any more, or somebody else works on it."""


@dataclass
class Reading:
    """One walk through a file. An item is found broken or readable; what is no conversation is counted."""

    job: ImportJob
    container: Container
    found: list[ImportItem] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    count: int = 0
    empty: int = 0
    strange: int = 0
    seen: int = 0
    beaten: float = 0.0

    def run(self) -> None:
        for member in self.container.members:
            with self.container.open(member) as opened:
                try:
                    for element in elements(opened):
                        self._take(element, member)
                except BadFile as bad:
                    bad.place = ", ".join(filter(None, (member[-120:], bad.place)))
                    raise
        self._flush()
        self._end()

    def _take(self, element: Element, member: str) -> None:
        self.seen += 1
        item = ImportItem(
            job=self.job,
            position=self.count,
            member=member,
            begins=element.begins,
            ends=element.ends,
            title=named(element),
            key=f"#{self.count}",
        )
        try:
            if not self._look(item, element):
                return
        except BadFile as bad:
            place = f" ({bad.place})" if bad.place else ""
            item.state, item.chosen, item.line = State.BROKEN, False, bad.line or element.line
            item.problem = f"{bad.sentence}{place}"[:400]
        self.count += 1
        if self.count > MOST_ITEMS:
            raise BadFile(f"There are more than {MOST_ITEMS:,} sessions in this file.")
        self.found.append(item)
        if len(self.found) >= LOT or time.monotonic() - self.beaten > BEAT:
            self._flush()

    def _look(self, item: ImportItem, element: Element) -> bool:
        """Fill the item; false where there is nothing to take of it, nor to tell."""
        source, parsed = sources.read(element, self.container)
        if parsed is None:
            self.strange += 1
            return False
        self.kinds[source] += 1
        ids = parsed.ids
        if not ids:
            self.empty += 1
            return False
        item.title, item.key, item.at = (
            parsed.head.heading[:200],
            parsed.key[:120],
            parsed.head.last_activity_at,
        )
        item.messages, item.digest = len(ids), digest_of(element.data or b"")
        item.notes = [note[:300] for note in parsed.notes[:MOST_NOTES]]
        if item.key in self.keys:
            raise BadFile("It stands in this file a second time; the first is taken.", element.line)
        self.keys.add(item.key)
        standing = building.standing(
            owner=self.job.owner, source=source, key=item.key, digest=item.digest, messages=ids
        )
        item.state, item.fresh = standing.state, standing.fresh
        item.session = standing.imported.session if standing.imported else None
        item.chosen = item.state != State.HERE
        return True

    def _flush(self) -> None:
        """What was found becomes rows, and the job beats."""
        with write():
            if not uploading.beat(job=self.job, total=self.count):
                raise Ended
            ImportItem.objects.bulk_create(self.found)
        self.found.clear()
        self.beaten = time.monotonic()
        if jobs.stopping():
            raise jobs.PutBack

    def _end(self) -> None:
        if not self.count:
            raise BadFile(self._nothing())
        source = self.kinds.most_common(1)[0][0] if self.kinds else ""
        uploading.beat(job=self.job, status=Status.READY, source=source, notes=self._notes())

    def _nothing(self) -> str:
        if self.strange:
            return sources.UNKNOWN
        if self.empty:
            return "All conversations in this file are empty; there is nothing to import."
        return "There are no conversations in this file."

    def _notes(self) -> list[str]:
        notes = list(self.container.notes)
        if self.empty:
            notes.append(
                _counted(self.empty, "conversation is", "conversations are") + " empty, and left out."
            )
        if self.strange:
            notes.append(
                _counted(self.strange, "entry is", "entries are") + " no conversation, and left out."
            )
        return notes


_TITLE = re.compile(rb'"(?:title|name)"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.){1,300}")')


def named(element: Element) -> str:
    """What a session that may not be readable is called: its title where one stands at its beginning."""
    found = _TITLE.search(element.data[:4000]) if element.data else None
    try:
        title = title_of(orjson.loads(found.group(1))) if found else ""
    except orjson.JSONDecodeError:
        title = ""
    return title or f"Conversation {element.number:,}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


# ---------------------------------------------------------------- taking in


def run_take(key: UUID, attempt: int) -> None:
    """Take in what was chosen, one session after the other. Goes on behind those that were taken in before."""
    job = uploading.begin_work(key=key, status=Status.IMPORTING)
    if job is not None:
        take_in(job=job)


def take_in(*, job: ImportJob) -> None:
    try:
        with Container(uploads.path_of(job.stored)) as container:
            for item, source, parsed in _chosen(job, container):
                if not uploading.beat(job=job):
                    break
                if jobs.stopping():
                    raise jobs.PutBack
                _take_one(job, item, source, parsed)
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
                    element = one_at(opened, item.begins, item.ends)
                    source, parsed = sources.read(element, container)
                    yield item, source, parsed or BadFile(sources.UNKNOWN)
                except BadFile as bad:
                    yield item, "", bad


def _take_one(job: ImportJob, item: ImportItem, source: str, parsed: Parsed | BadFile) -> None:
    """One session; what goes wrong with it is said of it, and the others go on."""
    values: dict[str, Any] = {"taken_at": timezone.now()}
    try:
        if isinstance(parsed, BadFile):
            raise parsed
        values |= _taken(job, item, source, parsed)
    except Refused as refused:
        values |= {"state": State.BROKEN, "problem": refused.sentence[:400]}
    with write():
        if ImportItem.objects.filter(pk=item.pk, taken_at=None).update(**values):
            ImportJob.objects.filter(pk=job.pk).update(done=F("done") + 1, beat_at=timezone.now())


def _taken(job: ImportJob, item: ImportItem, source: str, parsed: Parsed) -> dict[str, Any]:
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
        building.update_session(imported=before, head=head, entries=entries, digest=item.digest, notes=told)
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
        )
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
