"""How long the dashboard's figures take over a million messages and model calls, for a member and for staff about
everyone: `python -m benchmarks.dashboard DATABASE` prints the times as JSON. Runs inside Django.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import django

from benchmarks import million, processes
from benchmarks.processes import command

TIMES = 7
RANGES = ("today", "week", "month", "all")
REACH = {"member": 300, "staff, everyone": 500}  # ms, median


@dataclass(frozen=True, slots=True)
class DashboardFigures:
    """Milliseconds: `figures` are those of the strip and all panels, `page` is what a browser gets, `panels` each
    panel's part of the figures in the last round, with the reads it was the first to need."""

    who: str
    range: str
    figures: float
    page: float
    queries: int
    panels: dict[str, float] = field(default_factory=dict)


def measure() -> list[DashboardFigures]:
    """Of the kept workspace of a million messages and calls, which is made where there is none."""
    database = million.cached()
    asked = processes.ask(command("-m", "benchmarks.dashboard", str(database)), million.environment(database))
    return [DashboardFigures(**row) for row in asked]


def ask_all() -> list[DashboardFigures]:
    from sessions_app.models import User

    member, staff = User.objects.get(username=million.HEAVY), User.objects.get(username=million.STAFF)
    return [
        asked(who, person, {"time_range": span, **scope})
        for who, person, scope in (("member", member, {}), ("staff, everyone", staff, {"scope": "everyone"}))
        for span in RANGES
    ]


def asked(who: str, person: Any, given: dict[str, str]) -> DashboardFigures:
    from django.db import connection

    parts: dict[str, float] = {}
    taken = [timed(lambda: parts.update(figures(person, given))) for _ in range(TIMES + 1)][1:]
    seen: list[str] = []

    def counted(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(counted):
        figures(person, given)
    page = opened(person, given)
    shown = [timed(page) for _ in range(TIMES + 1)][1:]
    return DashboardFigures(
        who, given["time_range"], statistics.median(taken), statistics.median(shown), len(seen), parts
    )


def figures(person: Any, given: dict[str, str]) -> dict[str, float]:
    """All of a page, as a request asks for it; how long each part took."""
    from analytics_app.dashboard.question import question
    from analytics_app.dashboard.reads import Reads
    from analytics_app.dashboard.registry import contents, headlines, usual

    wanted = question(person, given)
    reads = Reads(wanted)
    parts = {"headlines": timed(lambda: headlines(wanted, reads))}
    for key in usual(wanted):
        parts[key] = timed(lambda key=key: contents(key, wanted, reads))  # type: ignore[misc]
    return {key: round(taken, 1) for key, taken in parts.items()}


def opened(person: Any, given: dict[str, str]) -> Callable[[], None]:
    from django.conf import settings
    from django.test import Client

    # Names of static files as they are: there is no collected folder here.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)

    def get() -> None:
        answer = client.get("/dashboard/", given)
        if answer.status_code != 200:
            raise processes.Failed(f"/dashboard/ {given}: {answer.status_code}")

    return get


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    os.environ.update(million.environment(Path(sys.argv[1])))
    django.setup()
    print(json.dumps([asdict(each) for each in ask_all()]))
