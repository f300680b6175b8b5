"""Reads a file that came: what is in it becomes items of its import."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field

import orjson
import structlog

from export_app import jobs
from export_app.children import GivenUp
from export_app.importers import sources, uploads
from export_app.importers.base import BadFile, Parsed
from export_app.importers.containers import Container
from export_app.importers.foreign import title_of
from export_app.importers.parsing import Element
from export_app.importers.splitting import elements
from export_app.models import ImportedSession, ImportItem, ImportJob
from sessions_app.transactions import write

from . import building, uploading

log = structlog.get_logger("export_app.imports")
Status, State = ImportJob.Status, ImportItem.State
LOT = 50
BEAT = 2.0  # seconds
MOST_ITEMS = 100_000
MOST_NOTES = 20
NAMED = 5


def read_file(*, job: ImportJob, take_new: bool = False) -> None:
    with write():
        ImportItem.objects.filter(job=job).delete()
    try:
        with Container(uploads.path_of(job.stored)) as container, uploading.watched(job=job):
            Reading(job, container, take_new).run()
    except BadFile as bad:
        uploading.fail(job=job, sentence=bad.sentence, line=bad.line, place=bad.place)
    except (Ended, GivenUp):
        if jobs.stopping():
            raise jobs.PutBack from None
        log.info("import ended", job=str(job.pk))


class Ended(Exception):
    """Nobody waits for this job any more, or somebody else works on it."""


@dataclass
class LeftOut:
    """How many are left out, and which the first ones are."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if self.count <= NAMED:
            self.first.append(name)

    def told(self, one: str, many: str) -> list[str]:
        if not self.count:
            return []
        more = f"; and {self.count - NAMED:,} more" if self.count > NAMED else ""
        what = f"{one} and was" if self.count == 1 else f"{many} and were"
        return [f"{self.count:,} {what} left out: {'; '.join(self.first)}{more}."]


@dataclass
class Reading:
    """One walk through a file. An item is found broken or readable; what is no conversation is counted. With `take_new`
    nobody is asked what of it to take in."""

    job: ImportJob
    container: Container
    take_new: bool = False
    found: list[ImportItem] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    known: dict[str, set[str]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    empty: LeftOut = field(default_factory=LeftOut)
    strange: LeftOut = field(default_factory=LeftOut)
    first_broken: BadFile | None = None
    broken: int = 0
    count: int = 0
    seen: int = 0
    beaten: float = 0.0

    def run(self) -> None:
        for member in self.container.members:
            with self.container.open(member) as opened:
                try:
                    for element in elements(opened, aside=uploads.aside):
                        with element:
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
            bad.line = bad.line or element.line
            item.state, item.chosen, item.line, item.problem = State.BROKEN, False, bad.line, bad.placed[:400]
            self.broken += 1
            if self.first_broken is None:
                bad.place = ", ".join(filter(None, (member[-120:], bad.place)))
                self.first_broken = bad
        self.count += 1
        if self.count > MOST_ITEMS:
            raise BadFile(f"There are more than {MOST_ITEMS:,} sessions in this file.")
        self.found.append(item)
        if len(self.found) >= LOT or time.monotonic() - self.beaten > BEAT:
            self._flush()

    def _look(self, item: ImportItem, element: Element) -> bool:
        """Fill the item; false where there is nothing to take of it, nor to tell."""
        with sources.read(element, self.container) as (source, parsed):
            if parsed is None:
                self.strange.add(whereabouts(element))
                return False
            return self._fill(item, element, source, parsed)

    def _fill(self, item: ImportItem, element: Element, source: str, parsed: Parsed) -> bool:
        self.kinds[source] += 1
        ids = parsed.ids
        if not ids:
            self.empty.add(f"“{parsed.head.heading}”")
            return False
        item.title, item.key, item.at = (
            parsed.head.heading[:200],
            parsed.key[:120],
            parsed.head.last_activity_at,
        )
        item.messages, item.digest = len(ids), element.digest()
        item.notes = [note[:300] for note in parsed.notes[:MOST_NOTES]]
        if item.key in self.keys:
            raise BadFile("It stands in this file a second time; the first is taken.", element.line)
        self.keys.add(item.key)
        standing = self._standing(source, item, ids)
        item.state, item.fresh = standing.state, standing.fresh
        item.session = standing.imported.session if standing.imported else None
        item.chosen = item.state != State.HERE
        return True

    def _standing(self, source: str, item: ImportItem, ids: list[str]) -> building.Standing:
        """One query tells which keys of a source are known; only those, and this app's own, are looked up."""
        if source not in self.known:
            rows = ImportedSession.objects.filter(owner=self.job.owner, source=source)
            self.known[source] = set(rows.values_list("key", flat=True))
        if source != building.ORIGINAL and item.key not in self.known[source]:
            return building.Standing(State.NEW, None, len(ids))
        return building.standing(
            owner=self.job.owner, source=source, key=item.key, digest=item.digest, messages=ids
        )

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
        if self.first_broken is not None and self.broken == self.count:
            raise self._all_broken(self.first_broken)
        source = self.kinds.most_common(1)[0][0] if self.kinds else ""
        with write():
            uploading.beat(job=self.job, status=Status.READY, source=source, notes=self._notes())
            if self.take_new:
                uploading.take_new(job=self.job)

    def _nothing(self) -> str:
        if self.strange.count:
            return sources.UNKNOWN
        if self.empty.count:
            return "All conversations in this file are empty; there is nothing to import."
        return "There are no conversations in this file."

    def _all_broken(self, first: BadFile) -> BadFile:
        if self.count > 1:
            first.sentence = (
                f"None of the {self.count:,} sessions in this file can be read. The first: {first.sentence}"
            )
        return first

    def _notes(self) -> list[str]:
        notes = list(self.container.notes)
        notes += self.empty.told("conversation is empty", "conversations are empty")
        notes += self.strange.told("entry is no conversation", "entries are no conversations")
        return notes


_TITLE = re.compile(rb'"(?:title|name)"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.){1,300}")')


def named(element: Element) -> str:
    """What a session that may not be readable is called: its title where one stands at its beginning."""
    found = _TITLE.search(element.start)
    try:
        title = title_of(orjson.loads(found.group(1))) if found else ""
    except orjson.JSONDecodeError:
        title = ""
    return title or f"Conversation {element.number:,}"


def whereabouts(element: Element) -> str:
    """Which one of the file it is, for one that is no conversation."""
    title, number = named(element), f"number {element.number:,}, line {element.line:,}"
    return number if title == f"Conversation {element.number:,}" else f"“{title}”, {number}"
