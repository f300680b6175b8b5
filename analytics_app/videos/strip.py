"""A video's length in stretches, each with how often answers refer to it. Pure; times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BINS = 48
SHORTEST = 5_000  # of a stretch
STEPS = 5


@dataclass(frozen=True, slots=True)
class Stretch:
    """`step` (0 to 5) says how often, against the stretch with most references."""

    start_ms: int
    end_ms: int
    references: int
    step: int


def stretches(cited: Iterable[tuple[int, int, int]], length_ms: int | None) -> list[Stretch]:
    """From (start, end, times cited): a passage counts for each stretch that it lies in, for however little. Without a
    length the last passage ends the video; nothing where nothing is cited."""
    passages = [(start, max(end, start + 1), times) for start, end, times in cited]
    if not passages:
        return []
    length = max([length_ms or 0, *(end for _, end, _ in passages)])
    count = max(1, min(BINS, length // SHORTEST))
    edges = [length * place // count for place in range(count + 1)]
    sums = [0] * count
    for start, end, times in passages:
        first, last = (_place(at, length, count, edges) for at in (start, end - 1))
        for place in range(first, last + 1):
            sums[place] += times
    most = max(sums)
    return [
        Stretch(edges[place], edges[place + 1], times, -(-times * STEPS // most))
        for place, times in enumerate(sums)
    ]


def _place(at: int, length: int, count: int, edges: list[int]) -> int:
    """The stretch that holds a moment: edges are rounded down, so that the next one may have begun already."""
    place = min(count - 1, at * count // length)
    return place + 1 if place + 1 < count and edges[place + 1] <= at else place
