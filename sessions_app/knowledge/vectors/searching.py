"""Passages that are near to a question by their meaning: every vector of the videos that count is compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from sessions_app.knowledge.fusion import fused
from sessions_app.knowledge.models import PassageVector, Video

from . import Vector, code_of, column
from .memory import CODES, MEMORY

WIDER = 3  # times as many are ranked as are wanted: what stands low in both rankings may come first in all
FEW = 50  # videos in which every vector is compared, however many there are elsewhere
OFTEN, LEAST_SCREENED = 40, 500  # times as many are screened by codes as are wanted, and never fewer
READ = 500  # vectors that are read at once
LEAST = 0.2  # cosine below which two texts have nothing in common, by any model


def with_nearby(
    ranked: Sequence[tuple[int, float]], vector: Vector, seen: QuerySet[Video], limit: int
) -> list[tuple[int, float]]:
    """Passages that were found by their words (best first, with their similarity) and those near to the question, as one
    ranking. The similarity of one that is in both is the higher of the two."""
    near = nearby(vector, seen, WIDER * limit)
    words, meaning = dict(ranked), dict(near)
    order = fused([list(words), list(meaning)])
    return [(key, max(words.get(key, 0.0), meaning.get(key, 0.0))) for key, _ in order]


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
    best: list[tuple[float, int]] = []
    for matrix in MEMORY.matrices(vector.model, videos):
        best = _better(best, matrix.passages, _cosines(matrix.values, vector), limit)
    return [(passage, near) for near, passage in best]


def too_many(vector: Vector) -> bool:
    """Whether all vectors of the model are more than may be kept in memory."""
    return MEMORY.count(vector.model) * 4 * len(vector.values) > settings.VECTOR_CACHE_MB * 1_000_000


def _screened(vector: Vector, videos: list[Any], most: int) -> list[int]:
    """Passages whose values have most often the sign that those of the question have."""
    import numpy as np

    code = np.frombuffer(code_of(vector.values), dtype=np.uint8)
    best: list[tuple[float, int]] = []
    for matrix in MEMORY.matrices(vector.model, videos, CODES):
        if matrix.values.shape[1] == len(code):
            apart = np.bitwise_count(matrix.values ^ code).sum(axis=1, dtype=np.int32)
            best = _better(best, matrix.passages, -apart, most)
    return [passage for _, passage in best]


def _of(passages: list[int], vector: Vector, limit: int) -> list[tuple[int, float]]:
    """Of these passages the nearest, by their vectors, which are read now."""
    import numpy as np

    best: list[tuple[float, int]] = []
    size = 4 * len(vector.values)
    for at in range(0, len(passages), READ):
        rows = PassageVector.objects.filter(model=vector.model, passage__in=passages[at : at + READ])
        told = [(key, bytes(values)) for key, values in rows.order_by().values_list("passage", "values")]
        alike = [(key, values) for key, values in told if len(values) == size]
        flat = np.frombuffer(b"".join(values for _, values in alike), dtype="<f4")
        near = _cosines(flat.reshape(len(alike), -1), vector) if alike else flat
        best = _better(best, np.array([key for key, _ in alike], dtype=np.int64), near, limit)
    return [(passage, near) for near, passage in best]


def _cosines(values: Any, vector: Vector) -> Any:
    """None at all where they are of another length."""
    import numpy as np

    if values.shape[1] != len(vector.values):
        return np.empty(0, np.float32)
    return values @ np.asarray(vector.values, dtype=np.float32)


def _better(best: list[tuple[float, int]], passages: Any, near: Any, limit: int) -> list[tuple[float, int]]:
    """The first so many of these and those before, nearest first; of equals the older passage."""
    import numpy as np

    if len(best) == limit:  # whatever is not nearer than the last one is none of them
        at = np.flatnonzero(near >= best[-1][0])
        passages, near = passages[at], near[at]
    if len(near) > limit:
        at = np.flatnonzero(near >= np.partition(near, -limit)[-limit])
        passages, near = passages[at], near[at]
    if not len(near):
        return best
    found = [*best, *zip(near.tolist(), passages.tolist(), strict=True)]
    return sorted(found, key=lambda each: (-each[0], each[1]))[:limit]
