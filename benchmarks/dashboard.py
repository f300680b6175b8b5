"""How long the dashboard and the pages of staff take over a million messages and model calls: `python -m benchmarks.dashboard`.

With the path of a database it runs inside Django and prints the times as JSON. A time is the best of several: that of
the clock, and that of the processor, which others on the machine do not lengthen.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import django

from benchmarks import million, processes
from benchmarks.processes import command

TIMES = 7
RANGES = ("today", "week", "month", "all")
REACH = {"member": 300, "staff, everyone": 500}  # ms, of the whole page
EVERYONE = {"scope": "everyone"}
PAGES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("rows of calls, today", "/dashboard/rows/calls/", {"time_range": "today", **EVERYONE}),
    ("rows of calls, all", "/dashboard/rows/calls/", {"time_range": "all", **EVERYONE}),
    ("rows of calls, all, costliest", "/dashboard/rows/calls/", {"time_range": "all", "sort": "cost", **EVERYONE}),
    ("rows of sessions, all", "/dashboard/rows/sessions/", {"time_range": "all", **EVERYONE}),
    ("rows of sessions, all, costliest", "/dashboard/rows/sessions/", {"time_range": "all", "sort": "cost", **EVERYONE}),
    ("rows of replies, all", "/dashboard/rows/replies/", {"time_range": "all", **EVERYONE}),
    ("rows of tools, all", "/dashboard/rows/tools/", {"time_range": "all", **EVERYONE}),
    ("prices", "/dashboard/prices/", {}),
    ("health", "/dashboard/health/", {}),
    ("admin, first page", "/admin/", {}),
    ("admin, sessions", "/admin/sessions_app/chatsession/", {}),
    ("admin, calls", "/admin/sessions_app/tokenusage/", {}),
    ("admin, replies", "/admin/sessions_app/reply/", {}),
    ("admin, people", "/admin/sessions_app/user/", {}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DashboardFigures:
    """Milliseconds, the best of TIMES: `figures` are those of the strip and all panels, `page` is what a browser gets,
    each with its `cpu`. `panels` is each panel's part of the figures, with the reads it was the first to need; other
    pages have none. `kb`: thousands of characters of the page."""

    who: str
    range: str
    page: float
    page_cpu: float
    figures: float = 0
    figures_cpu: float = 0
    queries: int = 0
    kb: int = 0
    panels: dict[str, float] = field(default_factory=dict)


def measure() -> list[DashboardFigures]:
    """Of the kept workspace of a million messages and calls, which is made where there is none."""
    database = million.cached()
    asked = processes.ask(command("-m", "benchmarks.dashboard", str(database)), million.environment(database))
    return [DashboardFigures(**row) for row in asked]


def ask_all() -> Iterator[DashboardFigures]:
    from sessions_app.models import User

    member, staff = User.objects.get(username=million.HEAVY), User.objects.get(username=million.STAFF)
    for who, person, scope in (("member", member, {}), ("staff, everyone", staff, EVERYONE)):
        for span in RANGES:
            yield asked(who, person, {"time_range": span, **scope})
    staff.is_superuser = True  # of the admin site everything
    staff.save(update_fields=["is_superuser"])
    try:
        for name, path, given in PAGES:
            page, cpu = best(opened(staff, path, given))
            yield DashboardFigures(name, "", page, cpu)
    finally:
        staff.is_superuser = False
        staff.save(update_fields=["is_superuser"])


def asked(who: str, person: Any, given: dict[str, str]) -> DashboardFigures:
    from django.db import connection

    parts: dict[str, float] = {}

    def told() -> None:
        for key, taken in figures(person, given).items():
            parts[key] = min(taken, parts.get(key, taken))

    taken, taken_cpu = best(told)
    seen: list[str] = []

    def counted(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    page = opened(person, "/dashboard/", given)
    with connection.execute_wrapper(counted):
        size = page()
    shown, shown_cpu = best(page)
    return DashboardFigures(
        who, given["time_range"], shown, shown_cpu, taken, taken_cpu, len(seen), size // 1000, parts
    )


def figures(person: Any, given: dict[str, str]) -> dict[str, float]:
    """All of a page, as a request asks for it; how long each part took."""
    from analytics_app.dashboard.question import question
    from analytics_app.dashboard.reads import Reads
    from analytics_app.dashboard.registry import contents, headlines, usual

    wanted = question(person, given)
    reads = Reads(wanted)
    parts = {"headlines": timed(lambda: headlines(wanted, reads))[0]}
    for key in usual(wanted):
        parts[key] = timed(lambda key=key: contents(key, wanted, reads))[0]  # type: ignore[misc]
    return {key: round(taken, 1) for key, taken in parts.items()}


def opened(person: Any, path: str, given: Mapping[str, str]) -> Callable[[], int]:
    """Asks for the page; returns its length."""
    from django.conf import settings
    from django.test import Client

    # Names of static files as they are: there is no collected folder here.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)

    def get() -> int:
        answer = client.get(path, given)
        if answer.status_code != 200:
            raise processes.Failed(f"{path} {given}: {answer.status_code}")
        return len(answer.content)

    return get


def best(work: Callable[[], Any]) -> tuple[float, float]:
    """Of TIMES after one that does not count: the least of the clock, the least of the processor."""
    work()
    taken = [timed(work) for _ in range(TIMES)]
    return min(clock for clock, _ in taken), min(cpu for _, cpu in taken)


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of the clock and of the processor."""
    began, worked = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)


def told(found: list[DashboardFigures]) -> str:
    """A line for each page, and below those of the dashboard its dearest panels."""
    lines = [f"best of {TIMES}, ms of the clock (of the processor)"]
    for each in found:
        what = f"dashboard, {each.who}, {each.range}" if each.range else each.who
        lines.append(f"{what}: {each.page:.0f} ({each.page_cpu:.0f})")
        if each.range:
            dear = sorted(each.panels.items(), key=lambda part: -part[1])[:8]
            lines.append(
                f"    figures {each.figures:.0f} ({each.figures_cpu:.0f}), {each.queries} queries, {each.kb} kB; "
                + ", ".join(f"{key} {taken:.0f}" for key, taken in dear)
            )
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(told(measure()))
    else:
        os.environ.update(million.environment(Path(sys.argv[1])))
        django.setup()
        print(json.dumps([asdict(each) for each in ask_all()]))
