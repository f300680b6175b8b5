"""Opening sessions, short and long, and what the workspace page weighs in a browser: `python -m benchmarks.opening`.

The sessions are opened in turns on one server, so that what the machine does meanwhile falls on both alike.
"""

from __future__ import annotations

import gzip
import http.client
import importlib
import shutil
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from benchmarks import processes
from benchmarks.processes import command

LENGTHS = (50, 50_000)
TIMES = 60
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
QUIET = 1_500  # ms without any request


@dataclass(frozen=True, slots=True)
class PageFigures:
    """Milliseconds to open sessions by their length; kilobytes and requests of a page opened for the first time in a
    browser, its socket among them. `compressed` counts all with gzip, `brotli` with br where that is installed, `sent`
    as this server sends it; the page itself is compressed by a proxy."""

    opened: dict[int, float]
    compressed: float
    brotli: float | None
    sent: float
    requests: int


def measure(folder: Path) -> PageFigures:
    """Fill a database, serve it, open each session many times over one kept connection."""
    database = folder / "pages.sqlite3"
    processes.make_database(database)
    words = command("-m", "benchmarks.rows", "messages", *map(str, LENGTHS))
    people = processes.ask(words, processes.environment(database))
    with processes.server(database) as server:
        return PageFigures(in_turns(server, people), *weigh(server, people[0]))


def in_turns(server: processes.Server, people: list[dict[str, str]]) -> dict[int, float]:
    """Median milliseconds from a request to the head of its answer; the first three rounds only warm up."""
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc)
    taken: dict[int, list[float]] = {length: [] for length in LENGTHS}
    for _ in range(TIMES + 3):
        for length, person in zip(LENGTHS, people, strict=True):
            taken[length].append(opened(connection, person))
    connection.close()
    return {length: statistics.median(times[3:]) for length, times in taken.items()}


def opened(connection: http.client.HTTPConnection, person: dict[str, str]) -> float:
    began = time.perf_counter()
    connection.request(
        "GET", f"/sessions/{person['chat']}/", headers={"Cookie": f"sessionid={person['login']}"}
    )
    answer = connection.getresponse()
    taken = 1000 * (time.perf_counter() - began)
    if answer.status != 200 or b"message__body" not in answer.read():
        raise processes.Failed(f"opening a session was answered with {answer.status}")
    return taken


def weigh(server: processes.Server, person: dict[str, str]) -> tuple[float, float | None, float, int]:
    """Kilobytes with gzip, with br, and as sent, and the number of requests, of all that a browser asks for."""
    bodies, sent, sockets = in_browser(server.address, person)
    br = brotli()
    return (
        sum(len(gzip.compress(body)) for body in bodies) / 1000,
        sum(len(br(body)) for body in bodies) / 1000 if br else None,
        sent / 1000,
        len(bodies) + sockets,
    )


def brotli() -> Any:
    """What compresses with br; None where it is not installed."""
    try:
        return importlib.import_module("brotli").compress
    except ImportError:
        return None


def in_browser(address: str, person: dict[str, str]) -> tuple[list[bytes], int, int]:
    """The bodies of a first visit, the bytes they took on the way, and how many sockets were opened."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": person["login"], "url": address}])
        page = context.new_page()
        answers: list[Any] = []
        sockets: list[Any] = []
        page.on("response", lambda answer: answers.append(answer))
        page.on("websocket", lambda socket: sockets.append(socket))
        page.goto(f"{address}/sessions/{person['chat']}/")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(QUIET)
        bodies = [answer.body() for answer in answers if answer.ok]
        sent = sum(answer.request.sizes()["responseBodySize"] for answer in answers)
        browser.close()
    return bodies, sent, len(sockets)


def main() -> None:
    processes.told(lambda folder: told(measure(folder)))


def told(figures: PageFigures) -> str:
    short, long = (figures.opened[length] for length in LENGTHS)
    br = f", br {figures.brotli:.0f} KB" if figures.brotli is not None else ""
    return (
        f"opened in {short:.1f} ms (50 messages) and {long:.1f} ms (50,000), {long / short:.2f} times; "
        f"page gzip {figures.compressed:.0f} KB{br}, as sent {figures.sent:.0f} KB, {figures.requests} requests"
    )


if __name__ == "__main__":
    main()
