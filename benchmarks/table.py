"""The table of all figures to reach: what was measured stands beside it, what was not says why."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.dashboard import RANGES as SHOWN
from benchmarks.dashboard import REACH as DASHBOARD
from benchmarks.dashboard import DashboardFigures
from benchmarks.figures import NEW, PROGRAMS, LoadFigures
from benchmarks.kills import ROUNDS, KillFigures
from benchmarks.listing import SESSIONS, ListFigures
from benchmarks.opening import LENGTHS, PageFigures
from benchmarks.queries import RANGES, REACH, ToolFigures
from benchmarks.searching import SearchFigures
from benchmarks.streaming import Rounds

NOT_ASKED = "not run: left out by the options"
FIRST = {10: 130, 50: 135, 100: 200, 200: 900}
ADDED = {50: "10 / 45", 100: "40 / 140", 200: "110 / 450"}
CPU = {100: 190, 200: 130}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, the figure to reach, the median of the rounds (lowest to highest), the bare SDK's."""

    what: str
    reach: str
    measured: str
    bare: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything of one run."""

    loads: Rounds
    pages: PageFigures | None
    lists: ListFigures | None
    kills: KillFigures | None
    search: SearchFigures | None
    queries: Sequence[ToolFigures] | None
    dashboard: Sequence[DashboardFigures] | None = None
    passages: Mapping[str, Any] | None = None


def rows(seen: Measured) -> list[Row]:
    return [
        *load_rows(seen),
        *process_rows(seen),
        kill_row(seen.kills),
        *page_rows(seen.pages, seen.search),
        list_row(seen.lists),
        *dashboard_rows(seen.dashboard),
        *query_rows(seen.queries),
        *passage_rows(seen.passages),
    ]


def load_rows(seen: Measured) -> list[Row]:
    """Failures, first token, added latency and CPU, one line a load."""
    lines: list[Row] = []
    for load in (100, 200):
        lines.append(line(seen, load, f"failed of {load} streams, one process", "0", lambda f: f.failed))
    for load, reach in FIRST.items():
        what = f"request to first token, {load} streams, ms"
        lines.append(line(seen, load, what, str(reach), lambda f: f.first))
    for load, pair in ADDED.items():
        what = f"added latency a token, {load} streams, median / 99th, ms"
        lines.append(line(seen, load, what, pair, lambda f: f.median, lambda f: f.worst))
    for load, reach in CPU.items():
        lines.append(
            line(seen, load, f"CPU ms per 1,000 tokens, {load} streams", str(reach), lambda f: f.cpu)
        )
    titled = spread([each.streams.cpu for each in seen.loads.new]) or NOT_ASKED
    lines.append(Row(f"the same, {NEW} new sessions that also get a title written", "", titled))
    return [*lines, *program_rows(seen.loads)]


def program_rows(seen: Rounds) -> list[Row]:
    """The same load read by programs as server-sent events, beside that of pages."""
    ours = [each.streams for each in seen.programs]
    pages = [each.streams for each in seen.server.get(PROGRAMS, ())]
    over = f"{PROGRAMS} answers as server-sent events"
    later = [one.first - other.first for one, other in zip(ours, pages, strict=False)]
    gets: list[tuple[str, str, list[float]]] = [
        (f"failed of {over}", "0", [each.failed for each in ours]),
        (f"{over}: request to first token, ms", str(FIRST[PROGRAMS]), [each.first for each in ours]),
        ("the same, later than a page's, ms", "50", later),
        (f"{over}: added latency a token, median, ms", "40", [each.median for each in ours]),
        (f"{over}: the same, 99th, ms", "140", [each.worst for each in ours]),
        (f"{over}: CPU ms per 1,000 tokens", str(CPU[PROGRAMS]), [each.cpu for each in ours]),
        (f"{over}: memory, MB", "220", [each.peak for each in seen.programs]),
    ]
    return [Row(what, reach, spread(values) or NOT_ASKED) for what, reach, values in gets]


def line(seen: Measured, load: int, what: str, reach: str, *gets: Callable[[LoadFigures], float]) -> Row:
    """A line of figures that both have; several stand beside each other."""
    ours = [each.streams for each in seen.loads.server.get(load, ())]
    bare = seen.loads.bare.get(load, ())
    if not ours:
        return Row(what, reach, NOT_ASKED)
    return Row(
        what,
        reach,
        " / ".join(spread([get(each) for each in ours]) for get in gets),
        " / ".join(spread([get(each) for each in bare]) for get in gets) if bare else "",
    )


def process_rows(seen: Measured) -> list[Row]:
    """Memory and start."""
    every = [each for rounds in seen.loads.server.values() for each in rounds]
    highest = max(seen.loads.server, default=0)
    peak = spread([each.peak for each in seen.loads.server.get(200, ())]) or NOT_ASKED
    lines = [Row("memory at 200 streams, MB", "220", peak)]
    if highest and highest != 200:
        at_highest = spread([each.peak for each in seen.loads.server[highest]])
        lines.append(Row(f"memory at {highest} streams, MB", "", at_highest))
    idle = spread([each.idle for each in every]) or NOT_ASKED
    first_page = spread([each.first_page for each in every]) or NOT_ASKED
    return [
        *lines,
        Row("memory idle, MB", "150", idle),
        Row("start to first page, s", "4", first_page),
    ]


def kill_row(kills: KillFigures | None) -> Row:
    measured = NOT_ASKED
    if kills:
        outcome = f"{len(kills.broken)} promises broken" if kills.broken else "0"
        measured = f"{kills.lost:.2f} s / {outcome} ({ROUNDS} kills, nothing ran after {kills.settled:.0f} s)"
    return Row("kill -9 with streams running: text lost / stuck after 60 s", "1 s / 0", measured)


def page_rows(pages: PageFigures | None, search: SearchFigures | None) -> list[Row]:
    opened = {length: f"{ms:.0f}" for length, ms in pages.opened.items()} if pages else {}
    weight, times = NOT_ASKED, NOT_ASKED
    if pages:
        br = f" ({pages.brotli:.0f} with br)" if pages.brotli is not None else ""
        weight = f"{pages.compressed:.0f}{br} / {pages.requests}"
        times = f"{pages.opened[LENGTHS[1]] / pages.opened[LENGTHS[0]]:.2f}"
    return [
        Row("open a session of 50 messages, server ms", "60", opened.get(50, NOT_ASKED)),
        Row("open a session of 50,000 messages, server ms", "90", opened.get(50_000, NOT_ASKED)),
        Row("the same, times that of 50 messages", "1.5", times),
        search_row(search),
        Row("workspace page, compressed KB / requests", "150 / 20", weight),
    ]


def list_row(lists: ListFigures | None) -> Row:
    what = f"of {SESSIONS:,} sessions, ms: first rows / from the middle / titles with a word / with none / palette"
    if lists is None:
        return Row(what, "50", NOT_ASKED)
    seen = (lists.first, lists.middle, lists.found, lists.none, lists.palette)
    return Row(what, "50", " / ".join(number(each) for each in seen))


def search_row(search: SearchFigures | None) -> Row:
    what = "search in 1,000,000 messages: own / staff over all, ms"
    if search is None:
        return Row(what, "50 / 600", NOT_ASKED)
    worst = f"(worst {number(search.own_worst)} / {number(search.everyone_worst)})"
    return Row(what, "50 / 600", f"{number(search.own)} / {number(search.everyone)} {worst}")


def passage_rows(found: Mapping[str, Any] | None) -> list[Row]:
    """How well and how fast passages of videos are found."""
    well = "answers among the first five passages of 312 videos: 60 questions / 20 held out"
    fast = "passages among 400,000, ms: of one video / twenty / all / three that one may see"
    if found is None:
        return [Row(well, "0.85", NOT_ASKED), Row(fast, "60 / 60 / 600 / 600", NOT_ASKED)]
    hits = " / ".join(f"{found[name]['hits']:.2f}" for name in ("questions", "held_out"))
    speed = [found["speed"][name] for name in ("one", "twenty", "everything", "listed")]
    by_clock, by_processor = (" / ".join(number(each[at]) for each in speed) for at in (0, 2))
    return [
        Row(well, "0.85", hits),
        Row(fast, "60 / 60 / 600 / 600", by_clock),
        Row("the same, CPU ms", "", by_processor),
    ]


def dashboard_rows(figures: Sequence[DashboardFigures] | None) -> list[Row]:
    """One line for each asker: the best of each time range, by the clock and by the processor; then the other pages."""
    what = f"dashboard over 1,000,000 ledger rows, ms: {' / '.join(SHOWN)}"
    if figures is None:
        return [Row(what, "300, staff 500", NOT_ASKED)]
    lines = [
        Row(f"{what}; {part}, {who}", str(reach), " / ".join(number(getattr(each, key)) for each in found))
        for who, reach in DASHBOARD.items()
        if (found := [each for each in figures if each.who == who])
        for part, key in (("page", "page"), ("page, CPU", "page_cpu"), ("figures, CPU", "figures_cpu"))
    ]
    others = [each for each in figures if not each.range]
    return lines + [
        Row(f"{each.who}, ms / CPU ms", "500", f"{number(each.page)} / {number(each.page_cpu)}")
        for each in others
    ]


def query_rows(figures: Sequence[ToolFigures] | None) -> list[Row]:
    """One line for each tool and asker: the median of each time range, and the worst of all."""
    what = f"over 1,000,000 ledger rows, ms: median for {' / '.join(RANGES)} (worst)"
    if figures is None:
        return [Row(f"each tool {what}", str(REACH), NOT_ASKED)]
    lines: dict[tuple[str, str], list[ToolFigures]] = {}
    for each in figures:
        lines.setdefault((each.tool, each.who), []).append(each)
    return [
        Row(
            f"{tool}, {who}, {what if len(found) > 1 else 'ms: median (worst)'}",
            str(REACH),
            f"{' / '.join(number(each.median) for each in found)} ({number(max(each.worst for each in found))})",
        )
        for (tool, who), found in lines.items()
    ]


def spread(values: Sequence[float]) -> str:
    """The median of the rounds, and the lowest and highest where they differ."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return ""
    low, middle, high = (number(value) for value in (min(known), statistics.median(known), max(known)))
    return middle if low == high else f"{middle} ({low}-{high})"


def number(value: float) -> str:
    return f"{value:.1f}" if 0 < value < 10 else f"{value:,.0f}"


def printed(lines: Sequence[Row]) -> str:
    """The lines as a table that is both readable and Markdown."""
    cells = [
        ("what", "reach", "measured", "bare SDK"),
        *((r.what, r.reach, r.measured, r.bare) for r in lines),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    return "\n".join([shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]])
