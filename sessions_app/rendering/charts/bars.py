"""Horizontal bars: rows of HTML, each with a drawing."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from sessions_app.agent.labels.views import Bar, Bars
from sessions_app.agent.labels.words import short
from sessions_app.rendering.plots import percent

from .parts import Drawn, classes, five, legend, merged


def bars(chart: Bars) -> Drawn:
    rows = tuple(replace(row, parts=merged(row.parts)) for row in chart.rows)
    chart = replace(chart, series=five(chart.series), rows=rows)
    top = max((sum(row.parts) for row in chart.rows), default=0) or 1.0
    kinds = classes(chart.palette, len(chart.series))
    inner = "".join(_bar(row, top, kinds) for row in chart.rows)
    return Drawn.of(legend(chart.series, kinds), inner, "bars")


def _bar(row: Bar, top: float, kinds: tuple[str, ...]) -> str:
    at = 0.0
    parts: list[str] = []
    for value, kind in zip(row.parts, kinds, strict=False):
        width = value / top * 100
        if value:
            parts.append(_part(kind, at, width))
        at += width
    label = escape(row.label)
    told = (
        f'<span class="bars__told" title="{escape(row.told)}"><span class="bars__whole">{escape(row.told)}</span>'
        f'<span class="bars__short">{_shortened(row)}</span></span>'
    )
    return (
        f'<div class="bars__row"><span class="bars__label" title="{label}">{label}</span>'
        f'<svg class="bars__bar" width="100%" height="10" role="img" aria-label="{escape(row.name or row.label)}">'
        f"{''.join(parts)}</svg>{told if row.told else '<span></span>'}"
        f'<strong class="bars__cost">{escape(row.cost)}</strong></div>'
    )


def _shortened(row: Bar) -> str:
    """On a phone "5.09 M"; words stay as they are."""
    return escape(short(sum(row.parts)) if row.told.replace(",", "").isdigit() else row.told)


def _part(kind: str, at: float, width: float) -> str:
    y, height = (0.75, 8.5) if kind == "cached" else (0, 10)
    return (
        f'<rect class="series--{kind}" x="{percent(at)}" y="{y}" width="{percent(max(width, 0.2))}" '
        f'height="{height}" rx="1.5"/>'
    )
