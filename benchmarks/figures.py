"""What a load is, what was seen of it, and the figures made of that. No input or output here."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

RATE = 50.0  # words a second and stream
FIRST_TOKEN = 0.110  # seconds the upstream takes for its first word
WORDS = 300
SPREAD = 1.0  # seconds over which streams start
LOADS = (10, 50, 100, 200)
PROGRAMS = 100  # streams of the one load that programs read over the API
NEW = 100  # streams of the one load whose sessions get their titles written


@dataclass(slots=True)
class Stream:
    """One stream as its client saw it: epoch seconds of the request and of each word; `problem` is why it failed."""

    name: str
    asked: float = 0.0
    received: list[float] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a load generator reports: its streams, and the CPU seconds the measured process used meanwhile."""

    streams: list[Stream]
    cpu: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, given: dict[str, Any]) -> Self:
        return cls([Stream(**stream) for stream in given["streams"]], given["cpu"])


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """Milliseconds, but for counts. `median` and `worst` are added latency a token, median and 99th percentile."""

    streams: int
    failed: int
    first: float
    median: float
    worst: float
    cpu: float


def figures(seen: Observation, sent: dict[str, list[float]]) -> LoadFigures:
    """Compare what clients saw with the moments at which the upstream wrote each word."""
    well = [stream for stream in seen.streams if not stream.problem and stream.name in sent]
    added = sorted(added_latencies(well, sent))
    firsts = [stream.received[0] - stream.asked for stream in well]
    words = sum(len(sent.get(stream.name, ())) for stream in seen.streams)
    return LoadFigures(
        streams=len(seen.streams),
        failed=len(seen.streams) - len(well),
        first=1000 * statistics.median(firsts) if firsts else float("nan"),
        median=1000 * percentile(added, 50),
        worst=1000 * percentile(added, 99),
        cpu=1e6 * seen.cpu / words if words else float("nan"),
    )


def added_latencies(streams: Iterable[Stream], sent: dict[str, list[float]]) -> list[float]:
    return [
        got - left for stream in streams for got, left in zip(stream.received, sent[stream.name], strict=True)
    ]


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value at this share of an ordered sequence; not a number for an empty one."""
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
