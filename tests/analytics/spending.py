"""Forty series of daily costs of which every unusual day is known.

Each is a kind of workspace with its noise from a seed of its own; the unusual days are put in at set places, so many
times a working day. The limits of the detector were chosen on other seeds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

LAST = date(2026, 11, 20)
LENGTH = 70

KINDS = ("steady", "office", "growing", "bursty", "sparse", "small team", "falling", "two models")
# Days before the last day that are unusual, and how many times the day's own cost they come to.
LABELS: tuple[dict[int, float], ...] = (
    {3: 6.0, 20: 9.0},
    {1: 4.0},
    {},
    {5: 12.0, 6: 10.0, 30: 8.0},
    {12: 7.0},
)


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    costs: dict[date, Decimal]
    odd: frozenset[date]


def all_series() -> Iterator[Series]:
    """Each kind of workspace with each set of labels."""
    for number, kind in enumerate(KINDS):
        for place, labels in enumerate(LABELS):
            yield series(kind, labels, seed=100 * number + place)


def series(kind: str, labels: dict[int, float], seed: int) -> Series:
    chance = random.Random(seed)
    costs: dict[date, Decimal] = {}
    odd = set()
    for back in range(LENGTH - 1, -1, -1):
        day = LAST - timedelta(back)
        cost = usual(kind, day, LENGTH - back, chance)
        if back in labels:
            # On an idle day too something can go wrong: an unusual day is that many times a working day.
            cost = max(cost, base(kind)) * labels[back]
            odd.add(day)
        if cost > 0:
            costs[day] = Decimal(str(round(cost, 6)))
    return Series(f"{kind} {seed}", costs, frozenset(odd))


def base(kind: str) -> float:
    """USD on a working day."""
    return {"small team": 0.6, "sparse": 2.0, "office": 40.0}.get(kind, 10.0)


def usual(kind: str, day: date, number: int, chance: random.Random) -> float:
    noise = chance.lognormvariate(0, 0.25)
    weekend = day.weekday() >= 5
    match kind:
        case "office":
            return base(kind) * noise * (0.08 if weekend else 1)
        case "growing":
            return base(kind) * noise * (0.5 + number / LENGTH)
        case "falling":
            return base(kind) * noise * (1.5 - number / LENGTH)
        case "bursty":
            return base(kind) * chance.lognormvariate(0, 0.6)
        case "sparse":
            return base(kind) * noise if chance.random() < 0.45 else 0.0
        case "small team":
            return 0.0 if weekend else base(kind) * noise
        case "two models":
            return base(kind) * noise + (4.0 * noise if day.weekday() == 1 else 0)
    return base(kind) * noise
