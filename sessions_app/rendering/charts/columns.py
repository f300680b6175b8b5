"""Vertical bars, stacked; marks with a sentence, and days to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from sessions_app.agent.labels.views import Columns
from sessions_app.rendering.plots import (
    Axis,
    amount,
    brief,
    drawing,
    month_ticks,
    percent,
    said,
    text_at,
    ticks,
)

from .parts import LOW, Drawn, classes, five, legend, merged


def columns(chart: Columns, height: int) -> Drawn:
    chart = replace(chart, series=five(chart.series), values=tuple(map(merged, chart.values)))
    sums = [sum(each) for each in chart.values]
    axis = Axis.of(max(sums, default=0), LOW if chart.low else height, chart.unit)
    slot = 100 / max(1, len(sums))
    middles = [slot * (at + 0.5) for at in range(len(sums))]
    bars = "".join(_column(chart, axis, at, slot) for at in range(len(sums)))
    marks = _marks(chart, sums, middles, axis) if chart.notes else _most(sums, middles, axis)
    labelled = (month_ticks if chart.until else ticks)(chart.labels, middles, axis.whole - 5)
    known = [None if at in chart.missing else value for at, value in enumerate(sums)]
    known = known[: len(known) - chart.until]
    name = said(chart.title, chart.labels[: len(known)], known, chart.unit, chart.noun) + _noted(chart)
    by_series = [sum(each) for each in zip(*chart.values, strict=True)]
    named = legend(chart.series, _colours(chart), by_series, chart.unit)
    plot = drawing(name, axis.whole, axis.grid() + bars + marks + labelled)
    return Drawn.of(named, axis.scale() + plot + _list(chart))


def _column(chart: Columns, axis: Axis, at: int, slot: float) -> str:
    if at in chart.missing or at >= len(chart.values) - chart.until:
        y = f"{axis.y(0):.1f}"
        x1, x2 = percent(slot * (at + 0.1)), percent(slot * (at + 0.9))
        return f'<line class="chart__missing" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}"/>'
    width = min(slot * 0.82, 12.0)
    x, floor = percent(slot * (at + 0.5) - width / 2), axis.y(0)
    parts: list[str] = []
    for value, kind in zip(chart.values[at], _colours(chart), strict=False):
        tall = max(1.0, value / axis.top * axis.height) if value else 0.0
        if tall:
            drawn = tall - 1.5 if tall > 3 and parts else tall
            edge = 0.75 if kind == "cached" and drawn > 2 else 0
            parts.append(
                f'<rect class="series--{kind}" x="{x}" y="{floor - drawn + edge:.1f}" width="{percent(width)}" '
                f'height="{drawn - 2 * edge:.1f}" rx="1.5"/>'
            )
            floor -= tall
    return f"<g><title>{escape(_told(chart, at))}</title>{''.join(parts)}</g>"


def _colours(chart: Columns) -> tuple[str, ...]:
    return chart.colours or classes(chart.palette, len(chart.series))


def _told(chart: Columns, at: int) -> str:
    named = [
        f"{amount(value, chart.unit)} {name.lower()}"
        for name, value in zip(chart.series, chart.values[at], strict=False)
    ]
    return f"{chart.labels[at]}: {', '.join(named)}"


def _most(values: Sequence[float], places: Sequence[float], axis: Axis) -> str:
    """The highest value, written where it is."""
    if not any(values):
        return ""
    at = max(range(len(values)), key=values.__getitem__)
    return text_at(places[at], axis.y(values[at]) - 4, brief(values[at], axis), "chart__value")


def _marks(chart: Columns, sums: Sequence[float], places: Sequence[float], axis: Axis) -> str:
    """A dot above each marked place; the highest has its sentence beside it, on the side that has more room."""
    notes = chart.notes
    dots = "".join(
        f'<circle class="chart__unusual" cx="{percent(places[at])}" cy="{axis.y(sums[at]) - 10:.1f}" r="4">'
        f"<title>{escape(f'{chart.labels[at]}: {notes[at]}')}</title></circle>"
        for at in notes
    )
    at = max(notes, key=lambda place: sums[place])
    anchor, off = ("start", 10) if places[at] < 60 else ("end", -10)
    return (
        f'{dots}<text class="chart__note chart__note--place" x="{percent(places[at])}" dx="{off}" y="{axis.y(sums[at]) - 6:.1f}" '
        f'text-anchor="{anchor}">{escape(notes[at])}</text>'
    )


def _list(chart: Columns) -> str:
    """The marks once more below the drawing, for where there is no room in it; its name tells them too."""
    if not chart.notes:
        return ""
    told = "".join(
        f'<li><span class="swatch series--warn"></span>{escape(chart.labels[at])}: {escape(words)}</li>'
        for at, words in chart.notes.items()
    )
    return f'<ul class="chart-notes" aria-hidden="true">{told}</ul>'


def _noted(chart: Columns) -> str:
    return "".join(f" {chart.labels[at]}: {words}." for at, words in chart.notes.items())
