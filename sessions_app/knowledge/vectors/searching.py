"""Passages that are near to a question by their meaning: every vector of the videos that count is compared."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from sessions_app.knowledge.models import PassageVector, Video

from . import Vector, code_of, column
from .memory import CODES, MEMORY

FEW = 50  # videos in which every vector is compared, however many there are elsewhere
OFTEN, LEAST_SCREENED = 40, 500  # times as many are screened by codes as are wanted, and never fewer
READ = 500  # vectors that are read at once
LEAST = 0.2  # cosine below which two texts have nothing in common, by any model


def nearby(vector: Vector, seen: QuerySet[Video], limit: int) -> list[tuple[int, float]]:
    """The nearest passages of these videos with their cosines (0 to 1), nearest first. Whether they can still be found
    is asked by who reads them: one may just have been replaced."""
    if column.there():
        found = column.nearest(vector.model, vector.values, seen.values("pk"), limit)
    else:
        found = compared(vector, list(seen.order_by().values_list("pk", flat=True)), limit)
    return [(passage, min(1.0, near)) for passage, near in found if near >= LEAST]


def compared(vector: Vector, videos: list[Any], limit: int) -> list[tuple[int, float]]:
    """By numpy, a video at a time: in memory are no more than a few of them beside those that are kept. Every vector is
    compared, but in many videos with more vectors than memory takes: there those that codes say are nearest."""
    if len(videos) > FEW and too_many(vector):
        return _of(_screened(vector, videos, max(OFTEN * limit, LEAST_SCREENED)), vector, limit)
    best = Best(limit)
    for matrix in MEMORY.matrices(vector.model, videos):
        best.add(matrix.passages, _cosines(matrix.values, vector))
    return best.found()


def too_many(vector: Vector) -> bool:
    """Whether all vectors of the model are more than may be kept in memory."""
    return MEMORY.count(vector.model) * 4 * len(vector.values) > settings.VECTOR_CACHE_MB * 1_000_000


def _screened(vector: Vector, videos: list[Any], most: int) -> list[int]:
    """Passages whose values have most often the sign that those of the question have."""
    import numpy as np

    code, best = np.frombuffer(code_of(vector.values), dtype=np.uint8), Best(most)
    for matrix in MEMORY.matrices(vector.model, videos, CODES):
        if matrix.values.shape[1] == len(code):
            best.add(matrix.passages, -np.bitwise_count(matrix.values ^ code).sum(axis=1, dtype=np.int32))
    return [passage for passage, _ in best.found()]


def _of(passages: list[int], vector: Vector, limit: int) -> list[tuple[int, float]]:
    """Of these passages the nearest, by their vectors, which are read now."""
    import numpy as np

    best = Best(limit)
    size = 4 * len(vector.values)
    for at in range(0, len(passages), READ):
        rows = PassageVector.objects.filter(model=vector.model, passage__in=passages[at : at + READ])
        told = [(key, bytes(values)) for key, values in rows.order_by().values_list("passage", "values")]
        alike = [(key, values) for key, values in told if len(values) == size]
        flat = np.frombuffer(b"".join(values for _, values in alike), dtype="<f4")
        near = _cosines(flat.reshape(len(alike), -1), vector) if alike else flat
        best.add(np.array([key for key, _ in alike], dtype=np.int64), near)
    return best.found()


def _cosines(values: Any, vector: Vector) -> Any:
    """Nothing near at all where they are of another length."""
    import numpy as np

    if values.shape[1] != len(vector.values):
        return np.full(len(values), -1, np.float32)
    return values @ np.asarray(vector.values, dtype=np.float32)


class Best:
    """The first so many of what was added, nearest first; of equals the older passage."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[tuple[Any, Any]] = []
        self._count = 0
        self._least: float | None = None  # what is not as near is none of them

    def add(self, passages: Any, near: Any) -> None:
        if self._least is not None:
            at = near >= self._least
            passages, near = passages[at], near[at]
        self._kept.append((passages, near))
        self._count += len(near)
        if self._count > 10 * self._limit + 1_000:
            self._cut()

    def found(self) -> list[tuple[int, float]]:
        self._cut()
        passages, near = self._kept[0] if self._kept else ((), ())
        return [(int(passage), float(how)) for passage, how in zip(passages, near, strict=True)]

    def _cut(self) -> None:
        import numpy as np

        if not self._kept:
            return
        passages = np.concatenate([each for each, _ in self._kept])
        near = np.concatenate([each for _, each in self._kept])
        first = np.lexsort((passages, -near))[: self._limit]
        self._kept, self._count = [(passages[first], near[first])], len(first)
        if len(first) == self._limit:
            self._least = float(near[first[-1]])
