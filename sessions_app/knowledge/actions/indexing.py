"""Passages of a transcript are written, lot by lot, and then stand in for those of the version before.

A transcript is claimed by whoever indexes it and beats with each lot; one that has not beaten for a minute is taken up by
another, who goes on behind what was written. Until all is there its passages are not `current`: the former ones are
found. Transcripts are read and cut outside of transactions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from sessions_app.knowledge import index
from sessions_app.knowledge.chunking import Piece, cut, within
from sessions_app.knowledge.models import Passage, Reference, Transcript, Video
from sessions_app.reading import Unavailable
from sessions_app.transactions import write

log = structlog.get_logger("sessions_app.knowledge.indexing")

LOT = 200  # passages in a transaction
AT_ONCE = 300  # passages, about, up to which a transcript is indexed by whoever brings it
GONE = timedelta(seconds=60)  # without a beat
NOT_INDEXED = (
    "It could not be indexed: something went wrong here, and it was noted. Use this version to try again."
)
SUPERSEDED = "Another version was chosen before this one was indexed."

AFTER: list[Callable[[Video], None]] = []
"""Called with a video whose passages are new, outside of any transaction."""

Status = Transcript.Status
UNFINISHED = (Status.WAITING, Status.INDEXING)


# ---------------------------------------------------------------- one transcript


def index_transcript(key: UUID) -> bool:
    """Whether it is the version in use now. Not where another indexes it, or another version was chosen meanwhile."""
    beat = _claim(key)
    if beat is None:
        return False
    try:
        return _index(Transcript.objects.select_related("video").get(pk=key), beat)
    except Unavailable:
        raise
    except Exception:
        log.exception("transcript not indexed", transcript=key)
        _fail(key)
        return False


def index_soon(transcript: Transcript) -> None:
    """At once where that is quick, else in the background; after the transaction that wrote it."""
    if _about(transcript.cues) <= AT_ONCE:
        index_transcript(transcript.pk)
    else:
        start()


def index_again(*, transcript: Transcript) -> bool:
    """Passages anew by today's settings; those there are stay until then."""
    _wait_again(transcript)
    return index_transcript(transcript.pk)


def index_anew_soon(transcript: Transcript) -> None:
    """The same, in the background where it takes long."""
    _wait_again(transcript)
    index_soon(transcript)


@write()
def _wait_again(transcript: Transcript) -> None:
    rows = Transcript.objects.filter(pk=transcript.pk, current=True, status=Status.READY)
    rows.update(status=Status.WAITING, done=0)


def _about(cues: Sequence[Sequence[int | str]]) -> int:
    """How many passages these cues make, roughly."""
    characters = sum(len(str(row[3])) + 1 for row in cues)
    lasts = sum(int(row[1]) - int(row[0]) for row in cues)
    by_size = characters / (settings.PASSAGE_CHARACTERS * 0.8)
    return int(max(by_size, lasts / (settings.PASSAGE_SECONDS * 800))) + 1


def _index(transcript: Transcript, beat: datetime) -> bool:
    rows = within(transcript.cues, transcript.video.length_ms)
    pieces = cut(rows, seconds=settings.PASSAGE_SECONDS, characters=settings.PASSAGE_CHARACTERS)
    base, done = _written(transcript, pieces)
    for at in range(done, len(pieces), LOT):
        beaten = _write_lot(transcript, beat, base, at, pieces)
        if beaten is None:
            return False
        beat = beaten
    former = _put_in_use(transcript, beat, base, len(pieces))
    if former is None:
        return False
    retire(former)
    if Video.objects.filter(pk=transcript.video_id).values_list("length_ms", flat=True).first() != (
        transcript.video.length_ms
    ):  # it was told meanwhile
        return index_again(transcript=transcript)
    for hook in AFTER:
        try:
            hook(transcript.video)
        except Exception:
            log.exception("hook failed", video=transcript.video_id)
    return True


@write()
def _claim(key: UUID) -> datetime | None:
    """When it was claimed, by which the claim is known; None where it is not to be had."""
    now = timezone.now()
    rows = claimable(now).filter(pk=key)
    return now if rows.update(status=Status.INDEXING, beat_at=now) else None


def claimable(now: datetime) -> QuerySet[Transcript]:
    """What waits, and what somebody stopped indexing."""
    left = Q(status=Status.INDEXING) & (Q(beat_at__isnull=True) | Q(beat_at__lt=now - GONE))
    return Transcript.objects.filter(Q(status=Status.WAITING) | left, video__deleted_at__isnull=True)


@write()
def _fail(key: UUID) -> None:
    Transcript.objects.filter(pk=key, status=Status.INDEXING).update(status=Status.FAILED, error=NOT_INDEXED)


def _written(transcript: Transcript, pieces: Sequence[Piece]) -> tuple[int, int]:
    """The number of the first new passage, and how many are written already. Numbers of those that were told stay taken."""
    rows = list(_unused().filter(transcript=transcript).order_by("number"))
    highest = Passage.objects.filter(transcript=transcript).aggregate(most=Max("number"))["most"]
    # Others behind them are of another time it was indexed: those in use among them, or told.
    last = bool(rows) and rows[-1].number == highest and rows[-1].number - rows[0].number == len(rows) - 1
    whole = last and len(rows) <= len(pieces)
    if whole and all(
        (row.start_ms, row.text) == (piece.start_ms, piece.text)
        for row, piece in zip(rows, pieces, strict=False)
    ):
        return rows[0].number, len(rows)
    retire([row.pk for row in rows])
    highest = Passage.objects.filter(transcript=transcript).aggregate(most=Max("number"))["most"]
    return (0 if highest is None else highest + 1), 0


