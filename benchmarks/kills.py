"""A few kills of the real server with streams running, by the campaign of `make faults`."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

from tests.server.processes import Site
from tests.server.rounds import Outcome, play

ROUNDS, STREAMS = 3, 20


@dataclass(frozen=True, slots=True)
class KillFigures:
    """Over all rounds: the most text any reply lost in seconds of its stream, the longest until nothing ran, in
    seconds, and every promise that was broken."""

    lost: float
    settled: float
    broken: tuple[str, ...]


def measure(folder: Path) -> KillFigures:
    """Kill, start again and look, a few times; moments are random."""
    (folder / "kills").mkdir()
    with Site(folder / "kills") as site:
        site.server.start()
        outcomes: list[Outcome] = []
        for _ in range(ROUNDS):
            outcomes.append(asyncio.run(play(site, streams=STREAMS, chance=random.Random())))
    return KillFigures(
        lost=max((ms for each in outcomes for ms in each.lost_ms), default=0.0) / 1000,
        settled=max(each.settled for each in outcomes),
        broken=tuple(sentence for each in outcomes for sentence in each.broken),
    )
