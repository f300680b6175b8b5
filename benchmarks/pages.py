"""Opening sessions, short and long, and what the workspace page weighs."""

from __future__ import annotations

import gzip
import http.client
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import processes
from benchmarks.processes import command

LENGTHS = (50, 50_000)
TIMES = 30
_PARTS = re.compile(r'<(?:link|script)[^>]*\b(?:href|src)="(/static/[^"]+)"')


@dataclass(frozen=True, slots=True)
class PageFigures:
    """Milliseconds to open sessions by their length; kilobytes and requests of a page opened for the first time.

    `compressed` counts the page itself as a compressing proxy sends it, `sent` as this server does.
    """

    opened: dict[int, float]
    compressed: float
    sent: float
    requests: int


def measure(folder: Path) -> PageFigures:
    """Fill a database, serve it, open each session many times over one kept connection."""
    database = folder / "pages.sqlite3"
    processes.make_database(database)
    words = command("-m", "benchmarks.rows", "messages", *map(str, LENGTHS))
    people = processes.ask(words, processes.environment(database))
    with processes.server(database) as server:
        opened = {length: open_often(server, person) for length, person in zip(LENGTHS, people, strict=True)}
        return PageFigures(opened, *weigh(server, people[0]))


def open_often(server: processes.Server, person: dict[str, str]) -> float:
    """Median milliseconds from a request to the head of its answer; the first three only warm up."""
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc)
    taken = []
    for _ in range(TIMES + 3):
        began = time.perf_counter()
        connection.request("GET", f"/sessions/{person['chat']}/", headers=cookie(person))
        answer = connection.getresponse()
        taken.append(1000 * (time.perf_counter() - began))
        if answer.status != 200 or b"message__body" not in answer.read():
            raise processes.Failed(f"opening a session was answered with {answer.status}")
    connection.close()
    return statistics.median(taken[3:])


def weigh(server: processes.Server, person: dict[str, str]) -> tuple[float, float, int]:
    """Kilobytes compressed, kilobytes as sent, and requests, of the page and all that it names."""
    head = {**cookie(person), "Accept-Encoding": "gzip"}
    page = fetch(server, f"/sessions/{person['chat']}/", head)
    markup = gzip.decompress(page) if page[:2] == b"\x1f\x8b" else page
    parts = sorted(set(_PARTS.findall(markup.decode())))
    beside = sum(len(fetch(server, part, head)) for part in parts)
    return (len(gzip.compress(markup)) + beside) / 1000, (len(page) + beside) / 1000, 1 + len(parts)


def fetch(server: processes.Server, path: str, head: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc)
    connection.request("GET", path, headers=head)
    answer = connection.getresponse()
    if answer.status != 200:
        raise processes.Failed(f"{path} was answered with {answer.status}")
    content = answer.read()
    connection.close()
    return content


def cookie(person: dict[str, str]) -> dict[str, str]:
    return {"Cookie": f"sessionid={person['login']}"}