@write()
def _write_lot(
    transcript: Transcript, beat: datetime, base: int, at: int, pieces: Sequence[Piece]
) -> datetime | None:
    """When this was written; None where the claim is lost."""
    now = timezone.now()
    lot = pieces[at : at + LOT]
    claimed = Transcript.objects.filter(pk=transcript.pk, status=Status.INDEXING, beat_at=beat)
    if not claimed.update(beat_at=now, done=at + len(lot), total=len(pieces)):
        return None
    rows = [
        Passage(
            video=transcript.video,
            transcript=transcript,
            number=base + number,
            start_ms=piece.start_ms,
            end_ms=piece.end_ms,
            text=piece.text,
            current=False,
        )
        for number, piece in enumerate(lot, at)
    ]
    index.add(Passage.objects.bulk_create(rows))
    return now


@write()
def _put_in_use(transcript: Transcript, beat: datetime, base: int, total: int) -> list[int] | None:
    """Passages that stood until now; None where the claim is lost, or the video was deleted."""
    video = Video.objects.select_for_update().filter(pk=transcript.video_id).first()
    claimed = Transcript.objects.filter(pk=transcript.pk, status=Status.INDEXING, beat_at=beat)
    if video is None or video.deleted_at or not claimed.update(status=Status.READY, done=total, total=total):
        return None
    new = Passage.objects.filter(transcript=transcript, number__gte=base)
    if new.count() != total:  # some were swept before it was claimed: all is written anew
        Transcript.objects.filter(pk=transcript.pk).update(status=Status.WAITING, done=0)
        return None
    standing = Passage.objects.filter(video=video, current=True)
    former = list(standing.order_by().values_list("pk", flat=True))
    standing.update(current=False)
    new.update(current=True)
    Transcript.objects.filter(video=video, current=True).exclude(pk=transcript.pk).update(current=False)
    Transcript.objects.filter(pk=transcript.pk).update(current=True)
    return former


# ---------------------------------------------------------------- what goes


def _unused() -> QuerySet[Passage]:
    """Neither found nor told to anybody: half of a version, or of a former one."""
    cited = Reference.objects.filter(passage=OuterRef("pk"))
    return Passage.objects.filter(~Exists(cited), current=False, told=False)


def unused_of(transcripts: QuerySet[Transcript]) -> list[int]:
    """One lot of their passages that nobody needs."""
    rows = _unused().filter(transcript__in=transcripts.values("pk"))
    return list(rows.order_by().values_list("pk", flat=True)[:LOT])


def retire(passages: Iterable[int]) -> None:
    """Out of the index; deleted but for those that were told or are referred to."""
    keys = list(passages)
    for at in range(0, len(keys), LOT):
        with write():
            rows = list(Passage.objects.filter(pk__in=keys[at : at + LOT], current=False))
            index.forget(rows)
            _unused().filter(pk__in=[row.pk for row in rows]).delete()


def supersede(video: Video) -> None:
    """Within the transaction that chooses another version: what is being indexed is left."""
    unfinished = Transcript.objects.filter(video=video, status__in=UNFINISHED)
    unfinished.filter(current=True).update(status=Status.READY)
    unfinished.filter(current=False).update(status=Status.FAILED, error=SUPERSEDED)


def rebuild_index(video: Video | None = None) -> int:
    """What is known of the words of passages in use anew, lot by lot; how many they are. Deleted videos are among them: they
    may be restored. What stands in the index and is out of use is taken out."""
    retire(index.left())
    last, count = 0, 0
    while True:
        with write():
            rows = Passage.objects.filter(current=True, pk__gt=last)
            lot = list(
                (rows.filter(video=video) if video else rows).select_related("video").order_by("pk")[:LOT]
            )
            index.forget(lot)
            index.add(lot)
        if not lot:
            return count
        last, count = lot[-1].pk, count + len(lot)


# ---------------------------------------------------------------- in the background


def start() -> None:
    """Have what waits indexed by a thread of this process, once this transaction is committed."""
    transaction.on_commit(_background.wake)


def index_waiting() -> int:
    """Everything that waits or was left; how many became the version in use."""
    tried: set[UUID] = set()
    count = 0
    while True:
        rows = claimable(timezone.now()).exclude(pk__in=tried).order_by("created_at")
        key = rows.values_list("pk", flat=True).first()
        if key is None:
            return count
        tried.add(key)
        count += index_transcript(key)


class _Background:
    """One thread at the most, which ends when nothing waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._again = False

    def wake(self) -> None:
        with self._lock:
            self._again = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="transcripts", daemon=True)
                self._thread.start()

    def join(self, seconds: float) -> bool:
        """Whether it has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _work(self) -> None:
        try:
            while self._more():
                index_waiting()
        except Unavailable:
            log.warning("database unavailable", step="transcripts")
        except Exception:
            log.exception("transcripts failed")
        finally:
            connection.close()
            with self._lock:
                self._thread = None if self._thread is threading.current_thread() else self._thread

    def _more(self) -> bool:
        with self._lock:
            more, self._again = self._again, False
            if not more:
                self._thread = None
            return more


_background = _Background()
wake, join = _background.wake, _background.join
