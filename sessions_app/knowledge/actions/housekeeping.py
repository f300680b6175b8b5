"""What is tidied up every five minutes."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sessions_app.knowledge import index, storing
from sessions_app.knowledge.models import Passage, Transcript, Video
from sessions_app.models.sessions import TRASH_KEPT
from sessions_app.transactions import write

from . import indexing

RECENT = timedelta(days=1)
VIDEOS = 20  # looked at in one run


def sweep() -> bool:
    """Transcripts that were left are taken up, passages nobody needs go, deleted videos go for good. Whether there is more
    to do at once."""
    if indexing.claimable(timezone.now()).exists():
        indexing.wake()
    return _drop_unused() | _purge_deleted()


def _drop_unused() -> bool:
    """Of versions that were left half-way, or whose end was cut off. Those that were told stay, but are not found."""
    since = timezone.now() - RECENT
    ended = Transcript.objects.exclude(status__in=indexing.UNFINISHED)
    unused = indexing.unused_of(ended.filter(beat_at__gte=since, video__deleted_at__isnull=True))
    indexing.retire(unused)
    indexing.retire(index.left(since))
    return len(unused) == indexing.LOT


def _purge_deleted() -> bool:
    due = Video.objects.filter(deleted_at__lt=timezone.now() - TRASH_KEPT).order_by("deleted_at")
    videos = list(due[:VIDEOS])
    for video in videos:
        purge_video(video=video)
    return len(videos) == VIDEOS


def purge_video(*, video: Video) -> None:
    """Rows and files; references keep their title and second."""
    while True:
        with write():
            lot = list(Passage.objects.filter(video=video)[: indexing.LOT])
            index.forget(lot)
            Passage.objects.filter(pk__in=[row.pk for row in lot]).delete()
        if len(lot) < indexing.LOT:
            break
    names = [name for name in (video.file, video.thumbnail) if name]
    with write():
        Video.objects.filter(pk=video.pk).delete()
        transaction.on_commit(lambda: drop_files(names))


def drop_files(names: list[str]) -> None:
    """Files that no video has."""
    for name in names:
        if not Video.objects.filter(Q(file=name) | Q(thumbnail=name)).exists():
            storing.drop(name)
