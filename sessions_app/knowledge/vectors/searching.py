"""Passages that are near to a question by their meaning: every vector of the videos that count is compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from sessions_app.knowledge.fusion import fused
from sessions_app.knowledge.models import Video

from . import Vector, column
from .memory import MEMORY

WIDER = 3  # times as many are ranked as are wanted: what stands low in both rankings may come first in all
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
        found = _compared(vector, list(seen.order_by().values_list("pk", flat=True)), limit)
    return [(passage, min(1.0, near)) for passage, near in found if near >= LEAST]


def _compared(vector: Vector, videos: list[Any], limit: int) -> list[tuple[int, float]]:
    """Exact, by numpy, a video at a time: in memory are no more than a few of them beside those that are kept."""
    import numpy as np

    asked = np.asarray(vector.values, dtype=np.float32)
    best: list[tuple[float, int]] = []
    for matrix in MEMORY.matrices(vector.model, videos):
        if matrix.values.shape[1] != len(asked):
            continue
        near = matrix.values @ asked
        at = np.argpartition(-near, limit)[:limit] if len(near) > limit else np.arange(len(near))
        best += [(float(near[place]), int(matrix.passages[place])) for place in at]
        if len(best) > 50 * limit:
            best = _first(best, limit)
    return [(passage, near) for near, passage in _first(best, limit)]


def _first(found: list[tuple[float, int]], limit: int) -> list[tuple[float, int]]:
    """Of equals the older passage first."""
    return sorted(found, key=lambda each: (-each[0], each[1]))[:limit]
