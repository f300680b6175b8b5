"""One load on the real server, and the same load on the bare SDK, each against an upstream of its own."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import processes
from benchmarks.figures import NEW, WORDS, LoadFigures, Observation, figures
from benchmarks.processes import command

PAGES, PROGRAMS = "benchmarks.load", "benchmarks.programs"


@dataclass(frozen=True, slots=True)
class People:
    """Logins with a session each, in a database that is copied for every server."""

    database: Path
    named: list[dict[str, str]]
    new: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """One load on a fresh server. Memory in MB, `first_page` in seconds, `load` the machine's load average before."""

    streams: LoadFigures
    idle: float
    peak: float
    first_page: float
    load: float
    problems: tuple[str, ...]


@dataclass(slots=True)
class Rounds:
    """The figures of every round, by the number of streams; `new` are the loads with titles to write,
    `programs` those read over the API."""

    server: dict[int, list[ServerFigures]] = field(default_factory=lambda: defaultdict(list))
    bare: dict[int, list[LoadFigures]] = field(default_factory=lambda: defaultdict(list))
    new: list[ServerFigures] = field(default_factory=list)
    programs: list[ServerFigures] = field(default_factory=list)


def on_server(
    folder: Path, people: People, streams: int, *, new: bool = False, by: str = PAGES
) -> ServerFigures:
    """So many pages of one server process at once; one answer before warms up what loads on first use.

    `new`: in sessions without a name, so that each answer is followed by a model call for a title. `by`: PAGES, or
    PROGRAMS that read the answers as server-sent events.
    """
    load = os.getloadavg()[0]
    database = processes.copy_database(people.database, folder / f"load-{streams}.sqlite3")
    with (
        processes.upstream(folder) as (upstream, moments),
        processes.server(database, upstream) as server,
    ):
        idle = server.memory
        observe(folder, server, people.named[-1:], words=5, by=by)
        asking = (people.new if new else people.named)[:streams]
        seen = observe(folder, server, asking, words=WORDS, by=by)
        problems = tuple(sorted({stream.problem for stream in seen.streams if stream.problem}))
        found = figures(seen, read_moments(moments))
        return ServerFigures(found, idle, server.peak_memory, server.first_page, load, problems)


def observe(
    folder: Path, server: processes.Server, people: list[dict[str, str]], *, words: int, by: str = PAGES
) -> Observation:
    """Run the load generator over these people."""
    file = folder / "people.json"
    file.write_text(json.dumps(people))
    generator = command("-m", by, server.address, str(file))
    given = [*generator, "--words", str(words), "--server", str(server.pid)]
    return Observation.of(processes.ask(given, processes.environment(folder / "none.sqlite3")))


def on_bare_sdk(folder: Path, streams: int) -> LoadFigures:
    with processes.upstream(folder) as (address, moments):
        generator = command("-m", "benchmarks.bare", address)
        given = [*generator, "--streams", str(streams), "--words", str(WORDS)]
        seen = Observation.of(processes.ask(given, processes.environment(folder / "none.sqlite3")))
        return figures(seen, read_moments(moments))


def read_moments(path: Path) -> dict[str, list[float]]:
    """When each word of each stream left the upstream."""
    return dict(json.loads(line) for line in path.read_text().splitlines())


def make_people(folder: Path, most: int) -> People:
    """People for loads of up to so many streams, and one more to warm up with."""
    database = folder / "people.sqlite3"
    processes.make_database(database)
    words = command("-m", "benchmarks.rows", "people", str(most + 1), str(NEW))
    with_key = processes.environment(
        database, "http://127.0.0.1:9"
    )  # sessions take the real provider's model
    return People(database, **processes.ask(words, with_key))
