"""Several rankings made one, by reciprocal ranks. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def fused(rankings: Sequence[Sequence[T]], k: int = 60) -> list[tuple[T, float]]:
    """All that is ranked, best first, with what it comes to: 1 / (k + rank) summed over the rankings that have it, ranks
    from 1 (Cormack, Clarke, Büttcher: Reciprocal Rank Fusion, SIGIR 2009). Scores of the rankings need not be of one kind.
    Of equals comes first what an earlier ranking has, then what stands higher in it. What one ranking holds twice counts
    where it stands first."""
    scores: dict[T, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(dict.fromkeys(ranking), start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda each: -each[1])
