"""Searching a million messages: `python -m benchmarks.searching DATABASE` prints the times as JSON. Runs inside Django.

Words of all kinds are asked for, the worst included: in every other message, in ten, two that are rarely together,
phrases, exclusions, beginnings; by a member with a tenth of all messages and by staff over everyone's.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from benchmarks import million, processes

QUERIES = (
    "the", "for", "the for of", "deploys", "migrated", "acceptaxium", "the acceptaxium", "deploys debug", "the deploys",
    '"of the"', '"the the the"', "deploys -the", "the for -to -and", "dep*", "depl*", "the*", "for* tra*", "zzzz",
)  # fmt: skip
TIMES = 5


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """Milliseconds over all queries: the median, and the slowest one's own median."""

    own: float
    own_worst: float
    everyone: float
    everyone_worst: float


def measure() -> SearchFigures:
    """Of the kept workspace of a million messages, which is made where there is none."""
    database = million.cached()
    figures = processes.ask(
        processes.command("-m", "benchmarks.searching", str(database)), million.environment(database)
    )
    return SearchFigures(**figures)


def timed() -> dict[str, float]:
    from sessions_app.models import User

    member, staff = User.objects.get(username=million.HEAVY), User.objects.get(username=million.STAFF)
    own = [taken(member, query) for query in QUERIES]
    everyone = [taken(staff, query, everyone=True) for query in QUERIES]
    return {
        "own": statistics.median(own),
        "own_worst": max(own),
        "everyone": statistics.median(everyone),
        "everyone_worst": max(everyone),
    }


def taken(user: Any, query: str, **asked: bool) -> float:
    """Median milliseconds from the question to ten hits with their snippets."""
    from sessions_app.search import search_messages

    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        search_messages(user, query, **asked)  # type: ignore[arg-type]
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


if __name__ == "__main__":
    os.environ.update(million.environment(Path(sys.argv[1])))
    django.setup()
    print(json.dumps(timed()))
