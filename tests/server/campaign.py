"""`python -m tests.server.campaign`: the long campaign of kills and cuts. Exit code 1 when a promise was broken."""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .cuts import follow_through_cuts
from .processes import Site
from .rounds import Outcome, play


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, Site(Path(folder)) as site:
        site.server.start()
        chance = random.Random(options.seed)
        outcomes = kills(site, options.kills, options.streams, chance)
        broken = [sentence for outcome in outcomes for sentence in outcome.broken]
        table(outcomes)
        if options.cuts:
            broken += cuts(site, options.cuts, chance)
        if broken:
            print(site.server.child.last_words() if site.server.child else "")
    print(f"{len(broken)} violations")
    return 1 if broken else 0


def kills(site: Site, rounds: int, streams: int, chance: random.Random) -> list[Outcome]:
    outcomes = []
    for number in range(1, rounds + 1):
        outcome = asyncio.run(play(site, streams=streams, chance=chance))
        outcomes.append(outcome)
        print(
            f"kill {number:>3}  cut {outcome.cut:>3}  text lost {worst(outcome.lost_ms):>4.0f} ms"
            f"  restart {outcome.restart:.1f} s  settled {outcome.settled:.1f} s"
            f"  violations {len(outcome.broken)}",
            flush=True,
        )
        for sentence in outcome.broken:
            print(f"          {sentence}", flush=True)
    return outcomes


def cuts(site: Site, count: int, chance: random.Random) -> list[str]:
    found = asyncio.run(follow_through_cuts(site, count, chance))
    print(
        f"cuts      {found.made} connections reset in one reply of {found.words} words, "
        f"{found.refused} frames refused, violations {len(found.violations)}"
    )
    for sentence in found.violations:
        print(f"          {sentence}")
    return found.violations


def worst(values: Sequence[float]) -> float:
    return max(values, default=0.0)


def table(outcomes: Sequence[Outcome]) -> None:
    """Worst and mean of everything measured."""
    rows = {
        "text the upstream sent and nobody kept, ms": [ms for each in outcomes for ms in each.lost_ms],
        "text a reader saw and nobody kept, ms": [ms for each in outcomes for ms in each.unkept_ms],
        "start of the server, s": [each.restart for each in outcomes],
        "until nothing runs, s": [each.settled for each in outcomes],
    }
    print(f"{'':<46}{'mean':>9}{'worst':>9}")
    for name, values in rows.items():
        if values:
            print(f"{name:<46}{statistics.fmean(values):>9.2f}{worst(values):>9.2f}")
    print(
        f"{len(outcomes)} kills, {sum(each.cut for each in outcomes)} replies cut, "
        f"{sum(each.repeated for each in outcomes)} sends repeated, "
        f"{sum(len(each.broken) for each in outcomes)} violations"
    )


if __name__ == "__main__":
    sys.exit(main())
