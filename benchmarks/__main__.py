"""`python -m benchmarks [--quick] [--rounds 3]`: measure everything here and print the table.

Every load runs on a fresh server, in turn with the bare SDK, several rounds: figures drift from minute to minute,
so only what was measured in one run is compared.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import dashboard, kills, listing, opening, queries, retrieval, searching, streaming, table
from benchmarks.figures import FIRST_TOKEN, LOADS, NEW, PROGRAMS, RATE, WORDS, LoadFigures
from benchmarks.processes import Failed
from benchmarks.streaming import Rounds, ServerFigures

QUICK = (10, 50)
BUDGET = 8 * 60  # seconds; no round begins that would not end within


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="10 and 50 streams, one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=int, nargs="+", help="these loads only")
    parser.add_argument("--no-pages", action="store_true")
    parser.add_argument("--no-kills", action="store_true")
    parser.add_argument("--no-search", action="store_true", help="no workspace of a million messages")
    parser.add_argument("--no-passages", action="store_true", help="no transcripts of videos")
    parser.add_argument("--no-queries", action="store_true")
    parser.add_argument("--no-bare", action="store_true")
    given = parser.parse_args()
    loads = tuple(given.streams or (QUICK if given.quick else LOADS))
    rounds = 1 if given.quick else given.rounds
    print(machine())
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        try:
            page_figures = None if given.no_pages else opening.measure(folder)
            list_figures = None if given.no_pages else listing.measure(folder)
            kill_figures = None if given.no_kills or given.quick else kills.measure(folder)
            search_figures = None if given.no_search or given.quick else searching.measure()
            found_figures = None if given.no_passages or given.quick else retrieval.measure()
            query_figures = None if given.no_queries or given.quick else queries.measure()
            shown_figures = None if given.no_queries or given.quick else dashboard.measure()
            print(f"{page_figures}\n{kill_figures}\n{search_figures}\n{found_figures}", flush=True)
            rounds_seen = measure(folder, loads, rounds, bare=not given.no_bare)
        except Failed as problem:
            sys.exit(f"The benchmark could not be run: {problem}")
    seen = table.Measured(
        rounds_seen,
        page_figures,
        list_figures,
        kill_figures,
        search_figures,
        query_figures,
        shown_figures,
        found_figures,
    )
    print("\n" + table.printed(table.rows(seen)))


def machine() -> str:
    return (
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"upstream {RATE:.0f} words/s a stream, first word after {FIRST_TOKEN * 1000:.0f} ms, {WORDS} words; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


def measure(folder: Path, loads: tuple[int, ...], rounds: int, *, bare: bool) -> Rounds:
    """Rounds over all loads, each told as it comes."""
    began = time.monotonic()
    people = streaming.make_people(folder, max(loads))
    seen = Rounds()
    for turn in range(1, rounds + 1):
        if turn > 1 and (time.monotonic() - began) * turn / (turn - 1) > BUDGET:
            print(f"stopped after {turn - 1} rounds: the time is up")
            break
        for load in loads:
            seen.server[load].append(streaming.on_server(folder, people, load))
            print(f"round {turn}: {told(seen.server[load][-1])}", flush=True)
            if bare:
                seen.bare[load].append(streaming.on_bare_sdk(folder, load))
                print(f"         bare SDK: {streams_told(seen.bare[load][-1])}", flush=True)
        if PROGRAMS in loads:
            seen.programs.append(streaming.on_server(folder, people, PROGRAMS, by=streaming.PROGRAMS))
            print(f"         over the API: {told(seen.programs[-1])}", flush=True)
        if NEW in loads:
            seen.new.append(streaming.on_server(folder, people, NEW, new=True))
            print(f"         with titles: {told(seen.new[-1])}", flush=True)
    return seen


def told(seen: ServerFigures) -> str:
    """One line of progress, with the load average before it."""
    problems = f"; {', '.join(seen.problems)}" if seen.problems else ""
    memory = f"memory {seen.idle:.0f} to {seen.peak:.0f} MB, first page {seen.first_page:.1f} s"
    return f"{streams_told(seen.streams)}, {memory}, load average {seen.load:.1f}{problems}"


def streams_told(seen: LoadFigures) -> str:
    return (
        f"{seen.streams} streams, {seen.failed} failed, first {seen.first:.0f} ms, "
        f"added {seen.median:.1f} / {seen.worst:.0f} ms, CPU {seen.cpu:.0f} ms per 1,000"
    )


if __name__ == "__main__":
    main()
