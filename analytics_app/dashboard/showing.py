"""Panels as the page shows them: read, drawn, told, laid out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import structlog
from django.utils.safestring import SafeString, mark_safe

from sessions_app.agent.labels.views import Chart, Columns, Figure
from sessions_app.rendering.charts import drawn

from .panel import Contents, Panel, Sheet
from .question import Question
from .reads import Reads
from .registry import PANELS, UNREADABLE, contents
from .sheets import sheet_html
from .telling import Told, told

log = structlog.get_logger("analytics_app.dashboard")
COLUMNS, WIDE, NARROW = 12, 8, 4
TALL, LOW = 160, 128
"""Pixels of a chart in a wide panel and in another."""
FEW_WORDS = 48
MAKER = "Claude "


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that could be done, why that is thought, and what it would save."""

    sentence: str
    why: str
    saves: Told


@dataclass(frozen=True, slots=True)
class Shown:
    """What `_panel.html` shows; texts are plain, the rest is HTML. `failed`: it could not be read. `lead` is a figure
    above all else with a sentence `beside` it, `unfolds` is a text behind a mark or, where `explained`, behind words; `rows`: whether there is anything for a CSV, which is
    at `file` where it is none of the dashboard's panels."""

    key: str
    title: str
    about: str
    span: int
    total: str = ""
    legend: SafeString | str = ""
    chart: SafeString | str = ""
    table: SafeString | str = ""
    figures: tuple[Figure, ...] = ()
    said: tuple[str, ...] = ()
    href: str = ""
    absent: str = ""
    failed: bool = False
    lead: str = ""
    beside: str = ""
    unfolds: str = ""
    explained: bool = False
    ways: tuple[Way, ...] = ()
    rows: bool = False
    file: str = ""


def offered(question: Question) -> dict[str, Panel]:
    """The panels this question can be asked of: those about everyone only where it is."""
    return {key: panel for key, panel in PANELS.items() if question.everyone or not panel.everyone}


def known(keys: Iterable[object], question: Question) -> list[str]:
    """Those of the keys that are panels here, each once, in their order."""
    choice = offered(question)
    return list(dict.fromkeys(key for key in keys if isinstance(key, str) and key in choice))


def shown(keys: Sequence[str], question: Question, reads: Reads) -> list[Shown]:
    widths = spans([PANELS[key].wide for key in keys])
    return [panel(key, question, reads, width) for key, width in zip(keys, widths, strict=True)]


def panel(key: str, question: Question, reads: Reads, span: int = 0) -> Shown:
    """One panel. What goes wrong in it stays in it: the others are shown, and it can be tried again."""
    made = PANELS[key]
    span = span or (WIDE if made.wide else NARROW)
    try:
        return laid_out(made, contents(key, question, reads), span)
    except Exception:
        log.exception("dashboard.panel_failed", panel=key)
        return Shown(key, made.title, made.about, span, failed=True)


def laid_out(made: Panel, found: Contents, span: int, file: str = "") -> Shown:
    """What was read, as the page shows it."""
    if found.absent == UNREADABLE:
        return Shown(made.key, made.title, made.about, span, failed=True)
    ways = _ways(found.sheet) if made.key == "savings" else ()
    chart = drawn(_brief(found.chart), TALL if made.wide else LOW) if found.chart and not ways else None
    few = made.wide and len(made.about) <= FEW_WORDS
    plain = Shown(
        key=made.key,
        title=made.title,
        about=made.about if few else "",
        unfolds="" if few else made.about,
        span=span,
        total="" if chart and "legend__sum" in chart.legend else found.total,
        legend=mark_safe(chart.legend) if chart else "",  # both escaped where they are drawn
        chart=mark_safe(chart.plot) if chart else "",
        table=sheet_html(found.sheet, made.title) if found.sheet.rows and not ways else "",
        figures=found.figures,
        said=found.said,
        href=found.href,
        absent=found.absent,
        ways=ways,
        rows=bool(found.sheet.rows),
        file=file,
    )
    return _leading(plain, found) if made.key == "month_end" and found.said else plain


def _brief(chart: Chart) -> Chart:
    """A legend in the head of a panel has room for the names of models alone."""
    if not isinstance(chart, Columns):
        return chart
    return replace(chart, series=tuple(name.removeprefix(MAKER) for name in chart.series))


def _leading(plain: Shown, found: Contents) -> Shown:
    """A projection: its figure first, its range beside it, how it was worked out to unfold."""
    first, *others = found.said
    how = others.pop() if others else ""
    return replace(
        plain,
        lead=found.total,
        total="",
        beside=first,
        unfolds=f"{plain.unfolds} {how}".strip(),
        explained=True,
        said=tuple(others),
        figures=(),
    )


def _ways(sheet: Sheet) -> tuple[Way, ...]:
    """Savings, from the columns of their table."""
    names = [column.key for column in sheet.columns]
    if not {"sentence", "assumption", "saves"} <= set(names):
        return ()
    rows = [dict(zip(names, row, strict=True)) for row in sheet.rows]
    return tuple(
        Way(str(row["sentence"]), str(row["assumption"] or ""), told(row["saves"], "money")) for row in rows
    )


def spans(wide: Sequence[bool]) -> list[int]:
    """How many of twelve columns each panel takes: as its kind says, and what is left of a row goes to the last of
    it, so that the order is kept and no hole stays."""
    found: list[int] = []
    left = COLUMNS
    for each in wide:
        size = WIDE if each else NARROW
        if size > left:
            _fill(found, left)
            left = COLUMNS
        found.append(size)
        left -= size
    _fill(found, left if left < COLUMNS else 0)
    return found


def _fill(found: list[int], left: int) -> None:
    """Two narrow panels share a row evenly; else the last one takes the rest."""
    if not found or not left:
        return
    if found[-1] == NARROW and left == NARROW:
        found[-2:] = [COLUMNS // 2] * 2
    else:
        found[-1] += left
