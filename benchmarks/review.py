"""Looking through a long session as staff, with a tool call and a model call on every answer: `python -m benchmarks.review`."""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import processes
from benchmarks.processes import command

LENGTH = 5_000
TIMES = 15
PAGES = {
    "beginning": "",
    "middle": f"?at={LENGTH // 2}",
    "end": "?before=999999999",
    "search": "?q=Message+4321",
}


def measure(folder: Path) -> dict[str, tuple[float, float]]:
    """Of each page the best of the clock, and the server's processor time in the mean, in ms; over one kept connection."""
    database = folder / "review.sqlite3"
    processes.make_database(database)
    words = command("-m", "benchmarks.rows", "review", str(LENGTH))
    staff = processes.ask(words, processes.environment(database))
    with processes.server(database) as server:
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc)
        for query in PAGES.values():
            opened(connection, staff, query)
        return {name: page(connection, staff, query, server.pid) for name, query in PAGES.items()}


def page(
    connection: http.client.HTTPConnection, staff: dict[str, str], query: str, server: int
) -> tuple[float, float]:
    worked = processes.cpu_seconds(server)
    best = min(opened(connection, staff, query) for _ in range(TIMES))
    return best, 1000 * (processes.cpu_seconds(server) - worked) / TIMES


def opened(connection: http.client.HTTPConnection, staff: dict[str, str], query: str) -> float:
    """To the last byte."""
    began = time.perf_counter()
    address = f"/admin/sessions_app/chatsession/{staff['chat']}/transcript/{query}"
    connection.request("GET", address, headers={"Cookie": f"sessionid={staff['login']}"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or b"transcript__entry" not in body:
        raise processes.Failed(f"the review page was answered with {answer.status}")
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    processes.told(lambda folder: told(measure(folder)))


def told(figures: dict[str, tuple[float, float]]) -> str:
    pages = ", ".join(f"{name} {ms:.0f} ({cpu:.0f})" for name, (ms, cpu) in figures.items())
    return f"review of {LENGTH:,} messages, ms, best of {TIMES} (of the processor, mean): {pages}"


if __name__ == "__main__":
    main()
