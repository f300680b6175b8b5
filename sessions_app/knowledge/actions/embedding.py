"""Vectors of passages as they are stored, and who is at making them: one process at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from sessions_app.actions import ledger
from sessions_app.actions.activity import take_events
from sessions_app.activity.values import ERROR, Event, fingerprint
from sessions_app.knowledge.models import EmbeddingRun, Passage, PassageVector
from sessions_app.knowledge.vectors import code_of, column, packed
from sessions_app.models import TokenUsage
from sessions_app.transactions import write

SILENT = timedelta(
    minutes=10
)  # after which whoever is at it is taken for dead: a call may take two minutes, and be repeated
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
LEFT_OPEN = timedelta(minutes=15)
LOT = 500  # rows dropped in one transaction


@write()
def claim_embedding(*, owner: UUID, at_once: bool = False) -> bool:
    """Whether this process may embed now: nobody is at it, and the last failure is long enough ago (or `at_once`)."""
    now = timezone.now()
    EmbeddingRun.objects.get_or_create(pk=1)
    free = Q(owner__isnull=True) | Q(beat_at__lt=now - SILENT)
    rested = Q() if at_once else Q(retry_at__isnull=True) | Q(retry_at__lte=now)
    return EmbeddingRun.objects.filter(free, rested, pk=1).update(owner=owner, beat_at=now) == 1


@write()
def store_vectors(*, owner: UUID, model: str, vectors: Mapping[int, tuple[UUID, list[float]]]) -> bool:
    """Of passages, by their keys, with their videos. Those that are gone or replaced meanwhile are left out. False where
    another process has taken the work over; then nothing is stored."""
    run = EmbeddingRun.objects.filter(pk=1, owner=owner)
    if not run.update(beat_at=timezone.now(), stamp=F("stamp") + 1):
        return False
    rows = Passage.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=vectors, current=True)
    there = list(rows.order_by("pk").values_list("pk", flat=True))
    made = [
        PassageVector(
            passage_id=key, video_id=video, model=model, values=packed(values), code=code_of(values)
        )
        for key in there
        for video, values in [vectors[key]]
    ]
    PassageVector.objects.bulk_create(made, ignore_conflicts=True)
    column.fill([(each.passage_id, model, bytes(each.values)) for each in made])
    return True


@write()
def fill_column(*, rows: list[tuple[int, str, bytes]]) -> None:
    column.fill(rows)


@write()
def drop_vectors(*, model: str) -> bool:
    """Some of this model's go. Whether there are more."""
    keys = PassageVector.objects.filter(model=model).order_by().values_list("pk", flat=True)[:LOT]
    return _drop(list(keys))


@write()
def drop_retired(*, model: str) -> bool:
    """Some of passages that cannot be found any more go. Whether there are more."""
    keys = PassageVector.objects.filter(model=model, passage__current=False).order_by()
    return _drop(list(keys.values_list("pk", flat=True)[:LOT]))


def _drop(keys: list[int]) -> bool:
    if keys:
        PassageVector.objects.filter(pk__in=keys).delete()
        EmbeddingRun.objects.filter(pk=1).update(stamp=F("stamp") + 1)
    return len(keys) == LOT


@write()
def end_embedding(*, owner: UUID, ready: str = "") -> None:
    """It came to its end; `ready` is the model that all passages have vectors of now."""
    run = EmbeddingRun.objects.filter(pk=1, owner=owner)
    run.update(
        owner=None, beat_at=None, failures=0, retry_at=None, problem="", **({"ready": ready} if ready else {})
    )


@write()
def stop_embedding(*, owner: UUID, model: str, problem: str) -> None:
    """It cannot go on for the reason `problem`, which staff see; the next one begins later, the later the more often it
    failed."""
    run = EmbeddingRun.objects.filter(pk=1, owner=owner).first()
    if run is None:
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(run.failures, 10))
    EmbeddingRun.objects.filter(pk=1).update(
        owner=None,
        beat_at=None,
        failures=F("failures") + 1,
        retry_at=timezone.now() + wait,
        problem=problem[:300],
    )
    event = Event(
        source="videos",
        kind="embedding_stopped",
        title=f"Transcripts are not embedded: {problem}",
        severity=ERROR,
        body="Passages without a vector are found by their words alone. It is tried again by itself.",
        data={"model": model, "failures": run.failures + 1},
        fingerprint=fingerprint("embedding", model),
        audience="staff",
    )
    take_events(owner=None, events=[event])


def settle_left_open() -> None:
    """Calls of commands that died: no server process has them."""
    rows = TokenUsage.objects.open().filter(
        owner__isnull=True, purpose=TokenUsage.Purpose.EMBEDDING, at__lt=timezone.now() - LEFT_OPEN
    )
    for row in rows:
        ledger.settle_left(row)
