"""A person with 100,000 events: `python -m benchmarks.activity` measures the pages and the taking of 10,000 more.

Half of the events are told to everyone, a hundredth are errors. The pages are asked for over one kept connection, in turns.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

from benchmarks import processes
from benchmarks.listing import TIMES, in_turns

EVENTS, POSTED, BATCH, POSTERS = 100_000, 10_000, 100, 4
PAGES = (
    "/activity/",
    "/activity/?severity=error",
    "/activity/?severity=critical",
    "/activity/?source=source-3&span=7d",
    "/activity/?q=nothing-like-it",
    "/activity/context/?ask=1h",
    "/activity/context/?ask=30d",
)


@dataclass(frozen=True, slots=True)
class ActivityFigures:
    """Milliseconds from a request to the head of its answer, medians, by page; seconds that the posting took, the
    longest batch in milliseconds, and how many of the events were there afterwards."""

    pages: dict[str, float]
    posting: float
    slowest: float
    kept: int


def measure(folder: Path) -> ActivityFigures:
    database = folder / "activity.sqlite3"
    processes.make_database(database)
    env = processes.environment(database)
    person = processes.ask(processes.command("-m", "benchmarks.activity", "fill"), env)
    with processes.server(database) as server:
        pages = in_turns(server.address, person["login"], PAGES)
        pages.append(whole_page(server.address, person["login"]))
        began = time.perf_counter()
        with ThreadPoolExecutor(POSTERS) as pool:
            jobs = [
                pool.submit(post, server.address, person["token"], POSTED // BATCH // POSTERS)
                for _ in range(POSTERS)
            ]
            slowest = max(job.result() for job in jobs)
        posting = time.perf_counter() - began
    kept = processes.ask(processes.command("-m", "benchmarks.activity", "count"), env)
    return ActivityFigures(
        dict(zip((*PAGES, "/activity/ as a whole page"), pages, strict=True)), posting, slowest, kept - EVENTS
    )


def whole_page(address: str, login: str) -> float:
    """With all that stands around the list: its filters, the rail, the footer."""
    taken = []
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    for _ in range(TIMES):
        began = time.perf_counter()
        connection.request("GET", "/activity/", headers={"Cookie": f"sessionid={login}"})
        connection.getresponse().read()
        taken.append(1000 * (time.perf_counter() - began))
    connection.close()
    return statistics.median(taken)


def post(address: str, token: str, batches: int) -> float:
    """Batches one after another; milliseconds of the slowest."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    event = {"source": "posted", "kind": "tick", "title": "Posted", "body": "b" * 200, "data": {"n": 1}}
    slowest = 0.0
    for _ in range(batches):
        began = time.perf_counter()
        connection.request("POST", "/api/activity/events", json.dumps({"events": [event] * BATCH}), headers)
        answer = connection.getresponse()
        answer.read()
        slowest = max(slowest, 1000 * (time.perf_counter() - began))
        if answer.status != 201:
            raise processes.Failed(f"a batch was answered with {answer.status}")
    connection.close()
    return slowest


def fill() -> dict[str, str]:
    from datetime import timedelta

    from django.utils import timezone

    from benchmarks.rows import open_page
    from sessions_app.actions.tokens import make_token
    from sessions_app.models import ActivityEvent, User

    page, now = open_page("reader"), timezone.now()
    user = User.objects.get(username="reader")
    ActivityEvent.objects.bulk_create(
        (
            ActivityEvent(
                owner=user, audience="owner" if n % 2 else "everyone", source=f"source-{n % 30}", kind=f"kind-{n % 7}",
                severity=40 if n % 100 == 0 else 20, title=f"Event {n} of the many", body="Some lines of text. " * 10,
                data={"n": n}, at=now - timedelta(seconds=20 * n), first_at=now - timedelta(seconds=20 * n),
            )
            for n in range(EVENTS)
        ),
        batch_size=2_000,
    )  # fmt: skip
    return {"login": page["login"], "token": make_token(user=user, scopes=["activity"])[1]}


def count() -> int:
    from sessions_app.models import ActivityEvent

    return ActivityEvent.objects.count()


def told(figures: ActivityFigures) -> str:
    pages = "\n".join(f"  {path}: {ms:.0f} ms" for path, ms in figures.pages.items())
    return (
        f"of {EVENTS:,} events:\n{pages}\n"
        f"{POSTED:,} more in batches of {BATCH}: {figures.posting:.1f} s, slowest batch {figures.slowest:.0f} ms, "
        f"{figures.kept:,} kept"
    )


def main() -> None:
    if len(sys.argv) > 1:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
        django.setup()
        jobs: dict[str, Any] = {"fill": fill, "count": count}
        print(json.dumps(jobs[sys.argv[1]]()))
    else:
        processes.told(lambda folder: told(measure(folder)))


if __name__ == "__main__":
    main()
