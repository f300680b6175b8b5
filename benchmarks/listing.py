"""The list of 100,000 sessions and the palette over it: `python -m benchmarks.listing` measures and prints.

The pages are asked for over one kept connection, in turns, so that what the machine does meanwhile falls on all alike.
"""

from __future__ import annotations

import http.client
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks import processes

SESSIONS = 100_000
TIMES = 20
WARM = 2


@dataclass(frozen=True, slots=True)
class ListFigures:
    """Milliseconds from a request to the head of its answer, medians: the first rows, rows from the middle of the
    list on, titles that hold a word, titles that hold none, and the palette with what was typed last."""

    first: float
    middle: float
    found: float
    none: float
    palette: float


def measure(folder: Path) -> ListFigures:
    database = folder / "list.sqlite3"
    processes.make_database(database)
    words = processes.command("-m", "benchmarks.rows", "sessions", str(SESSIONS))
    person = processes.ask(words, processes.environment(database))
    paths = (
        "/sessions/",
        f"/sessions/?after={quote(person['middle'])}",
        "/sessions/?q=ferry",
        "/sessions/?q=nothing-like-it",
        "/palette/?q=ferry+time",
    )
    with processes.server(database) as server:
        return ListFigures(*in_turns(server.address, person["login"], paths))


def in_turns(address: str, login: str, paths: tuple[str, ...]) -> list[float]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    taken: dict[str, list[float]] = {path: [] for path in paths}
    for _ in range(TIMES + WARM):
        for path in paths:
            taken[path].append(asked(connection, login, path))
    connection.close()
    return [statistics.median(times[WARM:]) for times in taken.values()]


def asked(connection: http.client.HTTPConnection, login: str, path: str) -> float:
    began = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": f"sessionid={login}", "HX-Request": "true"})
    answer = connection.getresponse()
    taken = 1000 * (time.perf_counter() - began)
    answer.read()
    if answer.status != 200:
        raise processes.Failed(f"{path} was answered with {answer.status}")
    return taken


def told(figures: ListFigures) -> str:
    return (
        f"of {SESSIONS:,} sessions: first rows {figures.first:.0f} ms, from the middle {figures.middle:.0f}, "
        f"titles with a word {figures.found:.0f}, with none {figures.none:.0f}; palette {figures.palette:.0f}"
    )


def main() -> None:
    processes.told(lambda folder: told(measure(folder)))


if __name__ == "__main__":
    main()
