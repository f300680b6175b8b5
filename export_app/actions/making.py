"""Makes an export, on the thread of a job: every session in every format on disk, then all of it in one file.

What is made whole stays in the job's folder: after a restart it goes on behind that.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from export_app import children, jobs
from export_app.bulk import keeping
from export_app.bulk.packing import Names, Packed, contents, pack
from export_app.bulk.rights import LOT, readable
from export_app.document import Entry
from export_app.models import ExportJob
from export_app.naming import file_name
from export_app.renderers import NotRendered, Renderer, named
from export_app.transcript import Transcript
from sessions_app.models import ChatSession
from sessions_app.reading import Unavailable
from sessions_app.transactions import write

from .pulse import Cancelled, Lost, Pulse

if TYPE_CHECKING:
    from sessions_app.knowledge.quoting import Quote

log = structlog.get_logger("export_app.making")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_ROOM = "There is no room left on the server's disk. Nothing of this export is kept; begin it again when there is."
BROKEN = "It could not be made: something went wrong here. It was noted."
MEANT = (Cancelled, Lost, jobs.PutBack, children.GivenUp)
MOST_LEFT_OUT = 200  # sentences in the row; all of them are in the ZIP


@dataclass(frozen=True)
class Watched(Transcript):
    """A transcript whose reader is heard of after each message. `quoted` takes the videos whose words are in it."""

    look: Callable[[], None] | None = field(default=None, compare=False)
    quoted: set[str] = field(default_factory=set, compare=False)

    def quoting(self, quotes: Mapping[str, Quote]) -> None:
        self.quoted.update(each.video for each in quotes.values())

    def entries(self) -> Iterator[Entry]:
        for entry in super().entries():
            yield entry
            if self.look is not None:
                self.look()


def run_export(key: UUID, attempt: int) -> None:
    """Make it, unless somebody else does or it ended. Raises PutBack."""
    job = _begin(key=key, attempt=attempt)
    if job is None:
        return
    pulse = Pulse(key, attempt)
    try:
        with pulse.watching():
            making = Making(job, pulse)
            made = making.file()
        _finish(job=job, made=made, quoted=making.quoted)
    except Cancelled:
        _end(job=job, status=ExportJob.Status.CANCELLED)
    except Lost:
        log.info("export is somebody else's", job=str(key))
    except jobs.PutBack:
        _put_back(job=job, done=pulse.done)
        raise
    except NotRendered as refusal:
        _end(job=job, status=ExportJob.Status.FAILED, error=refusal.sentence)
    except Unavailable:
        raise
    except Exception as problem:
        full = isinstance(problem, OSError) and problem.errno in FULL
        log.exception("export failed", job=str(key))
        _end(job=job, status=ExportJob.Status.FAILED, error=NO_ROOM if full else jobs.WORDS)


@dataclass(frozen=True, slots=True)
class Made:
    """The file as it lies in the folder, and what it is for people."""

    path: Path
    name: str
    media_type: str
    left_out: list[str]
    absent: list[str]


class Making:
    """One run of one job."""

    def __init__(self, job: ExportJob, pulse: Pulse) -> None:
        self.job, self.pulse = job, pulse
        self.folder = keeping.folder(job.pk)
        self.formats = [each for name in job.formats if (each := named(name)) is not None]
        self.left_out: list[str] = list(job.left_out)[:1] if job.left_out else []
        self.absent: list[str] = []
        self.quoted: set[str] = set()
        self.done = 0

    # ------------------------------------------------------------ every session in every format

    def file(self) -> Made:
        keys = [UUID(key) for key in self.job.sessions]
        for at in range(0, len(keys), LOT):
            self._lot(keys, at)
        return self._whole(keys)

    def _lot(self, keys: list[UUID], at: int) -> None:
        lot = keys[at : at + LOT]
        counts = dict(ChatSession.objects.filter(pk__in=lot).values_list("pk", "message_count"))
        for number, key in enumerate(lot, at):
            for renderer in self.formats:
                if self._told(number, renderer) is None:
                    self._session(number, len(keys), key, renderer)
                self.done += counts.get(key, 0)
                self.pulse.done = self.done
                self.pulse.look()

    def _session(self, number: int, of: int, key: UUID, renderer: Renderer) -> None:
        """Its files and, when they are whole, a note of them."""
        rows = readable(self.job.owner, for_staff=self.job.for_staff).select_related("owner")
        chat = rows.filter(pk=key).first()
        if chat is None:
            self._write_note(number, renderer, {"gone": True})
            return
        self.pulse.doing = self._doing(chat, renderer, number, of)
        told = {"title": called(chat), "messages": chat.message_count, "begun": chat.created_at.isoformat()}
        told["at"] = chat.last_activity_at.isoformat()
        try:
            volumes, quoted = self._volumes(number, chat, renderer)
        except NotRendered as refusal:
            self._write_note(number, renderer, {**told, "left": refusal.sentence})
        except (*MEANT, OSError, DatabaseError):
            raise
        except Exception:
            log.exception("a session was not rendered", job=str(self.job.pk), session=str(key))
            self._write_note(number, renderer, {**told, "left": BROKEN})
        else:
            self._write_note(number, renderer, {**told, "volumes": volumes, "quoted": sorted(quoted)})

    def _volumes(self, number: int, chat: ChatSession, renderer: Renderer) -> tuple[list[int], set[str]]:
        """The size of each volume, and the videos whose words are in them."""
        options = self.job.options.get(renderer.name) or renderer.chosen({})
        seen = 0

        def look() -> None:
            nonlocal seen
            seen += 1
            self.pulse.done = self.done + min(seen, chat.message_count)
            self.pulse.look()

        owner = self.job.owner
        watched = Watched(chat, reader=owner.pk, zone=owner.zone, look=look)
        whole = renderer.transcript(watched, options)
        parts = renderer.volumes(whole)
        paths = [self._part(number, renderer, at) for at in range(1, len(parts) + 1)]
        for path, part in zip(paths, parts, strict=True):
            self._write(path, renderer.render(part, options))
        return [path.stat().st_size for path in paths], watched.quoted

    def _write(self, path: Path, pieces: Iterator[bytes]) -> None:
        begun = path.with_suffix(f".{self.job.attempt}.part")  # whoever was taken for dead may still write
        try:
            with begun.open("wb") as opened:
                for piece in pieces:
                    opened.write(piece)
                    self.pulse.look()
            begun.replace(path)
        finally:
            begun.unlink(missing_ok=True)

    def _part(self, number: int, renderer: Renderer, volume: int) -> Path:
        return self.folder / f"{number}-{renderer.name}-{volume}.made"

    def _note(self, number: int, renderer: Renderer) -> Path:
        return self.folder / f"{number}-{renderer.name}.json"

    def _told(self, number: int, renderer: Renderer) -> dict[str, Any] | None:
        """The note of what is there whole; a machine that lost its power may have kept half of a file."""
        try:
            told: dict[str, Any] = json.loads(self._note(number, renderer).read_bytes())
            sizes = [
                self._part(number, renderer, at).stat().st_size
                for at in range(1, len(told.get("volumes", ())) + 1)
            ]
        except (FileNotFoundError, ValueError):
            return None
        return told if sizes == told.get("volumes", []) else None

    def _doing(self, chat: ChatSession, renderer: Renderer, number: int, of: int) -> str:
        """What it is at, beyond what its title says."""
        if of == 1:
            return renderer.label if len(self.formats) > 1 else ""
        return _("“%(title)s” as %(format)s, %(number)s of %(of)s") % {
            "title": called(chat)[:80],
            "format": renderer.label,
            "number": f"{number + 1:,}",
            "of": f"{of:,}",
        }

    def _write_note(self, number: int, renderer: Renderer, told: dict[str, Any]) -> None:
        self._write(self._note(number, renderer), iter([json.dumps(told).encode()]))

    # ------------------------------------------------------------ all of it in one file

    def _whole(self, keys: list[UUID]) -> Made:
        self.pulse.doing = _("Packing")
        self.pulse.beat()
        rows: list[tuple[object, ...]] = []
        files = list(self._files(keys, rows))
        if not files:
            raise NotRendered(self.left_out[0] if self.left_out else _("There was nothing to export."))
        if len(files) == 1 and len(keys) == 1 and len(self.formats) == 1:
            return Made(files[0].path, files[0].name, self.formats[0].media_type, self.left_out, [])
        texts = [("contents.csv", contents(rows))] if len(keys) > 1 else []
        if self.left_out:
            texts.append(("left-out.txt", ("\n".join(self.left_out) + "\n").encode()))
        target = self.folder / f"whole.{self.job.attempt}.part"
        pack(target, files, texts, self.pulse.look)
        return Made(target, self._zip_name(keys), "application/zip", self.left_out, self.absent)

    def _files(self, keys: list[UUID], rows: list[tuple[object, ...]]) -> Iterator[Packed]:
        """What is in the folder and may still be read, under names for people; `rows` tell of it."""
        names = Names()
        several = len(self.formats) > 1
        for at in range(0, len(keys), LOT):
            lot = keys[at : at + LOT]
            allowed = readable(self.job.owner, for_staff=self.job.for_staff).filter(pk__in=lot)
            may = set(allowed.values_list("pk", flat=True))
            for number, key in enumerate(lot, at):
                notes = [(each, json.loads(self._note(number, each).read_bytes())) for each in self.formats]
                if key not in may or any(told.get("gone") for _, told in notes):
                    self.absent.append(str(key))
                    continue
                for renderer, told in notes:
                    self.quoted.update(told.get("quoted", ()))
                    folder = f"{renderer.name}/" if several else ""
                    found = list(self._packed(number, renderer, told, names, folder))
                    yield from found
                    rows.append(row(key, renderer, told, [each.name for each in found]))
        self._say_gone(len(self.absent))

    def _packed(
        self, number: int, renderer: Renderer, told: dict[str, Any], names: Names, folder: str
    ) -> Iterator[Packed]:
        if "left" in told:
            words = {"title": told["title"], "format": renderer.label, "why": told["left"]}
            self.left_out.append(_("“%(title)s” as %(format)s: %(why)s") % words)
            return
        given = names.given(folder, told["title"], renderer.extension, len(told["volumes"]))
        at = datetime.fromisoformat(told["at"]).astimezone(self.job.owner.zone)
        for volume, name in enumerate(given, 1):
            yield Packed(name, self._part(number, renderer, volume), at)

    def _say_gone(self, count: int) -> None:
        if count:
            sentence = _("%(count)s of the sessions could not be read any more when their turn came.")
            self.left_out.append(sentence % {"count": f"{count:,}"})

    def _zip_name(self, keys: list[UUID]) -> str:
        if len(keys) == 1:
            told = json.loads(self._note(0, self.formats[0]).read_bytes())
            return file_name(told["title"], "zip")
        day = timezone.localtime(self.job.created_at, self.job.owner.zone)
        return f"sessions-{day:%Y-%m-%d}.zip"


def called(chat: ChatSession) -> str:
    return chat.title or _("New session")


def row(key: UUID, renderer: Renderer, told: dict[str, Any], names: list[str]) -> tuple[object, ...]:
    """A line of the table of contents."""
    facts = (told["title"], str(key), told["messages"], told["begun"], told["at"])
    return (*facts, renderer.label, ", ".join(names), told.get("left", ""))


# ---------------------------------------------------------------- its row


def _begin(*, key: UUID, attempt: int) -> ExportJob | None:
    """Claim it: a queued one, or one whose former attempt is gone. None where there is nothing to do."""
    now = timezone.now()
    mine = Q(status=ExportJob.Status.QUEUED) | Q(status=ExportJob.Status.RUNNING, attempt__lt=attempt)
    with write():
        claimed = ExportJob.objects.filter(mine, pk=key).update(
            status=ExportJob.Status.RUNNING, attempt=attempt, beat_at=now, error=""
        )
        if claimed:
            ExportJob.objects.filter(pk=key, started_at=None).update(started_at=now)
    return ExportJob.objects.select_related("owner").get(pk=key) if claimed else None


@write()
def _finish(*, job: ExportJob, made: Made, quoted: set[str]) -> None:
    """The file is in its place before the row says so."""
    target = keeping.path_of(keeping.stored_name(job.pk))
    keeping.note_quoted(job.pk, quoted)
    made.path.replace(target)
    now = timezone.now()
    won = _mine(job).update(
        status=ExportJob.Status.DONE,
        stored=keeping.stored_name(job.pk),
        name=made.name[-200:],
        media_type=made.media_type,
        size=target.stat().st_size,
        left_out=made.left_out[:MOST_LEFT_OUT],
        absent=made.absent,
        done=F("total"),
        doing="",
        finished_at=now,
        beat_at=now,
        expires_at=now + timedelta(days=job.days),
    )
    if won:
        transaction.on_commit(lambda: _keep_only(target))  # many files: no writer waits for that


def _keep_only(target: Path) -> None:
    for path in target.parent.iterdir():
        if path.name not in (target.name, keeping.QUOTED):
            with suppress(OSError):
                path.unlink()


@write()
def _end(*, job: ExportJob, status: str, error: str = "") -> None:
    now = timezone.now()
    told = now if status == ExportJob.Status.CANCELLED else None
    if _mine(job).update(status=status, error=error[:300], doing="", finished_at=now, told_at=told):
        transaction.on_commit(lambda: keeping.forget(job.pk))


@write()
def _put_back(*, job: ExportJob, done: int) -> None:
    _mine(job).update(
        status=ExportJob.Status.QUEUED, attempt=F("attempt") - 1, done=done, doing="", beat_at=None
    )


def _mine(job: ExportJob) -> Any:
    return ExportJob.objects.filter(pk=job.pk, status=ExportJob.Status.RUNNING, attempt=job.attempt)
