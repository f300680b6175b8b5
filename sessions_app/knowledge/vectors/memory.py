"""Vectors in memory, video by video, as much as VECTOR_CACHE_MB allows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max

from sessions_app.knowledge.models import EmbeddingRun, PassageVector

SMALL = 1_000  # bytes that a video takes beside its vectors


@dataclass(frozen=True, slots=True)
class Form:
    """What is held of vectors: a column, the type of its numbers, and of how many videos it is read at once."""

    column: str
    numbers: str
    lot: int


EXACT, CODES = Form("values", "<f4", 20), Form("code", "u1", 200)
Key = tuple[Form, str, UUID]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The vectors (or codes) of one video, a row for each of `passages`; `signature` says which they were (how many, the
    last row), `stamp` when that was last compared. Arrays of numpy."""

    passages: Any
    values: Any
    signature: tuple[int, int]
    stamp: int

    @property
    def size(self) -> int:
        return SMALL + int(self.values.nbytes) + int(self.passages.nbytes)


class Memory:
    """What was read last stays. A passage that is gone meanwhile stays in it until its video has others: whoever asks
    looks at the passages themselves anyway."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, Matrix] = OrderedDict()
        self._size = 0
        self._counted: tuple[str, int, int] = ("", 0, 0)
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._size, self._counted = 0, ("", 0, 0)

    def count(self, model: str) -> int:
        """How many vectors there are by this model."""
        stamp = _stamp()
        if self._counted[:2] != (model, stamp):
            self._counted = (model, stamp, PassageVector.objects.filter(model=model).count())
        return self._counted[2]

    def matrices(self, model: str, videos: Sequence[UUID], form: Form = EXACT) -> Iterator[Matrix]:
        """One for each video that has vectors, read now where they are not held or not up to date."""
        stamp = _stamp()
        for at in range(0, len(videos), form.lot):
            lot = videos[at : at + form.lot]
            known = {video: held for video in lot if (held := self._take((form, model, video))) is not None}
            doubtful = [video for video in lot if video not in known or known[video].stamp != stamp]
            if doubtful:
                known |= self._renewed(form, model, doubtful, known, stamp)
            yield from (matrix for matrix in known.values() if len(matrix.passages))

    def _renewed(
        self, form: Form, model: str, videos: list[UUID], known: dict[UUID, Matrix], stamp: int
    ) -> dict[UUID, Matrix]:
        signatures = _signatures(model, [video for video in videos if video in known])
        found, missing = {}, []
        for video in videos:
            held = known.get(video)
            if held is not None and held.signature == signatures.get(video, (0, 0)):
                found[video] = replace(held, stamp=stamp)
            else:
                missing.append(video)
        found |= _read(form, model, missing, stamp)
        for video, matrix in found.items():
            self._keep((form, model, video), matrix)
        return found

    def _take(self, key: Key) -> Matrix | None:
        with self._lock:
            matrix = self._held.get(key)
            if matrix is not None:
                self._held.move_to_end(key)
            return matrix

    def _keep(self, key: Key, matrix: Matrix) -> None:
        most = settings.VECTOR_CACHE_MB * 1_000_000
        with self._lock:
            former = self._held.pop(key, None)
            self._size -= former.size if former else 0
            if matrix.size > most:
                return
            self._held[key] = matrix
            self._size += matrix.size
            while self._size > most:
                _, gone = self._held.popitem(last=False)
                self._size -= gone.size


def _stamp() -> int:
    return EmbeddingRun.objects.values_list("stamp", flat=True).first() or 0


def _signatures(model: str, videos: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """From an index alone."""
    if not videos:
        return {}
    rows = PassageVector.objects.filter(model=model, video__in=videos).order_by().values("video")
    told = rows.annotate(count=Count("pk"), last=Max("pk")).values_list("video", "count", "last")
    return {video: (count, last) for video, count, last in told}


def _read(form: Form, model: str, videos: list[UUID], stamp: int) -> dict[UUID, Matrix]:
    """All vectors of a video have the length of its first one; others are left out (a server changed its model)."""
    import numpy as np

    nothing = Matrix(np.empty(0, np.int64), np.empty((0, 0), form.numbers), (0, 0), stamp)
    found = dict.fromkeys(videos, nothing)
    if not videos:
        return found
    rows = PassageVector.objects.filter(model=model, video__in=videos).order_by("video", "passage")
    told = rows.values_list("video", "pk", "passage", form.column).iterator(1_000)
    for video, group in groupby(told, key=lambda row: row[0]):
        keys, all_of = [], []
        for _, key, passage, values in group:
            keys.append(key)
            all_of.append((passage, bytes(values)))
        alike = [(passage, values) for passage, values in all_of if len(values) == len(all_of[0][1])]
        flat = np.frombuffer(b"".join(values for _, values in alike), dtype=form.numbers)
        passages = np.array([passage for passage, _ in alike], dtype=np.int64)
        signature = (len(keys), max(keys))
        found[video] = Matrix(passages, flat.reshape(len(alike), -1), signature, stamp)
    return found


MEMORY = Memory()
